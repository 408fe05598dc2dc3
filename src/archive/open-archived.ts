import { Cancelled, InvalidFile } from '../errors.ts';
import { openParquet, type ParquetColumns } from '../formats/parquet-columns.ts';
import { openSource } from '../storage/open-source.ts';
import type { ArchivedMonth, ArchiveFile } from './archive-catalog.ts';
import { readingTogether } from './reading-together.ts';

interface OpenArchivedOptions {
  readonly dataset: number;
  /** From `storeMark`. */
  readonly mark: string;
  readonly signal?: AbortSignal | undefined;
}

/** Open files whose indexes stay in memory, 200 KB each at most: a season's files of a few datasets. */
const mostOpen = 256;
const open = new Map<string, Promise<ParquetColumns>>();

/**
 * Opens a file of an archived month, or takes it from those that are open. The catalogue is data: a file is used only where it says itself that it
 * belongs to this dataset of this store, so that no one who may write to a dataset can have another's files read. Buckets
 * need to be named by the user (`FURROW_S3_BUCKETS`), as for every address from data. Throws `InvalidFile`, `FileNotFound`,
 * `StorageFailure`.
 */
export async function openArchived(
  { location, month }: Pick<ArchivedMonth, 'location' | 'month'>,
  file: ArchiveFile,
  { dataset, mark, signal }: OpenArchivedOptions,
): Promise<ParquetColumns> {
  const address = `${location}/${file.name}`;
  const key = `${address} ${file.sha256}`;
  const known = open.get(key);
  // Used last, dropped last.
  open.delete(key);
  const opening =
    known ??
    openSource(address, { signal }).then((source) =>
      openParquet(readingTogether(source), { footer: file.footer, signal }),
    );
  open.set(key, opening);
  for (const [oldest] of open) if (open.size > mostOpen) open.delete(oldest);
  try {
    const parquet = await opening;
    const says = (name: string) => parquet.metadata.get(`furrow:${name}`);
    if (says('dataset') !== String(dataset) || says('store') !== mark || says('month') !== month.name)
      throw new InvalidFile(
        `${address} is no file of month ${month.name} of dataset ${dataset} of this store`,
      );
    return parquet;
  } catch (error) {
    if (open.get(key) === opening) open.delete(key);
    // Who opened it has given up, not this call.
    if (known !== undefined && error instanceof Cancelled && !signal?.aborted)
      return await openArchived({ location, month }, file, { dataset, mark, signal });
    throw error;
  }
}

/** Forgets a file that turned out to have changed or gone. */
export function closeArchived({ location }: ArchivedMonth, file: ArchiveFile): void {
  open.delete(`${location}/${file.name} ${file.sha256}`);
}
