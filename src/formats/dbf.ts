import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { Turns } from './turns.ts';

type Attributes = Readonly<Record<string, unknown>>;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly at: number;
  readonly length: number;
}

/**
 * Rows of a dBASE table (the attributes of a shapefile): numbers, texts, dates as `YYYY-MM-DD`, booleans, null where there is
 * none; undefined for a row that was deleted. `encoding` is the text of the .cpg file; without one the table's own mark counts, then
 * UTF-8 where the texts are such, else Windows-1252. Memo fields are left out. Throws `InvalidFile`, `LimitExceeded`,
 * `Cancelled` at a turn.
 */
export async function dbfRows(
  bytes: Uint8Array,
  encoding: string | undefined,
  where: string,
  turns: Turns,
): Promise<(Attributes | undefined)[]> {
  if (bytes.length < 33) throw new InvalidFile(`${where}: ${bytes.length} bytes are no dBASE table`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [rows, start, width] = [view.getUint32(4, true), view.getUint16(8, true), view.getUint16(10, true)];
  checkLimit('parcels', rows, where);
  if (start < 33 || width < 1 || start + rows * width > bytes.length)
    throw new InvalidFile(
      `${where}: ${rows} rows of ${width} bytes from byte ${start} do not fit into ${bytes.length} bytes; it is cut short or damaged`,
    );
  const decode = decoderOf(encoding, view.getUint8(29), where);
  const fields = fieldsOf(bytes, start, width, decode, where);
  const found: (Attributes | undefined)[] = [];
  for (let at = start; found.length < rows; at += width) {
    const values = fields.map(
      (field) => [field.name, fieldValue(field, view, bytes, at + field.at, decode)] as const,
    );
    found.push(bytes[at] === 0x2a ? undefined : Object.fromEntries(values));
    if (turns.due()) await turns.take();
  }
  return found;
}

type Decode = (bytes: Uint8Array) => string;

/** Language driver ids of the encodings that shapefiles occur in (dBASE header, byte 29). */
const marks: Readonly<Record<number, string>> = {
  3: 'windows-1252',
  87: 'windows-1252',
  200: 'windows-1250',
  201: 'windows-1251',
  202: 'windows-1254',
  203: 'windows-1253',
};

function decoderOf(encoding: string | undefined, mark: number, where: string): Decode {
  const label = encoding?.trim() || marks[mark];
  if (label === undefined) {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const old = new TextDecoder('windows-1252');
    return (bytes) => {
      try {
        return strict.decode(bytes);
      } catch {
        return old.decode(bytes);
      }
    };
  }
  const page = /^(?:ANSI |CP|OEM )?(\d{3,4})$/i.exec(label)?.[1];
  try {
    const decoder = new TextDecoder(page === undefined ? label : `windows-${page}`);
    return (bytes) => decoder.decode(bytes);
  } catch (cause) {
    throw new InvalidFile(`${where}: the encoding '${label.slice(0, 40)}' is unknown`, { cause });
  }
}

function fieldsOf(
  bytes: Uint8Array,
  start: number,
  width: number,
  decode: Decode,
  where: string,
): readonly Field[] {
  const fields: Field[] = [];
  let at = 1;
  for (let place = 32; place + 32 <= start && bytes[place] !== 0x0d; place += 32) {
    const name = bytes.subarray(place, place + 11);
    const end = name.indexOf(0);
    const length = bytes[place + 16] ?? 0;
    fields.push({
      name: decode(end < 0 ? name : name.subarray(0, end)),
      type: String.fromCharCode(bytes[place + 11] ?? 0),
      at,
      length,
    });
    at += length;
  }
  if (at > width) throw new InvalidFile(`${where}: fields of ${at} bytes in rows of ${width}`);
  return fields.filter(({ type }) => !'MGP'.includes(type));
}

function fieldValue(
  { type, length }: Field,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  decode: Decode,
): unknown {
  if (type === 'I' && length === 4) return view.getInt32(at, true);
  if ((type === 'O' || type === 'B') && length === 8) return view.getFloat64(at, true);
  const raw = bytes.subarray(at, at + length);
  const end = raw.indexOf(0);
  const text = decode(end < 0 ? raw : raw.subarray(0, end));
  switch (type) {
    case 'N':
    case 'F':
      return numberOf(text.trim());
    case 'D':
      return /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : null;
    case 'L':
      return /^[ytYT]/.test(text) ? true : /^[nfNF]/.test(text) ? false : null;
    default:
      return text.trimEnd() === '' ? null : text.trimEnd();
  }
}

/** Asterisks stand for no value. */
function numberOf(text: string): number | null {
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
