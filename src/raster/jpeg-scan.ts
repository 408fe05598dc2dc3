import { InvalidFile } from '../errors.ts';
import {
  type HuffmanTable,
  type JpegFrame,
  type JpegScan,
  type JpegTables,
  QUICK_BITS,
  zigzag,
} from './jpeg-stream.ts';

/** Dequantized coefficients of one component, 64 a block in natural order, whole units of blocks. */
export interface Coefficients {
  readonly blocksAcross: number;
  readonly blocksDown: number;
  readonly values: Int16Array;
}

/** Blocks of a component, counted up to whole units of the frame. */
export function coefficientsOf(frame: JpegFrame): Coefficients[] {
  const most = mostFactors(frame);
  const unitsAcross = Math.ceil(frame.width / (8 * most.across));
  const unitsDown = Math.ceil(frame.height / (8 * most.down));
  return frame.components.map(({ across, down }) => {
    const blocksAcross = unitsAcross * across;
    const blocksDown = unitsDown * down;
    return { blocksAcross, blocksDown, values: new Int16Array(blocksAcross * blocksDown * 64) };
  });
}

export function mostFactors({ components }: JpegFrame): { readonly across: number; readonly down: number } {
  return {
    across: Math.max(...components.map(({ across }) => across)),
    down: Math.max(...components.map(({ down }) => down)),
  };
}

interface Part {
  readonly coefficients: Coefficients;
  readonly quantization: Uint16Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  readonly across: number;
  readonly down: number;
  predicted: number;
}

/**
 * Decodes one sequential scan (ISO/IEC 10918-1, annex F.2) into the components' coefficients. Gives the bytes behind the
 * scan, from their first marker on. Throws `InvalidFile` when codes are impossible or end too early.
 */
export function decodeScan(
  frame: JpegFrame,
  scan: JpegScan,
  tables: JpegTables,
  into: readonly Coefficients[],
  where: string,
): Uint8Array {
  const parts = scan.components.map(({ index, dc, ac }): Part => {
    const component = frame.components[index];
    const coefficients = into[index];
    const quantization = tables.quantization.get(component?.quantization ?? -1);
    const dcTable = tables.dc.get(dc);
    const acTable = tables.ac.get(ac);
    if (!component || !coefficients || !quantization || !dcTable || !acTable)
      throw new InvalidFile(`${where}: JPEG data without its tables`);
    const { across, down } = component;
    return { coefficients, quantization, dc: dcTable, ac: acTable, across, down, predicted: 0 };
  });
  const bits = new BitReader(scan.data, where);
  const most = mostFactors(frame);
  const [only] = parts;
  const alone = parts.length === 1 && only !== undefined;
  // A scan of one component has no units: its blocks stand one by one, those outside of the image left out.
  const unitsAcross = alone
    ? Math.ceil(Math.ceil((frame.width * only.across) / most.across) / 8)
    : Math.ceil(frame.width / (8 * most.across));
  const unitsDown = alone
    ? Math.ceil(Math.ceil((frame.height * only.down) / most.down) / 8)
    : Math.ceil(frame.height / (8 * most.down));
  const units = unitsAcross * unitsDown;
  for (let unit = 0; unit < units; unit++) {
    if (tables.restartInterval > 0 && unit > 0 && unit % tables.restartInterval === 0) {
      bits.restart();
      for (const part of parts) part.predicted = 0;
    }
    const column = unit % unitsAcross;
    const row = Math.floor(unit / unitsAcross);
    for (const part of parts) {
      const { blocksAcross } = part.coefficients;
      if (alone) {
        decodeBlock(bits, part, (row * blocksAcross + column) * 64);
        continue;
      }
      for (let y = 0; y < part.down; y++)
        for (let x = 0; x < part.across; x++)
          decodeBlock(bits, part, ((row * part.down + y) * blocksAcross + column * part.across + x) * 64);
    }
  }
  return bits.rest();
}

function decodeBlock(bits: BitReader, part: Part, at: number): void {
  const { quantization, coefficients } = part;
  const { values } = coefficients;
  const length = bits.symbol(part.dc);
  if (length > 11) bits.damaged();
  part.predicted += length === 0 ? 0 : bits.signed(length);
  values[at] = part.predicted * (quantization[0] as number);
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(part.ac);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) break;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) bits.damaged();
    const place = zigzag[k] as number;
    values[at + place] = bits.signed(size) * (quantization[place] as number);
  }
}

class BitReader {
  readonly #data: Uint8Array;
  readonly #where: string;
  #at = 0;
  #held = 0;
  #count = 0;
  /** Bits made up behind the end: the last codes may look ahead, not use them. */
  #spare = 0;

  constructor(data: Uint8Array, where: string) {
    this.#data = data;
    this.#where = where;
  }

  damaged(): never {
    throw new InvalidFile(`${this.#where}: damaged JPEG data`);
  }

  #fill(): void {
    while (this.#count <= 16) {
      let byte = this.#data[this.#at];
      if (byte === undefined || (byte === 0xff && this.#data[this.#at + 1] !== 0)) {
        this.#spare += 8;
        byte = 0;
      } else this.#at += byte === 0xff ? 2 : 1;
      this.#held = ((this.#held << 8) | byte) & 0xffffff;
      this.#count += 8;
    }
  }

  #drop(count: number): void {
    this.#count -= count;
    if (this.#count < this.#spare) this.damaged();
  }

  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const ahead = (this.#held >>> (this.#count - QUICK_BITS)) & ((1 << QUICK_BITS) - 1);
    const entry = table.quick[ahead] as number;
    if (entry !== 0) {
      this.#drop(entry >> 8);
      return entry & 0xff;
    }
    for (let length = QUICK_BITS + 1; length <= 16; length++) {
      const code = (this.#held >>> (this.#count - length)) & ((1 << length) - 1);
      if (code > (table.largest[length] as number)) continue;
      this.#drop(length);
      return table.symbols[code + (table.shift[length] as number)] ?? this.damaged();
    }
    return this.damaged();
  }

  signed(length: number): number {
    if (this.#count < length) this.#fill();
    const value = (this.#held >>> (this.#count - length)) & ((1 << length) - 1);
    this.#drop(length);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  restart(): void {
    this.#held = 0;
    this.#count = 0;
    this.#spare = 0;
    const code = this.#data[this.#at + 1] ?? 0;
    if (this.#data[this.#at] !== 0xff || code < 0xd0 || code > 0xd7) this.damaged();
    this.#at += 2;
  }

  rest(): Uint8Array {
    return this.#data.subarray(this.#at);
  }
}
