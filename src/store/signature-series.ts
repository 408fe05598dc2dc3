import type { QueryOptions } from './store.ts';

export interface SeriesImage {
  readonly id: number;
  readonly collection: string;
  readonly reference: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly platform: string | null;
  /** Percent of the scene. */
  readonly cloud: number | null;
  /** Images of one pass over the earth share it; null when unknown. */
  readonly acquisition: string | null;
}

/** Statistics of one band, a number a row; `n` is 0 and the statistics are NaN in rows where the band was not measured. */
export interface BandColumns {
  readonly n: Int32Array;
  readonly stats: Readonly<Record<string, Float32Array>>;
}

/**
 * Signatures in columns: a row is one parcel on one image, sorted by parcel, then time. Goes as histogram to `classShare` of
 * the parcels' quality rules.
 */
export interface SignatureSeries {
  readonly rows: number;
  readonly pid: Float64Array;
  /** Index into `images`. */
  readonly image: Int32Array;
  /** The images that occur, in time order. */
  readonly images: readonly SeriesImage[];
  readonly bands: ReadonlyMap<string, BandColumns>;
  /** Pixels per class of the histogram band, row-major, `classes` numbers a row (0: there is no histogram). */
  readonly classes: number;
  readonly counts: Int32Array;
}

/** The series of nothing: no row, no band. */
export const noSignatures: SignatureSeries = {
  rows: 0,
  pid: new Float64Array(0),
  image: new Int32Array(0),
  images: [],
  bands: new Map(),
  classes: 0,
  counts: new Int32Array(0),
};

export interface SeriesOptions extends QueryOptions {
  /** From `findDataset`. */
  readonly dataset: number;
  readonly pids?: readonly number[] | undefined;
  readonly collection?: string | undefined;
  /** Names of bands or indices as extracted; letter case does not matter. */
  readonly bands: readonly string[];
  /** `mean`, `p50`, ...; all that were extracted when left out. */
  readonly stats?: readonly string[] | undefined;
  /** ISO 8601; images from this moment on. */
  readonly from?: string | undefined;
  /** ISO 8601; images before this moment. */
  readonly to?: string | undefined;
  /** Only this image. */
  readonly image?: number | undefined;
  /** The band whose histogram comes along: `SCL` by default, null for none. */
  readonly histogram?: string | null | undefined;
}
