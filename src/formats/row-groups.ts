import { type AsyncBuffer, type FileMetaData, parquetReadObjects, type RowGroup } from 'hyparquet';
import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { Turns } from './turns.ts';

/** Row groups whose bytes are asked for at a time, and the bytes beyond which no further group is asked for. */
const [AHEAD_GROUPS, AHEAD_BYTES] = [16, 32 * 2 ** 20];

type ReadOptions = Omit<Parameters<typeof parquetReadObjects>[0], 'file' | 'metadata' | 'onComplete'>;
type Row = Readonly<Record<string, unknown>>;

interface Group {
  readonly rows: Promise<Row[]>;
  readonly decode: () => void;
  readonly bytes: number;
  readonly before: number;
  readonly count: number;
}

/**
 * Rows of a Parquet file, one row group after another. The bytes of the next groups are fetched meanwhile; a group is decoded when
 * it is asked for. Throws `InvalidFile` for a group without all its rows, `LimitExceeded`, `Cancelled`, and what the reader of Parquet throws.
 */
export async function* rowGroups(
  file: AsyncBuffer,
  metadata: FileMetaData,
  options: ReadOptions,
  { url, turns }: { readonly url: string; readonly turns: Turns },
): AsyncGenerator<Row[], void, undefined> {
  const ahead: Group[] = [];
  let [next, before, bytes] = [0, 0, 0];
  for (;;) {
    for (; next < metadata.row_groups.length; next++) {
      if (turns.due()) await turns.take();
      const group = metadata.row_groups[next];
      const count = Number(group?.num_rows);
      if (group === undefined || count === 0) continue;
      const size = bytesOf(group);
      if (ahead.length >= AHEAD_GROUPS || (ahead.length > 0 && bytes + size > AHEAD_BYTES)) break;
      checkLimit('parcels', before + count, url);
      ahead.push({
        ...read(file, { ...metadata, row_groups: [group] }, options),
        bytes: size,
        before,
        count,
      });
      before += count;
      bytes += size;
    }
    const first = ahead.shift();
    if (first === undefined) return;
    first.decode();
    const rows = await first.rows;
    if (rows.length !== first.count)
      throw new InvalidFile(
        `${url}: rows ${first.before + 1} to ${first.before + first.count} are incomplete`,
      );
    yield rows;
    bytes -= first.bytes;
  }
}

/** Fetches at once, and decodes when told: what is decoded ahead would hold up the thread for all groups in one. */
function read(
  file: AsyncBuffer,
  metadata: FileMetaData,
  options: ReadOptions,
): Pick<Group, 'rows' | 'decode'> {
  const { promise: told, resolve: decode } = Promise.withResolvers<void>();
  const slice = async (start: number, end?: number): Promise<ArrayBuffer> => {
    const bytes = await file.slice(start, end);
    await told;
    return bytes;
  };
  const rows = parquetReadObjects({ ...options, metadata, file: { byteLength: file.byteLength, slice } });
  // Where an earlier group fails, nobody asks for this one.
  rows.catch(() => undefined);
  return { rows, decode };
}

function bytesOf({ columns }: RowGroup): number {
  return columns.reduce(
    (sum, { meta_data }) => sum + Math.max(0, Number(meta_data?.total_compressed_size ?? 0)),
    0,
  );
}
