import { InvalidFile, LimitExceeded } from '../errors.ts';
import { areaBounds } from '../geometry/area.ts';
import { areaProblem, tooIntricate } from '../geometry/area-problem.ts';
import { isGeographic, transformer } from '../geometry/crs.ts';
import { hectares } from '../geometry/hectares.ts';
import type { Area } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';
import type { Parcel } from '../parcels/parcel.ts';
import { checkNesting, type FeatureRow, type FeatureTable, type RowProblem } from './feature-row.ts';
import { type RowNote, RowNotes } from './row-notes.ts';
import { Turns } from './turns.ts';

/** What a file of parcels gave. */
export interface ParcelsFound {
  readonly parcels: Parcel[];
  /** Rows that were left out. */
  readonly problems: RowProblem[];
  readonly notes: RowNote[];
}

interface ParcelsOfOptions {
  /** Called now and then with the rows that were checked and how many there are. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Attributes that may number parcels, the first whose values are whole and unique: ours, and that of the JRC's tables. */
const pidNames = ['pid', 'ogc_fid'];
/** Attributes that hold a parcel's own identifier, the first that is there. */
const labelNames = ['label', 'parcel_id', 'name', 'id', 'field_id'];
/** Attributes that hold its crop or land use, the first that is there; those with a colon are fiboa's and its extensions'. */
const cropNames = [
  'crop',
  'crop_name',
  'crop_type',
  'crop:name',
  'crop:name_en',
  'ec:hcat_name',
  'crop:code',
  'crop_code',
  'lulc_name',
  'land_cover',
];

/**
 * Parcels from features. `pid` is the attribute `pid` or `ogc_fid` when it is a whole number, not negative and unique in every
 * row, else the row's number from 1. `label` is the first of label, parcel_id, name, id, field_id (attributes), the feature's id, the pid;
 * `crop` the first of crop, crop_name, crop_type, fiboa's crop:name, crop:name_en, ec:hcat_name, crop:code, then crop_code, lulc_name,
 * land_cover; attribute names in any case. Rows without an area, or one that is nowhere in the CRS, and those with an attribute
 * nested deeper than `attributeDepth` are left out and listed;
 * crossing boundaries and identifiers that occur twice are noted. Throws `InvalidFile` when no row is a parcel, `LimitExceeded`, `CrsUnknown`,
 * `Cancelled`.
 */
export async function parcelsOf(
  { crs, rows }: FeatureTable,
  file: string,
  { signal, onProgress }: ParcelsOfOptions = {},
): Promise<ParcelsFound> {
  checkLimit('parcels', rows.length, file);
  const turns = new Turns(`reading ${file}`, signal);
  const notes = new RowNotes();
  const pids = await ownPids(rows, notes, turns);
  const placed = placeCheck(crs);
  const problems: RowProblem[] = [];
  const parcels: Parcel[] = [];
  const labelled = new Map<string, number>();
  for (const [i, { geometry, attributes, id }] of rows.entries()) {
    if (turns.due()) {
      await turns.take();
      onProgress?.(i, rows.length);
    }
    const where = `${file}, row ${i + 1}`;
    let area: Area;
    try {
      checkNesting(attributes, where);
      area = geometry(where);
      placed(area, where);
    } catch (error) {
      if (!(error instanceof InvalidFile || error instanceof LimitExceeded)) throw error;
      problems.push({ row: i + 1, reason: error.message });
      continue;
    }
    const pid = pids?.[i] ?? i + 1;
    const invalid = areaProblem(area);
    if (invalid !== undefined)
      notes.add(
        invalid === tooIntricate
          ? 'whether the polygon is valid cannot be told'
          : 'the polygon is invalid; its pixels are those inside by the even-odd rule',
        i + 1,
        invalid,
      );
    const label = textOf(attributes, labelNames) ?? (id === undefined ? String(pid) : String(id));
    const twin = labelled.get(label);
    if (twin === undefined) labelled.set(label, pid);
    else
      notes.add('labels occur twice; parcels are told apart by pid', i + 1, `'${label}', as parcel ${twin}`);
    parcels.push({
      pid,
      label,
      crop: textOf(attributes, cropNames),
      area: hectares(area, crs),
      geometry: area,
      attributes,
    });
  }
  if (parcels.length === 0)
    throw new InvalidFile(
      problems[0]?.reason ?? `${file} holds no feature: a set of parcels needs at least one polygon`,
    );
  onProgress?.(rows.length, rows.length);
  return { parcels, problems, notes: notes.all() };
}

/** Throws `InvalidFile` for an area that does not lie on the earth as its CRS has it: the CRS is another. */
function placeCheck(crs: string): (area: Area, where: string) => void {
  const geographic = isGeographic(crs);
  const toDegrees = geographic ? undefined : transformer(crs, 'OGC:CRS84');
  return (area, where) => {
    const [x, y, right, top] = areaBounds(area);
    const off = geographic
      ? Math.max(Math.abs(x), Math.abs(right)) > 540 || Math.max(Math.abs(y), Math.abs(top)) > 90.001
      : !toDegrees?.(x, y).every(Number.isFinite);
    if (off)
      throw new InvalidFile(
        `${where}: (${x}, ${y}) is no place in ${crs.slice(0, 40)}; the file's coordinate system is another`,
      );
  };
}

async function ownPids(
  rows: readonly FeatureRow[],
  notes: RowNotes,
  turns: Turns,
): Promise<number[] | undefined> {
  for (const name of pidNames) {
    const pids: unknown[] = [];
    const first = new Map<number, number>();
    let ill = -1;
    for (const [i, { attributes }] of rows.entries()) {
      const pid = attributeOf(attributes, name);
      pids.push(pid);
      if (ill < 0) {
        if (!Number.isSafeInteger(pid) || (pid as number) < 0 || first.has(pid as number)) ill = i;
        else first.set(pid as number, i + 1);
      }
      if (turns.due()) await turns.take();
    }
    if (pids.every((pid) => pid === undefined)) continue;
    if (ill < 0) return pids as number[];
    const other = first.get(pids[ill] as number);
    notes.add(
      `'${name}' cannot number the parcels, so the rows' numbers do`,
      ill + 1,
      other === undefined
        ? `${shownPid(pids[ill])} is not a whole number`
        : `${String(pids[ill])} also stands in row ${other}`,
    );
  }
  return undefined;
}

/** Lists and objects are not written out: they may be nested without end. */
function shownPid(pid: unknown): string {
  return typeof pid === 'object' && pid !== null ? 'a list or object' : JSON.stringify(pid ?? null);
}

function attributeOf(attributes: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const key = Object.keys(attributes).find(
    (candidate) => candidate.length === name.length && candidate.toLowerCase() === name,
  );
  return key === undefined ? undefined : attributes[key];
}

function textOf(attributes: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributeOf(attributes, name);
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  }
  return undefined;
}
