import type { BBox } from '../geometry/grid.ts';
import type { DataType } from '../raster/pixels.ts';
import type { Item } from './item.ts';

/** What a collection offers under one name. */
export interface BandSummary {
  readonly name: string;
  readonly commonName?: string | undefined;
  /** Pixel size in units of the grid's CRS. */
  readonly resolution?: number | undefined;
  readonly dataType?: DataType | undefined;
}

export interface ItemQuery {
  /** Longitude and latitude; items that touch it. */
  readonly bbox?: BBox | undefined;
  /** From (included) to (excluded), ISO 8601; null leaves an end open. */
  readonly interval?: readonly [from: string | null, to: string | null] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A document that could not be read, and why; the others go on. */
export interface CatalogProblem {
  readonly address: string;
  readonly reason: string;
}

/** An open STAC collection. */
export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Of its document. */
  readonly address: string;
  /** Longitude and latitude. */
  readonly bbox: BBox;
  /** First and last instant, ISO 8601; an open end is the year 0001 or 9999. */
  readonly interval: readonly [string, string];
  readonly bands: readonly BandSummary[];
  /** A file of parcels that belongs to it: link of relation `parcels`. */
  readonly parcelsHref?: string | undefined;
  /** Items that could not be read when they were last tried. */
  readonly problems: readonly CatalogProblem[];
  /**
   * Items ascending by time, then id. A document is read once and kept, whoever asked for it first; one that failed, or whose
   * files did, is tried again by the next call. Throws `InvalidArgument` for a malformed query, `InvalidFile` when no item can
   * be read, `Cancelled` for the caller whose signal fired.
   */
  items(query?: ItemQuery): Promise<Item[]>;
}
