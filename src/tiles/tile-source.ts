import type { BBox } from '../geometry/grid.ts';

/** A colour scale for a legend: values from `low` to `high` along evenly spaced CSS colours. */
export interface TileScale {
  readonly low: number;
  readonly high: number;
  readonly colors: readonly string[];
  readonly label: string;
}

/** An image that can be drawn as web mercator tiles (y southwards): what a map needs to know of it. */
export interface RasterTileSource {
  /** Longitude and latitude in degrees. */
  readonly bounds: BBox;
  readonly label: string;
  /** The date of the image, as shown to people. */
  readonly date?: string | undefined;
  /** Pixels of a tile's side. */
  readonly tileSize: number;
  /** Tiles beyond this zoom would hold no more detail. */
  readonly maxZoom: number;
  readonly scale?: TileScale | undefined;
  /** A PNG with transparency where there is no data; undefined where the tile has none at all. */
  tile(
    z: number,
    x: number,
    y: number,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Uint8Array | undefined>;
}
