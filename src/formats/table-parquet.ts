import { constants, zstdCompressSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { Column, ColumnBatches } from './column-batch.ts';
import { wholeNumbers } from './whole-numbers.ts';

export interface ParquetOptions {
  /** Key and text, kept in the footer. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Rows of one row group; a batch that is longer is cut, a shorter one is a group of its own. 65,536 when left out. */
  readonly groupRows?: number | undefined;
  /** Columns whose least and largest value each group states, for readers that skip; all when left out. */
  readonly statistics?: readonly string[] | undefined;
}

const compressors = {
  ZSTD: (input: Uint8Array) =>
    zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
};

/**
 * A table as Parquet (zstd), a row group at a time, so that one batch is in memory. Whole numbers are INT64, or INT32 where the
 * batch has such; times are timestamps in milliseconds, UTC; only texts may be null. A table without batches is a
 * file without columns. Throws `InvalidArgument` for a time or whole number that is none.
 */
export async function* parquetOfTable(
  batches: ColumnBatches,
  { metadata = {}, groupRows = 65_536, statistics }: ParquetOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new ByteWriter();
  const take = (): Uint8Array => {
    const taken = bytes.getBytes().slice();
    bytes.index = 0;
    return taken;
  };
  const open = (columns: readonly Column[]) =>
    new ParquetWriter({
      writer: bytes,
      schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaOf)],
      codec: 'ZSTD',
      compressors,
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      createdBy: 'furrow',
    });
  let writer: ParquetWriter | undefined;
  for await (const { rows, columns } of wholeNumbers(batches)) {
    writer ??= open(columns);
    if (rows === 0) continue;
    const columnData = columns.map((column) => sourceOf(column, statistics));
    await writer.write({ columnData, rowGroupSize: groupRows });
    yield take();
  }
  writer ??= open([]);
  await writer.finish();
  yield take();
}

function schemaOf(column: Column): SchemaElement {
  const { name } = column;
  switch (column.type) {
    case 'integer': {
      const type = column.values instanceof Int32Array ? 'INT32' : 'INT64';
      return { name, type, repetition_type: 'REQUIRED' };
    }
    case 'float32':
      return { name, type: 'FLOAT', repetition_type: 'REQUIRED' };
    case 'float64':
      return { name, type: 'DOUBLE', repetition_type: 'REQUIRED' };
    case 'time':
      return {
        name,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        repetition_type: 'REQUIRED',
      };
    default:
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' };
  }
}

function sourceOf(column: Column, statistics: readonly string[] | undefined): ColumnSource {
  const data =
    column.type === 'text'
      ? [...column.values]
      : column.type === 'time' || (column.type === 'integer' && column.values instanceof Float64Array)
        ? BigInt64Array.from(column.values, (value) => BigInt(value))
        : column.values;
  return {
    name: column.name,
    data,
    statistics: statistics === undefined || statistics.includes(column.name),
    offsetIndex: false,
  };
}
