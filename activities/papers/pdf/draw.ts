import { width, height, type Box } from './page.ts';
import type { Pdfium } from './pdfium.ts';
import { png } from './png.ts';

const BGRA = 4;
const ANNOTATIONS = 1;
const RGBA_ORDER = 16;
/** Pixels a point: 180 a inch. */
const SCALE = 2.5;
const LARGEST = 2000;

/** A part of a page as a PNG. */
export function drawBox(pdfium: Pdfium, document: number, { page, box }: { page: number; box: Box }): Buffer {
  const { lib } = pdfium;
  const handle = lib.FPDF_LoadPage(document, page - 1);
  const scale = Math.min(SCALE, LARGEST / Math.max(width(box), height(box)));
  const size = { width: Math.ceil(width(box) * scale), height: Math.ceil(height(box) * scale) };
  const bitmap = lib.FPDFBitmap_CreateEx(size.width, size.height, BGRA, 0, 0);
  try {
    lib.FPDFBitmap_FillRect(bitmap, 0, 0, size.width, size.height, 0xffffffff);
    const whole = [lib.FPDF_GetPageWidthF(handle), lib.FPDF_GetPageHeightF(handle)].map((side) =>
      Math.round(side * scale),
    );
    const [wide = 0, high = 0] = whole;
    const [x, y] = [-Math.round(box.x0 * scale), -Math.round(box.y0 * scale)];
    lib.FPDF_RenderPageBitmap(bitmap, handle, x, y, wide, high, 0, ANNOTATIONS | RGBA_ORDER);
    const stride = lib.FPDFBitmap_GetStride(bitmap);
    return png(pdfium.bytes(lib.FPDFBitmap_GetBuffer(bitmap), stride * size.height), { ...size, stride });
  } finally {
    lib.FPDFBitmap_Destroy(bitmap);
    lib.FPDF_ClosePage(handle);
  }
}
