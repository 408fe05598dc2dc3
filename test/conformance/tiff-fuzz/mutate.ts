/** Numbers that programs trip over. */
const hostile = [
  0,
  1,
  2,
  3,
  7,
  8,
  9,
  15,
  16,
  255,
  256,
  4095,
  32767,
  32768,
  65535,
  65536,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 8,
  2 ** 32 - 1,
];
const big = [2 ** 33, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 2 ** 64 - 2048];
/** Sizes, counts and kinds of pixels: width to compression, samples, rows, planes, predictor, tiles, formats, subsampling. */
const sizes = [256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 322, 323, 339, 530];
const places = [273, 279, 320, 324, 325, 330, 347, 33550, 33922, 34264, 34735, 42112, 42113, 50674, 50844];

interface Entry {
  readonly at: number;
  readonly tag: number;
}

interface Structure {
  readonly view: DataView;
  readonly little: boolean;
  readonly bigTiff: boolean;
  readonly entries: readonly Entry[];
  /** Where the offsets of directories stand, and these offsets. */
  readonly links: readonly { readonly at: number; readonly offset: number }[];
}

/** The directories of a sound TIFF; undefined for other files. */
function structureOf(bytes: Uint8Array): Structure | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  if (bytes.length < 16 || bytes[0] !== bytes[1] || !(little || bytes[0] === 0x4d)) return undefined;
  const bigTiff = view.getUint16(2, little) === 43;
  const wide = (at: number): number =>
    bigTiff ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const entries: Entry[] = [];
  const links = [{ at: bigTiff ? 8 : 4, offset: wide(bigTiff ? 8 : 4) }];
  for (let offset = links[0]?.offset ?? 0; offset !== 0 && offset + 8 < bytes.length; ) {
    const count = bigTiff ? wide(offset) : view.getUint16(offset, little);
    const first = offset + (bigTiff ? 8 : 2);
    const length = bigTiff ? 20 : 12;
    if (first + count * length + 8 > bytes.length || links.length > 20) break;
    for (let i = 0; i < count; i++)
      entries.push({ at: first + i * length, tag: view.getUint16(first + i * length, little) });
    links.push({ at: first + count * length, offset: wide(first + count * length) });
    offset = links.at(-1)?.offset ?? 0;
  }
  return { view, little, bigTiff, entries, links };
}

export const kinds = [
  'bits',
  'bits of the header',
  'truncated',
  'bytes',
  'another file spliced in',
  'a tag of another kind',
  'a hostile count',
  'a hostile offset',
  'a hostile size',
  'a directory cycle',
  'a tag of another file',
] as const;

/** One mutant of a file, by a seeded source of randomness. `other` is any file of the same set. */
export function mutate(
  file: Uint8Array,
  other: Uint8Array,
  random: () => number,
): { readonly mutant: Uint8Array; readonly kind: (typeof kinds)[number] } {
  const whole = (below: number): number => Math.floor(random() * below);
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)] as T;
  const structure = structureOf(file);
  const kind = pick(structure === undefined ? kinds.slice(0, 5) : kinds);
  const mutant = new Uint8Array(file);
  const times = 1 + whole(3);
  if (kind === 'truncated') return { mutant: mutant.slice(0, whole(mutant.length)), kind };
  for (let i = 0; i < times; i++) {
    if (kind === 'bits' || kind === 'bits of the header') {
      const at = whole(kind === 'bits' ? mutant.length : Math.min(mutant.length, 1500));
      mutant[at] = (mutant[at] as number) ^ (1 << whole(8));
    } else if (kind === 'bytes') {
      const at = whole(mutant.length);
      mutant.fill(pick([0, 255, 127, 128, whole(256)]), at, at + 1 + whole(40));
    } else if (kind === 'another file spliced in') {
      const from = whole(other.length);
      mutant.set(
        other.subarray(from, from + 1 + whole(200)).subarray(0, mutant.length),
        whole(Math.max(1, mutant.length - 200)),
      );
    } else change(mutant, other, kind, { whole, pick });
  }
  return { mutant, kind };
}

function change(
  mutant: Uint8Array,
  other: Uint8Array,
  kind: (typeof kinds)[number],
  { whole, pick }: { whole(below: number): number; pick<T>(list: readonly T[]): T },
): void {
  const structure = structureOf(mutant);
  if (structure === undefined || structure.entries.length === 0) return;
  const { view, little, bigTiff, entries, links } = structure;
  const setWide = (at: number, value: number): void => {
    if (at + 8 > mutant.length) return;
    if (bigTiff) view.setBigUint64(at, BigInt.asUintN(64, BigInt(Math.floor(value))), little);
    else view.setUint32(at, value % 2 ** 32, little);
  };
  const number = (): number => (bigTiff && whole(3) === 0 ? pick(big) : pick(hostile));
  const among = (tags: readonly number[]): Entry => {
    const found = entries.filter(({ tag }) => tags.includes(tag));
    return pick(found.length > 0 ? found : entries);
  };
  const countAt = 4;
  const valueAt = bigTiff ? 12 : 8;
  if (kind === 'a tag of another kind') {
    const { at } = pick(entries);
    if (whole(2) === 0) view.setUint16(at, pick([...sizes, ...places]), little);
    else view.setUint16(at + 2, whole(20), little);
  } else if (kind === 'a hostile count') setWide(among([...places, 258]).at + countAt, number());
  else if (kind === 'a hostile offset')
    setWide(
      among(places).at + valueAt,
      pick([number(), mutant.length, mutant.length - 1, pick(links).offset, whole(mutant.length)]),
    );
  else if (kind === 'a hostile size') {
    const { at } = among(sizes);
    if (view.getUint16(at + 2, little) === 3) view.setUint16(at + valueAt, number() % 65536, little);
    else setWide(at + valueAt, number());
  } else if (kind === 'a directory cycle')
    setWide(
      pick(links).at,
      pick([pick(links).offset, pick(links).offset + 1, whole(mutant.length), number()]),
    );
  else {
    const theirs = structureOf(other);
    if (theirs === undefined || theirs.bigTiff !== bigTiff || theirs.entries.length === 0) return;
    const length = bigTiff ? 20 : 12;
    const from = pick(theirs.entries).at;
    mutant.set(other.subarray(from, from + length), pick(entries).at);
  }
}
