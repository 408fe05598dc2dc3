import { crc32, deflateSync } from 'node:zlib';

const green = [0x2e, 0x7d, 0x32] as const;
const earth = [0xf4, 0xf1, 0xe8] as const;

/** The logo of the kernel, four furrows that run to a horizon, as a PNG of `size` x `size` pixels. */
export function logoPng(size: number): Buffer {
  const rows: Buffer[] = [];
  for (let y = 0; y < size; y += 1) {
    const row = Buffer.alloc(1 + size * 4); // filter type 0 in front
    for (let x = 0; x < size; x += 1) {
      const [red, greenPart, blue, alpha] = pixelAt((x + 0.5) / size, (y + 0.5) / size);
      row.set([red, greenPart, blue, alpha], 1 + x * 4);
    }
    rows.push(row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits a sample, RGBA
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The same logo as SVG. */
export function logoSvg(): string {
  const lines = [0, 1, 2, 3, 4].map((at) => {
    const [top, bottom] = [38 + at * 6, -10 + at * 30];
    return `<path d="M${top} 30 L${bottom} 90 l12 0 L${top + 2.4} 30 Z" fill="rgb(${earth})"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">` +
    `<clipPath id="disc"><circle cx="50" cy="50" r="48"/></clipPath>` +
    `<g clip-path="url(#disc)"><rect width="100" height="100" fill="rgb(${green})"/>${lines.join('')}</g></svg>\n`
  );
}

/** Colour at a place, both coordinates from 0 to 1. */
function pixelAt(x: number, y: number): readonly [number, number, number, number] {
  if (Math.hypot(x - 0.5, y - 0.5) > 0.48) return [0, 0, 0, 0];
  const depth = (y - 0.3) / 0.6;
  if (depth < 0) return [...green, 255];
  // Furrows converge: spacing grows from 0.06 at the horizon to 0.3 in front.
  const spacing = 0.06 + 0.24 * depth;
  const along = (x - 0.5) / spacing;
  return [...(Math.abs(along - Math.round(along)) < 0.2 ? earth : green), 255];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
