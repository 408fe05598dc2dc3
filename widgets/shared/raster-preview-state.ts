import type { LonLatBounds } from './parcel-map-state.ts';

/** A colour scale: values from `low` to `high` along evenly spaced CSS colours. */
export interface ColorScale {
  readonly low: number;
  readonly high: number;
  readonly colors: readonly string[];
  readonly label: string;
}

/** What is drawn now; tiles are asked from source `raster:REVISION`. */
export interface RasterLayerState {
  readonly revision: number;
  readonly bounds: LonLatBounds;
  readonly label: string;
  /** Shown beside the label: the date of the image. Empty when it has none. */
  readonly date: string;
  readonly tile_size: number;
  readonly max_zoom: number;
  readonly scale: ColorScale | null;
}

/** The state of a raster preview that travels between kernel and browser. */
export interface RasterPreviewState {
  readonly title: string;
  /** Pixels. */
  readonly height: number;
  /** 0 to 1. */
  readonly opacity: number;
  readonly layer: RasterLayerState | null;
  /** Bounds of the parcels drawn as outlines over the image (tiles of source `parcels`); null without parcels. */
  readonly parcel_bounds: LonLatBounds | null;
  /** The highlighted parcel. */
  readonly selected: number | null;
  /** Bounds that the map moves to: the selected parcel's or the image's. */
  readonly focus: LonLatBounds | null;
  /** Shown over the map when there is nothing to draw or something failed; empty otherwise. */
  readonly message: string;
}

/** The source name of the raster tiles of one revision. */
export function rasterSource(revision: number): string {
  return `raster:${revision}`;
}
