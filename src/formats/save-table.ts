import { extname } from 'node:path';
import { FormatUnsupported, InvalidArgument, throwIfCancelled, Unsupported } from '../errors.ts';
import { pathOf, schemeOf } from '../storage/address.ts';
import { writeFileWhole } from '../storage/write-file.ts';
import type { ColumnBatches } from './column-batch.ts';
import { csvOfTable } from './table-csv.ts';

export interface SaveTableOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the rows so far. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/** The formats of tables by the extension of the file. */
export const tableExtensions = ['.csv', '.parquet', '.arrow', '.feather', '.arrows'] as const;

/**
 * Writes a table to a file of this machine, its format by the extension: `.csv`, `.parquet`, `.arrow` or `.feather` (Arrow
 * IPC file), `.arrows` (Arrow IPC stream). The file appears whole or not at all. Gives the number of rows. Throws
 * `FormatUnsupported`, `InvalidArgument` for a time or whole number that the format cannot hold, `StorageFailure`,
 * `LimitExceeded`, `Cancelled`.
 */
export async function saveTable(
  batches: ColumnBatches,
  path: string,
  { signal, onProgress }: SaveTableOptions = {},
): Promise<number> {
  if (path.trim() === '') throw new InvalidArgument('the path of the file is empty');
  if (schemeOf(path) !== 'file')
    throw new Unsupported(`'${path}': tables are written to files of this machine only`);
  const extension = extname(path).toLowerCase();
  const encode = await encoderOf(extension);
  if (encode === undefined)
    throw new FormatUnsupported(
      `'${path}': the extension names no format of a table; use ${tableExtensions.join(', ')}`,
    );
  let rows = 0;
  async function* counted() {
    for await (const batch of batches) {
      throwIfCancelled(signal, `writing ${path}`);
      rows += batch.rows;
      yield batch;
      onProgress?.(rows);
    }
  }
  await writeFileWhole(pathOf(path), await encode(counted()), { signal });
  return rows;
}

type Encode = (batches: ColumnBatches) => AsyncIterable<Uint8Array> | Uint8Array | Promise<Uint8Array>;

/** The writers of Parquet and Arrow are loaded for a file of theirs. */
async function encoderOf(extension: string): Promise<Encode | undefined> {
  switch (extension) {
    case '.csv':
      return csvOfTable;
    case '.parquet':
      return (await import('./table-parquet.ts')).parquetOfTable;
    case '.arrow':
    case '.feather':
      return (await import('./table-arrow.ts')).arrowFileOfTable;
    case '.arrows':
      return (await import('./table-arrow.ts')).arrowStreamOfTable;
    default:
      return undefined;
  }
}
