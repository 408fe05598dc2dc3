import { randomUUID } from 'node:crypto';
import type { Dataset, File, GuessableDataTypes } from 'h5wasm/node';
import { StorageFailure } from '../errors.ts';
import { checkLimit } from '../limits.ts';

export type NetcdfValues = Float64Array | Float32Array | Int32Array | Uint8Array | readonly string[];
export type NetcdfAttributes = Readonly<
  Record<string, string | number | Float64Array | Float32Array | Uint8Array>
>;

export interface NetcdfVariable {
  readonly name: string;
  /** Names of dimensions that were added before; none for a scalar. */
  readonly dimensions: readonly string[];
  readonly values: NetcdfValues;
  readonly attributes?: NetcdfAttributes | undefined;
  /** Sizes of the pieces that are compressed one by one; not compressed when left out. */
  readonly chunks?: readonly number[] | undefined;
  readonly level?: number | undefined;
}

/** A netCDF-4 file under construction: HDF5 with dimension scales (netCDF-4 file format, HDF5 library through WebAssembly). */
export interface NetcdfFile {
  /** A dimension with its coordinates. */
  dimension(name: string, values: NetcdfValues, attributes?: NetcdfAttributes): void;
  variable(variable: NetcdfVariable): void;
  attributes(attributes: NetcdfAttributes): void;
  /** The bytes; the file is given up. */
  finish(): Uint8Array;
  /** Gives the file up, also after `finish`. */
  drop(): void;
}

/**
 * Opens a file in memory. The library (15 MB) is loaded by the first call. `bytes` is what the data will take, checked
 * against `windowBytes` before anything is allocated. Throws `LimitExceeded`.
 */
export async function createNetcdf(bytes: number): Promise<NetcdfFile> {
  checkLimit('windowBytes', bytes, 'a netCDF file');
  const library = await import('h5wasm/node');
  const { FS } = await library.ready;
  const files = FS as unknown as MemoryFiles;
  const path = `/${randomUUID()}.nc`;
  const file = new library.File(path, 'w');
  let open = true;
  const close = (): void => {
    if (open) file.close();
    open = false;
  };
  const sizes = new Map<string, number>();
  return {
    dimension: (name, values, attributes) => {
      sizes.set(name, values.length);
      const dataset = addDataset(file, name, values, [values.length]);
      dataset.make_scale(name);
      addAttributes(dataset, attributes);
    },
    variable: ({ name, dimensions, values, attributes, chunks, level }) => {
      const shape = dimensions.map((dimension) => sizes.get(dimension) ?? 0);
      const dataset = addDataset(file, name, values, shape, chunks, level);
      for (const [index, dimension] of dimensions.entries()) dataset.attach_scale(index, `/${dimension}`);
      addAttributes(dataset, attributes);
    },
    attributes: (attributes) => addAttributes(file, attributes),
    finish: () => {
      file.flush();
      close();
      return files.readFile(path);
    },
    drop: () => {
      close();
      if (files.analyzePath(path).exists) files.unlink(path);
    },
  };
}

/** The part of the library's file system, which lies in memory, that is used here. */
interface MemoryFiles {
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
  analyzePath(path: string): { readonly exists: boolean };
}

function addDataset(
  file: File,
  name: string,
  values: NetcdfValues,
  shape: readonly number[],
  chunks?: readonly number[],
  level?: number,
): Dataset {
  const text = isTexts(values);
  const compressed = chunks !== undefined && level !== undefined && !text;
  file.create_dataset({
    name,
    data: values as GuessableDataTypes,
    shape: [...shape],
    // Texts of any length: netCDF takes fixed ones for arrays of characters.
    ...(text && { dtype: 'S' }),
    ...(compressed && { chunks: [...chunks], compression: 'gzip' as const, compression_opts: level }),
  });
  const dataset = file.get(name);
  if (dataset === null || !('make_scale' in dataset))
    throw new StorageFailure(`the HDF5 library wrote no variable '${name}'`);
  return dataset;
}

function isTexts(values: NetcdfValues): values is readonly string[] {
  return Array.isArray(values);
}

function addAttributes(holder: File | Dataset, attributes: NetcdfAttributes = {}): void {
  for (const [name, value] of Object.entries(attributes))
    holder.create_attribute(name, typeof value === 'number' ? Float64Array.of(value) : value);
}

/** A label as the name of a variable: letters, digits and `_.@+-`, starting with a letter, and none of the names in use. */
export function variableName(label: string, taken: ReadonlySet<string>): string {
  const plain = label.replaceAll(/[^\w.@+-]/g, '_');
  let name = /^[A-Za-z_]/.test(plain) ? plain : `band_${plain}`;
  while (taken.has(name)) name = `${name}_`;
  return name;
}
