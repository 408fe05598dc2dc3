import { InvalidFile, Unsupported } from '../errors.ts';

export interface JpegComponent {
  readonly id: number;
  /** Blocks in a unit, across and down. */
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
}

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

/** Huffman codes by their first 9 bits (length << 8 | symbol), longer ones by the largest code of each length. */
export interface HuffmanTable {
  readonly quick: Uint16Array;
  readonly largest: Int32Array;
  readonly shift: Int32Array;
  readonly symbols: Uint8Array;
}

export interface JpegScan {
  readonly components: readonly { readonly index: number; readonly dc: number; readonly ac: number }[];
  /** Entropy-coded bytes, and what follows them. */
  readonly data: Uint8Array;
}

/** What a JPEG stream says before its pixels; tables by number. */
export interface JpegTables {
  readonly quantization: Map<number, Uint16Array>;
  readonly dc: Map<number, HuffmanTable>;
  readonly ac: Map<number, HuffmanTable>;
  restartInterval: number;
}

export const QUICK_BITS = 9;
const marker = { soi: 0xd8, eoi: 0xd9, sos: 0xda, dqt: 0xdb, dht: 0xc4, dri: 0xdd, dac: 0xcc } as const;

/** Natural order of the zigzag's coefficients (ISO/IEC 10918-1, figure A.6). */
export const zigzag = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6],
  ...[7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31],
  ...[39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
);

/** Tables for a new stream. */
export function noTables(): JpegTables {
  return { quantization: new Map(), dc: new Map(), ac: new Map(), restartInterval: 0 };
}

/**
 * Reads the markers of a stream (ISO/IEC 10918-1, annex B) up to its scan, into `tables`; the frame is given back with the
 * first scan, undefined for an abbreviated stream of tables only. Throws `InvalidFile` for damaged markers, `Unsupported`
 * for frames other than baseline and sequential with Huffman codes and 8 bits.
 */
export function readMarkers(
  bytes: Uint8Array,
  tables: JpegTables,
  where: string,
): { readonly frame: JpegFrame; readonly scan: JpegScan } | undefined {
  const damaged = (what: string): never => {
    throw new InvalidFile(`${where}: damaged JPEG data (${what})`);
  };
  if (bytes[0] !== 0xff || bytes[1] !== marker.soi) damaged('no start of image');
  let frame: JpegFrame | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) damaged('no marker where one must be');
    const code = bytes[at + 1] as number;
    if (code === 0xff) {
      at++;
      continue;
    }
    if (code === marker.eoi) break;
    const end = at + 2 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
    const body = bytes.subarray(at + 4, end);
    if (end < at + 4 || end > bytes.length) damaged('a segment beyond the end');
    if (code === marker.dqt) readQuantization(body, tables) || damaged('quantization table');
    else if (code === marker.dht) readHuffman(body, tables) || damaged('Huffman table');
    else if (code === marker.dri) tables.restartInterval = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
    else if (code === marker.sos) {
      if (frame === undefined) return damaged('a scan without a frame');
      const components = scanComponents(body, frame) ?? damaged('scan header');
      return { frame, scan: { components, data: bytes.subarray(end) } };
    } else if (code >= 0xc0 && code <= 0xcf && code !== 0xc8 && code !== marker.dac) {
      if (code > 0xc1) throw new Unsupported(`${where}: JPEG of the kind SOF${code - 0xc0}`);
      if (body[0] !== 8) throw new Unsupported(`${where}: JPEG of ${body[0]} bits`);
      frame = (frame === undefined ? readFrame(body) : undefined) ?? damaged('frame header');
    } else if (code === marker.dac) throw new Unsupported(`${where}: JPEG with arithmetic codes`);
    at = end;
  }
  return undefined;
}

function readQuantization(body: Uint8Array, { quantization }: JpegTables): boolean {
  for (let at = 0; at < body.length; ) {
    const head = body[at++] as number;
    const wide = head >> 4 ? 2 : 1;
    if (at + 64 * wide > body.length) return false;
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++, at += wide) {
      const value =
        wide === 2 ? ((body[at] as number) << 8) | (body[at + 1] as number) : (body[at] as number);
      table[zigzag[i] as number] = value;
    }
    quantization.set(head & 15, table);
  }
  return true;
}

function readHuffman(body: Uint8Array, tables: JpegTables): boolean {
  for (let at = 0; at < body.length; ) {
    if (at + 17 > body.length) return false;
    const head = body[at] as number;
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    at += 17;
    if (total > 256 || at + total > body.length) return false;
    const table = huffmanTable(counts, body.slice(at, at + total));
    if (table === undefined) return false;
    (head >> 4 ? tables.ac : tables.dc).set(head & 15, table);
    at += total;
  }
  return true;
}

function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const quick = new Uint16Array(1 << QUICK_BITS);
  const largest = new Int32Array(18).fill(-1);
  const shift = new Int32Array(18);
  let code = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] as number;
    shift[length] = symbol - code;
    if (code + count > 1 << length) return undefined;
    for (let i = 0; i < count; i++, code++, symbol++) {
      if (length > QUICK_BITS) continue;
      const first = code << (QUICK_BITS - length);
      quick.fill((length << 8) | (symbols[symbol] as number), first, first + (1 << (QUICK_BITS - length)));
    }
    if (count > 0) largest[length] = code - 1;
    code <<= 1;
  }
  return { quick, largest, shift, symbols };
}

function readFrame(body: Uint8Array): JpegFrame | undefined {
  const count = body[5] ?? 0;
  if (count < 1 || body.length !== 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0, quantization = 0] = body.subarray(6 + i * 3, 9 + i * 3);
    return { id, across: factors >> 4, down: factors & 15, quantization };
  });
  const valid = components.every(({ across, down }) => across >= 1 && across <= 4 && down >= 1 && down <= 4);
  const height = ((body[1] as number) << 8) | (body[2] as number);
  const width = ((body[3] as number) << 8) | (body[4] as number);
  return valid && width > 0 && height > 0 ? { width, height, components } : undefined;
}

function scanComponents(body: Uint8Array, frame: JpegFrame): JpegScan['components'] | undefined {
  const count = body[0] ?? 0;
  if (count < 1 || count > 4 || body.length !== 4 + 2 * count) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id = 0, tables = 0] = body.subarray(1 + i * 2, 3 + i * 2);
    return { index: frame.components.findIndex((one) => one.id === id), dc: tables >> 4, ac: tables & 15 };
  });
  const distinct = new Set(components.map(({ index }) => index)).size === count;
  return distinct && components.every(({ index }) => index >= 0) ? components : undefined;
}
