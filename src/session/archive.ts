import { type ArchivedMonth, listArchive } from '../archive/archive-catalog.ts';
import { archiveMonth, checkFiles, monthChecksum } from '../archive/archive-month.ts';
import { detachMonth } from '../archive/detach-month.ts';
import { type Month, monthOf } from '../archive/month.ts';
import { restoreMonth } from '../archive/restore-month.ts';
import { storedMonths } from '../archive/stored-months.ts';
import { Cancelled, FileNotFound, FurrowError, InvalidArgument, InvalidFile, NoData } from '../errors.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { dividedMonths } from '../store/archived-images.ts';
import { findDataset } from '../store/datasets.ts';
import type { Store } from '../store/store.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf, withProgress } from './surroundings.ts';

export interface ArchiveOptions {
  /** A folder, or s3://bucket/prefix; months that are copied already need none to be detached. */
  readonly to?: string | undefined;
  /** Months that end by then, ISO 8601; those before the current month when left out. */
  readonly before?: string | undefined;
  /** Take the months out of the store once they are verified. */
  readonly detach?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What happened to a month. */
export interface MonthReport {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly state: 'copied' | 'detached' | 'restored' | 'failed';
  /** Signatures and histograms in the files. */
  readonly rows?: number | undefined;
  readonly files?: number | undefined;
  readonly bytes?: number | undefined;
  readonly location?: string | undefined;
  /** Images that were extracted after the month was taken out: their rows stand in the store beside the files. */
  readonly beside?: number | undefined;
  /** Why it failed. */
  readonly error?: string | undefined;
}

/**
 * Copies the closed months of a dataset to Parquet, verified, and takes them out of the store where `detach` says so; months that
 * are copied there and unchanged are not copied again. A month that fails (open work, ...) is reported, the others
 * go on, as is one that was taken out before and has got images since: restore it to archive them with the rest. Throws `DatasetNotFound`, `InvalidArgument`, `Cancelled`.
 */
export async function archiveDataset(name: string, options: ArchiveOptions): Promise<MonthReport[]> {
  const { detach = false } = options;
  const signal = signalOf(options.signal);
  const before = boundOf(options.before);
  const location = options.to === undefined ? undefined : placeOf(options.to);
  if (location === undefined && !detach)
    throw new InvalidArgument('an archive needs a place: a folder or s3://bucket/prefix');
  const store = await sharedStore();
  const { id: dataset } = await findDataset(store, name, { signal });
  const known = new Map((await listArchive(store, dataset, { signal })).map((one) => [one.month.name, one]));
  const months = (await storedMonths(store, dataset, { signal })).filter(
    ({ name: own, next }) => next <= before && known.get(own)?.status !== 'detached',
  );
  const divided = (await dividedReports(store, dataset, signal)).filter(
    ({ beside = 0, month }) => beside > 0 && monthOf(month).next <= before,
  );
  const done = await eachMonth(`Archiving ${name}`, months, async (month, note) => {
    let archived = known.get(month.name);
    if (location !== undefined && !(await holds(store, dataset, archived, location, signal)))
      archived = await archiveMonth(store, { dataset, month, location, signal, onProgress: note });
    if (archived === undefined)
      throw new InvalidArgument(`month ${month.name} was not copied yet: say where to`);
    if (detach) await detachMonth(store, dataset, archived, { signal });
    return reportOf(archived, detach ? 'detached' : 'copied');
  });
  return [...divided, ...done];
}

/** Brings detached months back into the store: one (`2026-03`), or all. Throws `NoData` when there is none, `DatasetNotFound`. */
export async function restoreDataset(
  name: string,
  options: { readonly month?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<MonthReport[]> {
  const signal = signalOf(options.signal);
  const wanted = options.month === undefined ? undefined : monthOf(options.month).name;
  const store = await sharedStore();
  const { id: dataset } = await findDataset(store, name, { signal });
  const archived = (await listArchive(store, dataset, { signal })).filter(
    ({ status, month }) => status === 'detached' && (wanted === undefined || month.name === wanted),
  );
  if (archived.length === 0)
    throw new NoData(
      `dataset '${name}' has no month${wanted ? ` ${wanted}` : ''} that lies in the archive alone`,
    );
  const byName = new Map(archived.map((one) => [one.month.name, one]));
  const months = archived.map(({ month }) => month);
  return eachMonth(`Restoring ${name}`, months, async ({ name: month }, note) => {
    const one = byName.get(month);
    if (one === undefined) throw new NoData(`month ${month} is not in the archive`);
    await restoreMonth(store, dataset, one, { signal, onProgress: note });
    return reportOf(one, 'restored');
  });
}

/** The archived months of a dataset. Throws `DatasetNotFound`. */
export async function archivedMonths(
  name: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<MonthReport[]> {
  const signal = signalOf(options.signal);
  const store: Store = await sharedStore();
  const { id } = await findDataset(store, name, { signal });
  return await dividedReports(store, id, signal);
}

async function dividedReports(
  store: Store,
  dataset: number,
  signal: AbortSignal | undefined,
): Promise<MonthReport[]> {
  const divided = await dividedMonths(store, dataset, { signal });
  const beside = new Map(divided.map(({ month, images }) => [month, images]));
  return (await listArchive(store, dataset, { signal })).map((one) => ({
    ...reportOf(one, one.status),
    ...(divided.length === 0 ? {} : { beside: beside.get(one.month.name) ?? 0 }),
  }));
}

async function eachMonth(
  title: string,
  months: readonly Month[],
  work: (month: Month, note: (rows: number) => void) => Promise<MonthReport>,
): Promise<MonthReport[]> {
  return withProgress(title, async (bar) => {
    const reports: MonthReport[] = [];
    for (const [at, month] of months.entries()) {
      const note = (rows: number) => bar.update(at, months.length, `${month.name}: ${rows} rows`);
      note(0);
      try {
        reports.push(await work(month, note));
      } catch (error) {
        // Months whose images gave no row have nothing to be archived.
        if (error instanceof NoData) continue;
        if (!(error instanceof FurrowError) || error instanceof Cancelled) throw error;
        reports.push({ month: month.name, state: 'failed', error: error.message });
      }
    }
    return reports;
  });
}

function reportOf({ month, files, location }: ArchivedMonth, state: MonthReport['state']): MonthReport {
  const sum = (pick: (file: ArchivedMonth['files'][number]) => number) =>
    files.reduce((all, file) => all + pick(file), 0);
  return {
    month: month.name,
    state,
    rows: sum(({ rows }) => rows),
    files: files.length,
    bytes: sum(({ bytes }) => bytes),
    location,
  };
}

/** Whether a copy lies at that place whole, and the store has the same rows still. Throws `Cancelled`, `StoreFailure`. */
async function holds(
  store: Store,
  dataset: number,
  archived: ArchivedMonth | undefined,
  location: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (archived?.location !== location) return false;
  if ((await monthChecksum(store, dataset, archived.month, { signal })) !== archived.checksum) return false;
  try {
    await checkFiles(archived, { signal, trust: 'user' });
    return true;
  } catch (error) {
    if (error instanceof InvalidFile || error instanceof FileNotFound) return false;
    throw error;
  }
}

/** The first day that is not archived any more. */
function boundOf(before: string | undefined): string {
  if (before === undefined) return monthOf(new Date().toISOString()).first;
  if (Number.isNaN(Date.parse(before)))
    throw new InvalidArgument(`months before '${before}' cannot be told: write a date as 2026-03-01`);
  return new Date(before).toISOString().slice(0, 10);
}

/** Paths are written down whole: another process has another working folder. */
function placeOf(to: string): string {
  if (to.trim() === '')
    throw new InvalidArgument('the place of an archive is a folder or s3://bucket/prefix');
  return schemeOf(to) === 'file' ? pathOf(to) : to.replace(/\/+$/, '');
}
