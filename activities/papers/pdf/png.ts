import { crc32, deflateSync } from 'node:zlib';

/** Rows of red, green, blue and alpha, as a PNG without alpha. */
export function png(
  pixels: Uint8Array,
  { width, height, stride }: { width: number; height: number; stride: number },
): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    at += 1; // no filter
    for (let x = 0; x < width; x += 1) {
      const from = y * stride + 4 * x;
      rows[at] = pixels[from] ?? 0;
      rows[at + 1] = pixels[from + 1] ?? 0;
      rows[at + 2] = pixels[from + 2] ?? 0;
      at += 3;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
