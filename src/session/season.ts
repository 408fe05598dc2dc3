import { chooseScenes } from '../catalog/choose-scenes.ts';
import type { BandSummary, Collection, ItemQuery } from '../catalog/collection.ts';
import type { Item } from '../catalog/item.ts';
import { NoData } from '../errors.ts';
import type { BBox } from '../geometry/grid.ts';
import { type CubeBuilder, load_collection, type TemporalExtent } from '../graph/builder.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import type { SeasonPoint, Series } from '../parcels/series.ts';
import { type ItemTileOptions, itemTiles } from '../tiles/raster-tile.ts';
import type { RasterTileSource } from '../tiles/tile-source.ts';
import { parcelSeason } from './parcel-season.ts';
import { displaySymbol, factSheet, type MimeBundle, problemFacts } from './rich-text.ts';
import { cubeVerbs, type ShownCube } from './run-cube.ts';
import { signalOf } from './surroundings.ts';

export interface LoadOptions {
  /** From (included) to (excluded), ISO 8601; the whole collection when left out. */
  readonly time?: TemporalExtent | undefined;
  /** `[west, south, east, north]` in degrees; the whole collection when left out. */
  readonly area?: BBox | undefined;
  /** By common name (`red`, `nir`, `scl`) or by their own; all when left out. */
  readonly bands?: readonly string[] | undefined;
}

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** A collection of images, opened: what a cell asks for pixels, series and pictures. */
export class Season {
  readonly collection: Collection;

  constructor(collection: Collection) {
    this.collection = collection;
  }

  get id(): string {
    return this.collection.id;
  }
  get title(): string {
    return this.collection.title;
  }
  /** First and last moment, ISO 8601. */
  get interval(): readonly [string, string] {
    return this.collection.interval;
  }
  /** `[west, south, east, north]` in degrees. */
  get bbox(): BBox {
    return this.collection.bbox;
  }
  get bands(): readonly BandSummary[] {
    return this.collection.bands;
  }

  /** Images ascending in time, all processings of them. */
  items(query: ItemQuery = {}): Promise<Item[]> {
    return this.collection.items({ ...query, signal: signalOf(query.signal) });
  }

  /** Starts an openEO process graph on this collection; nothing is read before `execute`, `preview` or `save`. */
  load({ time, area, bands }: LoadOptions = {}): CubeBuilder<ShownCube> {
    const box = area && { west: area[0], south: area[1], east: area[2], north: area[3] };
    return load_collection(
      this.collection.address,
      { spatial_extent: box ?? null, temporal_extent: time ?? null, bands },
      cubeVerbs(this.collection),
    );
  }

  /**
   * Reads seasons straight from the images, parcel by parcel: what a `SeriesPlot` takes as `load`. Clouds, shadows and snow
   * are masked by the scene classification where there is one; of several processings the newest counts.
   */
  series(
    parcels: ParcelSet,
    { index = 'ndvi' }: { readonly index?: string | undefined } = {},
  ): (pid: number, options?: SignalOption) => Promise<Series> {
    return (pid, { signal } = {}) =>
      parcelSeason(this.collection, parcels, pid, { index, signal: signalOf(signal) });
  }

  /** Opens the image behind a point of a series: what a `RasterPreview` takes as `load`. True colour when not told otherwise. */
  images(
    options: ItemTileOptions = {},
  ): (point: Pick<SeasonPoint, 'itemId'>, options?: SignalOption) => Promise<RasterTileSource> {
    return async ({ itemId }, { signal } = {}) => {
      const wanted = signalOf(signal);
      const item = (await this.items({ signal: wanted })).find(({ id }) => id === itemId);
      if (item === undefined) throw new NoData(`collection '${this.id}' has no image '${itemId}'`);
      return itemTiles(item, options, { signal: wanted });
    };
  }

  [displaySymbol](): Promise<MimeBundle> {
    return this.items().then((items) => {
      const { dropped } = chooseScenes(items);
      const bands = this.bands.map(({ name, commonName }) => (commonName ? `${name} (${commonName})` : name));
      const html = factSheet(this.title, [
        [
          'images',
          `${items.length}${dropped.length > 0 ? `, ${dropped.length} superseded by a newer processing` : ''}`,
        ],
        ['from', this.interval[0]],
        ['to', this.interval[1]],
        ['bands', bands.join(', ')],
        ['west, south, east, north', this.bbox.map((degrees) => degrees.toFixed(4)).join(', ')],
        ['address', this.collection.address],
        ...problemFacts(
          'images that could not be read',
          this.collection.problems.map(({ reason }) => reason),
        ),
        ...problemFacts(
          'bands left out',
          items.flatMap(({ problems = [] }) => problems),
        ),
      ]);
      return {
        'text/html': html,
        'text/plain': `${this.title}: ${items.length} images, ${bands.join(', ')}`,
      };
    });
  }
}
