import type { ColumnBatch } from '../formats/column-batch.ts';
import type { ReadParcelSet } from '../formats/read-parcels.ts';
import { type SaveParcelsOptions, saveParcelsFile } from '../formats/save-parcels-file.ts';
import { areaBounds } from '../geometry/area.ts';
import { intersects } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Parcel, ParcelSet } from '../parcels/parcel.ts';
import type { ParcelSummary } from '../store/find-parcels.ts';
import type { Peer, PeersOptions } from '../store/peers.ts';
import { seasonsOf } from '../store/seasons-of.ts';
import type { SignatureSeries } from '../store/series.ts';
import type { ValueInRange } from '../store/value-range.ts';
import { type ArchiveOptions, archiveDataset, type MonthReport, restoreDataset } from './archive.ts';
import {
  askColumns,
  askImage,
  askParcels,
  askPeers,
  askRange,
  type ColumnQuery,
  type ImageQuery,
  type ParcelQuery,
  type RangeQuery,
} from './ask-signatures.ts';
import {
  type ImageState,
  type ImageStatesOptions,
  imageStates,
  type RetryOptions,
  retryExtraction,
} from './image-states.ts';
import { displaySymbol, factSheet, type MimeBundle, problemFacts } from './rich-text.ts';
import { saveImage, saveSeries } from './save-signatures.ts';
import { type BatchQuery, seriesBatches, signatureBatches } from './signature-batches.ts';
import { signalOf } from './surroundings.ts';

/** One parcel on one image, as the store answers. */
export interface SignatureRow {
  readonly pid: number;
  readonly label: string;
  /** ISO 8601, UTC. */
  readonly datetime: string;
  readonly item: string;
  /** Valid pixels. */
  readonly n: number;
  readonly mean: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  /** Share of the parcel that shows the ground, 0 to 1. */
  readonly clear: number;
}

export interface SignatureQuery extends ParcelQuery {
  /** Name of an index (`ndvi`) or band (`B08`) as it was extracted. */
  readonly index: string;
  /** ISO 8601; images from this moment on. */
  readonly from?: string | undefined;
  /** ISO 8601; images before this moment. */
  readonly to?: string | undefined;
  /** Only rows with at least this share of clear ground, 0 to 1. */
  readonly clearAtLeast?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `Fields` are made of: a set of parcels, with what its file told of them where one was read. */
export type FieldsOptions = ParcelSet & Partial<Pick<ReadParcelSet, 'problems' | 'notes'>>;

/** A set of parcels with its way into the store. */
export class Fields implements ParcelSet {
  readonly name: string;
  readonly crs: string;
  readonly parcels: readonly Parcel[];
  /** Rows of the file that are no parcels, each with its reason; a part of a set has those of the whole. */
  readonly problems: ReadParcelSet['problems'];
  /** Of the file's parcels: invalid polygons, identifiers that occur twice; a part of a set has those of the whole. */
  readonly notes: ReadParcelSet['notes'];
  readonly #byPid: ReadonlyMap<number, Parcel>;

  constructor({ name, crs, parcels, problems = [], notes = [] }: FieldsOptions) {
    this.name = name;
    this.crs = crs;
    this.parcels = parcels;
    this.problems = problems;
    this.notes = notes;
    this.#byPid = new Map(parcels.map((parcel) => [parcel.pid, parcel]));
  }

  /** The parcel with that pid, or undefined. */
  parcel(pid: number): Parcel | undefined {
    return this.#byPid.get(pid);
  }

  /**
   * The parcels that touch `[west, south, east, north]` in degrees. A part has a name of its own, so that its extraction
   * leaves the whole set's rows in the store alone; where every parcel touches the area the set stays as it is.
   */
  within(area: BBox): Fields {
    const box = transformBBox(area, 'OGC:CRS84', this.crs);
    const parcels = this.parcels.filter(({ geometry }) => intersects(areaBounds(geometry), box));
    if (parcels.length === this.parcels.length) return this;
    const corners = area.map((degrees) => degrees.toFixed(4)).join(' ');
    // Of somebody else's dataset too the part is one's own.
    const name = this.name.slice(this.name.lastIndexOf('/') + 1);
    return new Fields({ ...this.#origin(), name: `${name} within ${corners}`, parcels });
  }

  /**
   * Writes the parcels to a file of this machine (GeoJSON, GeoPackage, GeoParquet, zipped shapefile) or to a new table of a PostGIS
   * database (`postgres://...`, `{ layer: 'schema.table' }`), in longitude and latitude. Throws `FormatUnsupported`, `StorageFailure`.
   */
  async save(path: string, options: SaveParcelsOptions = {}): Promise<void> {
    await saveParcelsFile(this, path, { ...options, signal: signalOf(options.signal) });
  }

  #origin(): FieldsOptions {
    const { name, crs, parcels, problems, notes } = this;
    return { name, crs, parcels, problems, notes };
  }

  /**
   * What `extract` stored of these parcels, by parcel, then time; images without a valid pixel in a parcel give no row.
   * Months in the archive are read from there. Throws `DatasetNotFound` before the first extraction, `BandNotFound` for an index that
   * was not extracted.
   */
  async series(query: SignatureQuery): Promise<SignatureRow[]> {
    return this.#rows(await askColumns(this.name, query), query);
  }

  /** The rows of `series`, batch by batch, for answers of any size: `for await (const rows of fields.rows(...))`. */
  async *rows(query: SignatureQuery): AsyncGenerator<SignatureRow[], void, undefined> {
    for await (const answer of seriesBatches(this.name, query)) {
      const rows = this.#rows(answer, query);
      if (rows.length > 0) yield rows;
    }
  }

  /** One image (`item`) or a day's (`day`) of all these parcels, by parcel. Throws `NoData` for an item that was not extracted. */
  async image(query: ImageQuery): Promise<SignatureRow[]> {
    return this.#rows(await askImage(this.name, query), query);
  }

  /** The same as `series` in typed arrays and with every image, of several bands at once: for computing. */
  columns(query: ColumnQuery): Promise<SignatureSeries> {
    return askColumns(this.name, query);
  }

  /** The same as `series` in batches of columns, for answers of any size: `for await (const batch of fields.batches(...))`. */
  batches(query: BatchQuery): AsyncGenerator<ColumnBatch, void, undefined> {
    return signatureBatches(this.name, query, (pid) => this.parcel(pid));
  }

  /**
   * Writes a series of any size to `.csv`, `.parquet`, `.arrow`, `.feather` or `.arrows` (the stream form of Arrow); gives the number
   * of rows. Texts that a spreadsheet would run as formulas get an apostrophe in CSV.
   */
  saveSeries(path: string, query: BatchQuery): Promise<number> {
    return saveSeries(this, path, query);
  }

  /** Writes the parcels of one image with their values beside their outlines: `.geojson`, `.gpkg`, `.geoparquet`, `.zip` (shapefile). */
  saveImage(path: string, query: ImageQuery): Promise<number> {
    return saveImage(this, path, query);
  }

  /** The nearest parcels of the same crop, with metres between the outlines. */
  peers(pid: number, options: Omit<PeersOptions, 'dataset' | 'pid'> = {}): Promise<Peer[]> {
    return askPeers(this.name, pid, options);
  }

  /** The stored parcels by crop, size, label, box, area or point. */
  find(query: ParcelQuery & { readonly signal?: AbortSignal | undefined }): Promise<ParcelSummary[]> {
    return askParcels(this.name, query);
  }

  /** Where a statistic lies in a range: `fields.inRange({ index: 'ndvi', stat: 'median', day: '2026-04-02', most: 0.3 })`. */
  inRange(query: RangeQuery): Promise<ValueInRange[]> {
    return askRange(this.name, query);
  }

  /** Copies closed months to Parquet on a folder or S3, verified, and with `detach` takes them out of the store. */
  archive(options: ArchiveOptions): Promise<MonthReport[]> {
    return archiveDataset(this.name, options);
  }

  /** Brings archived months back into the store: one (`{ month: '2026-03' }`), or all. */
  restore(options: Parameters<typeof restoreDataset>[1] = {}): Promise<MonthReport[]> {
    return restoreDataset(this.name, options);
  }

  #rows(answer: SignatureSeries, { index, clearAtLeast = 0 }: SignatureQuery | ImageQuery): SignatureRow[] {
    return seasonsOf(answer, index).flatMap(({ pid, points }) =>
      points
        .filter(({ clear }) => clear >= clearAtLeast)
        .map(({ datetime, itemId, n, mean, p25, p50, p75, clear }) => ({
          pid,
          label: this.parcel(pid)?.label ?? String(pid),
          datetime,
          item: itemId,
          n,
          mean,
          p25,
          median: p50,
          p75,
          clear,
        })),
    );
  }

  /**
   * Where the extraction of each image stands, oldest first, with tries, failures and why it was chosen among others of its
   * acquisition. Throws `DatasetNotFound` before the first extraction.
   */
  images(options: ImageStatesOptions = {}): Promise<ImageState[]> {
    return imageStates(this.name, options);
  }

  /** Lets failed images, or the given ones whatever their state, be extracted again by the next `extract`; gives their ids. */
  retry(options: RetryOptions = {}): Promise<string[]> {
    return retryExtraction(this.name, options);
  }

  [displaySymbol](): MimeBundle {
    const crops = new Map<string, number>();
    for (const { crop = 'no crop stated' } of this.parcels) crops.set(crop, (crops.get(crop) ?? 0) + 1);
    const most = [...crops].sort(([, a], [, b]) => b - a).slice(0, 8);
    const hectares = this.parcels.reduce((sum, { area }) => sum + area, 0);
    const html = factSheet(`Parcels ${this.name}`, [
      ['parcels', String(this.parcels.length)],
      ['area', `${hectares.toFixed(1)} ha`],
      ['crops', most.map(([crop, count]) => `${crop} (${count})`).join(', ')],
      ['coordinates', this.crs],
      ...problemFacts(
        'rows left out',
        this.problems.map(({ reason }) => reason),
      ),
      ...this.notes.map(({ reason, count }): [string, string] => [
        count === 1 ? 'note' : `note (${count})`,
        reason,
      ]),
    ]);
    return { 'text/html': html, 'text/plain': `Parcels ${this.name}: ${this.parcels.length}` };
  }
}
