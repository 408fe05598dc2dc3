export type { Item } from './catalog/item.ts';
export { InvalidArgument, LimitExceeded, NoData, throwIfCancelled, Unsupported } from './errors.ts';
export type { BBox } from './geometry/grid.ts';
export { limit } from './limits.ts';
export type { Parcel, ParcelSet } from './parcels/parcel.ts';
export { parcelBounds } from './tiles/parcel-bounds.ts';
export { type ParcelTiles, parcelTiles } from './tiles/parcel-tiles.ts';
export type { RasterTileSource, TileScale } from './tiles/tile-source.ts';
export { type CubeTileOptions, cubeTiles, type ItemTileOptions, itemTiles } from './tiles/raster-tile.ts';
