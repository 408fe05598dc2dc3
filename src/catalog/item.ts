import type { BBox, Grid } from '../geometry/grid.ts';
import type { DataType } from '../raster/pixels.ts';

/** One band of one item: where its pixels are and how stored numbers become values (value = stored * scale + offset). */
export interface BandAsset {
  readonly name: string;
  /** STAC common name (`red`, `nir`, ...); `scl` for the scene classification. */
  readonly commonName: string | undefined;
  readonly assetKey: string;
  /** Absolute address. */
  readonly href: string;
  /** Zero-based band of the file. */
  readonly bandIndex: number;
  readonly dataType: DataType;
  readonly nodata: number | undefined;
  readonly scale: number;
  readonly offset: number;
  /**
   * What the catalog does not state: the file's header decides, through `openBand`; until then it is what the header said
   * when the item was read, or 1 and 0 where it was not opened for that.
   */
  readonly unstated?: readonly ('scale' | 'offset')[] | undefined;
  /** The offset, in stored numbers, where neither item nor header state one (see `withBaselineOffsets`); 0 when left out. */
  readonly assumedOffset?: number | undefined;
  /** What the item states of the file's content (checksum, size, ETag, time of change). */
  readonly revision?: string | undefined;
  readonly grid: Grid;
}

/** A STAC item as the runtime uses it. */
export interface Item {
  readonly id: string;
  readonly collection: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly bbox: BBox;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly bands: readonly BandAsset[];
  /** Bands left out, each with its reason. */
  readonly problems?: readonly string[];
  /** A band is left out because storage failed: reading the item again may find it. */
  readonly mayImprove?: boolean | undefined;
}
