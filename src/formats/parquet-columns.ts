import { type FileMetaData, parquetMetadataAsync, parquetRead, type RowGroup } from 'hyparquet';
import { FurrowError, InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange, ByteSource } from '../storage/source.ts';
import { parquetCodecs } from './parquet-codecs.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

export type ParquetValues = ArrayLike<unknown>;

/** An open Parquet file of flat columns; its index is in memory. */
export interface ParquetColumns {
  readonly url: string;
  readonly names: readonly string[];
  /** Key and text of the footer. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Rows of each row group. */
  readonly groups: readonly number[];
  /** Least and largest value of a column in a group, where the file states them. */
  range(column: string, group: number): readonly [least: unknown, most: unknown] | undefined;
  /** The columns of one row group, of that many values each; what lies together is read together. */
  read(
    columns: readonly string[],
    group: number,
    options?: SignalOption,
  ): Promise<Map<string, ParquetValues>>;
}

const defaultFooter = 256 * 1024;

/**
 * Opens a Parquet file for reading columns of single row groups by range. `footer`, the length of its index with the eight bytes
 * after it, spares a second request where it is known. Throws `InvalidFile`, `LimitExceeded` and what the source throws.
 */
export async function openParquet(
  source: ByteSource,
  { footer = defaultFooter, signal }: SignalOption & { readonly footer?: number | undefined } = {},
): Promise<ParquetColumns> {
  const { url } = source;
  const size = await source.size({ signal });
  const file = {
    byteLength: size,
    slice: async (start: number, end = size): Promise<ArrayBuffer> => {
      checkLimit('readBytes', end - start, url);
      return (await source.read({ offset: start, length: end - start }, { signal })).slice().buffer;
    },
  };
  const index = await told(url, () =>
    parquetMetadataAsync(file, { initialFetchSize: Math.max(8, footer), geoparquet: false }),
  );
  return columnsOf(source, size, index);
}

function columnsOf(source: ByteSource, size: number, index: FileMetaData): ParquetColumns {
  const { url } = source;
  const names = index.schema.slice(1).map(({ name }) => name);
  const compressors = parquetCodecs(url);
  const starts: number[] = [];
  let rows = 0;
  for (const group of index.row_groups) {
    starts.push(rows);
    rows += Number(group.num_rows);
  }
  const groupAt = (at: number): RowGroup => {
    const group = index.row_groups[at];
    if (group === undefined) throw new InvalidFile(`${url} has no row group ${at}`);
    return group;
  };
  return {
    url,
    names,
    metadata: new Map((index.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
    groups: index.row_groups.map((group) => Number(group.num_rows)),
    range(column, at) {
      const { statistics } = groupAt(at).columns[names.indexOf(column)]?.meta_data ?? {};
      if (statistics?.min_value === undefined || statistics.max_value === undefined) return undefined;
      return [statistics.min_value, statistics.max_value];
    },
    read: (columns, at, { signal } = {}) =>
      told(url, async () => {
        const group = groupAt(at);
        const ranges = columns.map((name) => rangeOf(url, size, group, names.indexOf(name), name));
        const parts = await source.readMany(ranges, { signal });
        const file = {
          byteLength: size,
          slice: (start: number, end = size): ArrayBuffer => within(url, ranges, parts, start, end),
        };
        const found = new Map<string, ParquetValues>();
        const first = starts[at] ?? 0;
        const last = first + Number(group.num_rows);
        await parquetRead({
          file,
          metadata: index,
          columns: [...columns],
          rowStart: first,
          rowEnd: last,
          compressors,
          geoparquet: false,
          onChunk: ({ columnName, columnData, rowStart }) => {
            const before = found.get(columnName);
            if (before === undefined && rowStart === first && columnData.length === last - first)
              found.set(columnName, columnData);
            else {
              const values = Array.isArray(before) ? before : new Array<unknown>(last - first);
              for (let i = 0; i < columnData.length; i++) values[rowStart - first + i] = columnData[i];
              found.set(columnName, values);
            }
          },
        });
        for (const name of columns)
          if (found.get(name)?.length !== last - first)
            throw new InvalidFile(`${url}: column '${name}' of row group ${at} is incomplete`);
        return found;
      }),
  };
}

function rangeOf(url: string, size: number, group: RowGroup, at: number, name: string): ByteRange {
  const chunk = group.columns[at]?.meta_data;
  if (chunk === undefined) throw new InvalidFile(`${url} has no column '${name}'`);
  const offset = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const length = Number(chunk.total_compressed_size);
  if (!(offset >= 0 && length >= 0 && offset + length <= size))
    throw new InvalidFile(`${url}: column '${name}' lies beyond the end of the file`);
  checkLimit('readBytes', length, url);
  return { offset, length };
}

/** A part of what was read; the reader asks for whole columns or neighbours of them. */
function within(
  url: string,
  ranges: readonly ByteRange[],
  parts: readonly Uint8Array[],
  start: number,
  end: number,
): ArrayBuffer {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  for (const [i, { offset }] of ranges.entries()) {
    const part = parts[i];
    if (part === undefined || offset >= end || offset + part.length <= start) continue;
    const from = Math.max(start, offset);
    const piece = part.subarray(from - offset, Math.min(end, offset + part.length) - offset);
    bytes.set(piece, from - start);
    filled += piece.length;
  }
  if (filled === 0 && end > start)
    throw new InvalidFile(`${url}: bytes ${start} to ${end} belong to no column`);
  return bytes.buffer;
}

/** The reader of Parquet throws plain errors for a file that is none. */
async function told<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FurrowError) throw error;
    throw new InvalidFile(
      `${url} is no readable Parquet: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
