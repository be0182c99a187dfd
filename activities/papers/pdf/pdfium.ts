import { readFileSync } from 'node:fs';
import { init, type WrappedPdfiumModule } from '@embedpdf/pdfium';

/** Emscripten's view of the memory; the package's types leave it out. */
interface Memory {
  HEAPU8: Uint8Array;
}

/** PDFium with room for its answers: a call writes numbers there, `read` takes them. */
export interface Pdfium {
  lib: WrappedPdfiumModule;
  /** 8 numbers of 8 bytes. */
  room: number;
  double(index: number): number;
  float(index: number): number;
  int(index: number): number;
  /** Text that a call writes: asked for its size first, then for its bytes. */
  utf16(ask: (buffer: number, bytes: number) => number): string;
  utf8(ask: (buffer: number, bytes: number) => number): string;
  bytes(pointer: number, length: number): Uint8Array;
  write(pointer: number, bytes: Uint8Array): void;
}

/** Loads PDFium, compiled to WebAssembly: it has its own memory and reaches neither files nor network. */
export async function loadPdfium(): Promise<Pdfium> {
  const wasm = readFileSync(require.resolve('@embedpdf/pdfium/pdfium.wasm'));
  const lib = await init({ wasmBinary: new Uint8Array(wasm).buffer });
  lib.PDFiumExt_Init();
  const memory = lib.pdfium as typeof lib.pdfium & Memory;
  const { wasmExports, getValue, UTF16ToString, UTF8ToString } = lib.pdfium;
  const room = wasmExports.malloc(64);
  const text =
    (decode: (pointer: number) => string) =>
    (ask: (buffer: number, bytes: number) => number): string => {
      const size = ask(0, 0);
      if (size <= 0 || size > 1_000_000) return '';
      const buffer = wasmExports.malloc(size + 2);
      memory.HEAPU8.fill(0, buffer, buffer + size + 2);
      ask(buffer, size);
      const written = decode(buffer);
      wasmExports.free(buffer);
      return written;
    };
  return {
    lib,
    room,
    double: (index) => getValue(room + 8 * index, 'double'),
    float: (index) => getValue(room + 4 * index, 'float'),
    int: (index) => getValue(room + 4 * index, 'i32'),
    utf16: text(UTF16ToString),
    utf8: text(UTF8ToString),
    bytes: (pointer, length) => memory.HEAPU8.slice(pointer, pointer + length),
    write: (pointer, from) => memory.HEAPU8.set(from, pointer),
  };
}

const REASONS: Record<number, string> = {
  2: 'the file cannot be read',
  3: 'it is no PDF, or a broken one',
  4: 'it is protected by a password',
  5: 'its security scheme is not supported',
};

export class PdfError extends Error {}

/** Opens a PDF that is in memory; throws PdfError where it is none. */
export function openDocument({ lib, write }: Pdfium, bytes: Uint8Array): { document: number; pages: number } {
  const buffer = lib.pdfium.wasmExports.malloc(bytes.length);
  write(buffer, bytes);
  const document = lib.FPDF_LoadMemDocument(buffer, bytes.length, '');
  if (!document) throw new PdfError(REASONS[lib.FPDF_GetLastError()] ?? 'it cannot be opened');
  return { document, pages: lib.FPDF_GetPageCount(document) };
}
