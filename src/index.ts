export type { BandSummary, Collection, ItemQuery } from './catalog/collection.ts';
export type { BandAsset, Item } from './catalog/item.ts';
export { openCollection } from './catalog/open-collection.ts';
export { type Config, packageRoot, readConfig } from './config.ts';
export type { RasterCube } from './cube/raster-cube.ts';
export * from './errors.ts';
export type { Column, ColumnBatch } from './formats/column-batch.ts';
export { parcelsToGeoJson } from './formats/geojson-out.ts';
export { readParcels } from './formats/read-parcels.ts';
export { saveCube } from './formats/save.ts';
export { saveTable } from './formats/save-table.ts';
export type { BBox } from './geometry/grid.ts';
export type { Area } from './geometry/polygon.ts';
export { CubeBuilder, load_collection, type TemporalExtent, ValueBuilder } from './graph/builder.ts';
export type { ProcessGraph } from './graph/process-graph.ts';
export { runGraph } from './graph/run.ts';
export { validateGraph } from './graph/validate.ts';
export { limit } from './limits.ts';
export { type IndexName, indexDefinition, indexNames } from './parcels/indices.ts';
export type { Parcel, ParcelSet } from './parcels/parcel.ts';
export type { SeasonPoint, Series } from './parcels/series.ts';
export { colorMapNames } from './raster/color-maps.ts';
export {
  type ArchiveOptions,
  archiveDataset,
  archivedMonths,
  type MonthReport,
  restoreDataset,
} from './session/archive.ts';
export type { ColumnQuery, ImageQuery, ParcelQuery, RangeQuery } from './session/ask-signatures.ts';
export { type ExtractOptions, extract, type WatchOptions, watchCollection } from './session/extract.ts';
export type { ExtractEstimate, ExtractReport } from './session/extract-report.ts';
export { Fields, type SignatureQuery, type SignatureRow } from './session/fields.ts';
export { collection } from './session/find-collection.ts';
export { type ParcelsOptions, parcels } from './session/find-parcels.ts';
export type { ImageState } from './session/image-states.ts';
export type { ShownCube } from './session/run-cube.ts';
export { type LoadOptions, Season } from './session/season.ts';
export { closeSharedStore, sharedStore } from './session/shared-store.ts';
export type { BatchQuery } from './session/signature-batches.ts';
export {
  attachSurroundings,
  type ProgressBar,
  type ShownImages,
  type Surroundings,
} from './session/surroundings.ts';
export { crossSection } from './store/cross-section.ts';
export { listDatasets, removeDataset } from './store/datasets.ts';
export type { ParcelSummary } from './store/find-parcels.ts';
export { openStore } from './store/open-store.ts';
export type { Peer } from './store/peers.ts';
export type { SignatureSeries } from './store/series.ts';
export type { Store } from './store/store.ts';
export type { ValueInRange } from './store/value-range.ts';
export { parcelBounds } from './tiles/parcel-bounds.ts';
export { type ParcelTiles, parcelTiles } from './tiles/parcel-tiles.ts';
export { type CubeTileOptions, cubeTiles, type ItemTileOptions, itemTiles } from './tiles/raster-tile.ts';
export type { RasterTileSource, TileScale } from './tiles/tile-source.ts';
