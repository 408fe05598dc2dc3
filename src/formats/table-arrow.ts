import {
  type Column as ArrowColumn,
  columnFromArray,
  float32,
  float64,
  int32,
  int64,
  TimeUnit,
  tableFromColumns,
  tableToIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette';
import { StoreFailure } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { Column, ColumnBatch, ColumnBatches } from './column-batch.ts';
import { wholeNumbers } from './whole-numbers.ts';

/** Closes a stream of the Arrow IPC format: the continuation mark and the length of no message. */
const endOfStream = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/**
 * A table as an Arrow IPC stream (`.arrows`; what `pyarrow.ipc.open_stream` reads), a record batch at a time. Whole numbers are
 * int64 or int32, times timestamps in milliseconds, UTC. A table without batches is an empty stream. Throws `InvalidArgument`
 * for a time or whole number that is none.
 */
export async function* arrowStreamOfTable(
  batches: ColumnBatches,
): AsyncGenerator<Uint8Array, void, undefined> {
  let first = true;
  for await (const batch of wholeNumbers(batches)) {
    const bytes = ipc(batch, 'stream');
    // Each is a whole stream: schema, batch, end. The schema goes out once, the end last.
    yield bytes.subarray(first ? 0 : messageLength(bytes), bytes.length - endOfStream.length);
    first = false;
  }
  if (!first) yield endOfStream;
}

/**
 * A table as an Arrow IPC file (`.arrow`, `.feather`), whose index stands at its end, so the table is gathered first, within
 * `tableBytes`: throws `LimitExceeded` beyond it, where the stream form has no bound, and `InvalidArgument` as that does.
 */
export async function arrowFileOfTable(batches: ColumnBatches): Promise<Uint8Array> {
  const gathered: ColumnBatch[] = [];
  let bytes = 0;
  for await (const batch of wholeNumbers(batches)) {
    bytes += batch.rows * batch.columns.length * 8;
    checkLimit('tableBytes', bytes, 'a table as an Arrow file (the stream form .arrows has no such bound)');
    gathered.push(batch);
  }
  return ipc(joined(gathered), 'file');
}

function ipc({ columns }: ColumnBatch, format: 'stream' | 'file'): Uint8Array {
  const named = columns.map((column): [string, ArrowColumn<unknown>] => [column.name, arrowColumn(column)]);
  const bytes = tableToIPC(tableFromColumns(named), { format });
  if (bytes === null) throw new StoreFailure('the table gave no Arrow bytes');
  return bytes;
}

function arrowColumn(column: Column): ArrowColumn<unknown> {
  switch (column.type) {
    case 'text':
      return columnFromArray([...column.values], utf8());
    case 'time':
      return columnFromArray(column.values, timestamp(TimeUnit.MILLISECOND, 'UTC'));
    case 'float32':
      return columnFromArray(column.values, float32());
    case 'float64':
      return columnFromArray(column.values, float64());
    default:
      return column.values instanceof Int32Array
        ? columnFromArray(column.values, int32())
        : columnFromArray(
            BigInt64Array.from(column.values, (value) => BigInt(value)),
            int64(),
          );
  }
}

/** The length of the first message of a stream whose message has no body, as a schema: mark, length, padded metadata. */
function messageLength(bytes: Uint8Array): number {
  return 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
}

/** All batches as one. */
export function joined(batches: readonly ColumnBatch[]): ColumnBatch {
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const columns = (batches[0]?.columns ?? []).map((first, at): Column => {
    const parts = batches.flatMap(({ columns: own }) => own[at] ?? []);
    if (first.type === 'text')
      return { ...first, values: parts.flatMap((part) => (part.type === 'text' ? part.values : [])) };
    const values = new (first.values.constructor as Float64ArrayConstructor)(rows);
    let filled = 0;
    for (const part of parts) {
      if (part.type === 'text') continue;
      values.set(part.values, filled);
      filled += part.values.length;
    }
    return { ...first, values } as Column;
  });
  return { rows, columns };
}
