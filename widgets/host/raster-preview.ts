import {
  InvalidArgument,
  type ParcelSet,
  parcelBounds,
  parcelTiles,
  type RasterTileSource,
} from '../../src/index.ts';
import { type LonLatBounds, parcelSource } from '../shared/parcel-map-state.ts';
import { furrowModule, furrowModuleVersion } from '../shared/protocol.ts';
import {
  type RasterLayerState,
  type RasterPreviewState,
  rasterSource,
} from '../shared/raster-preview-state.ts';
import { drawingHeight, numberBetween } from './checks.ts';
import { type BoxOptions, DOMWidget } from './dom-widget.ts';
import { LatestTask } from './latest-task.ts';
import type { Selection } from './observable.ts';
import { reportFailure } from './report-failure.ts';
import { TileService } from './tile-service.ts';

export interface RasterPreviewOptions<Image> extends BoxOptions {
  /** The image that is shown at first. */
  readonly source?: RasterTileSource | undefined;
  /** A selection to follow, such as a plot's; needs `load`. */
  readonly images?: Selection<Image | undefined> | undefined;
  /** Opens what was selected; aborted when something else is selected meanwhile. */
  readonly load?: ((image: Image, options: { signal: AbortSignal }) => Promise<RasterTileSource>) | undefined;
  /** Parcels drawn as outlines over the image. */
  readonly parcels?: ParcelSet | undefined;
  /** The parcel that is highlighted and moved to, a map's `selection`. */
  readonly selection?: Selection<number | undefined> | undefined;
  /** 0 to 1. */
  readonly opacity?: number | undefined;
  readonly title?: string | undefined;
  /** Pixels, 460 unless told. */
  readonly height?: number | undefined;
}

/** Old revisions that stay readable while a view still draws them. */
const keptRevisions = 2;

/** An image on a map, in tiles that the kernel draws when a view asks for them. */
export class RasterPreview<Image = never> extends DOMWidget<RasterPreviewState> {
  readonly #sources = new Map<string, RasterTileSource>();
  readonly #task = new LatestTask();
  readonly #tiles: TileService;
  readonly #stops: (() => void)[] = [];
  readonly #options: RasterPreviewOptions<Image>;
  #revision = 0;

  /** Throws `InvalidArgument` when `images` comes without `load`. */
  constructor(options: RasterPreviewOptions<Image> = {}) {
    const { source, images, load, parcels, selection, opacity = 1, title = '', height = 460 } = options;
    if (images !== undefined && load === undefined)
      throw new InvalidArgument(
        'a RasterPreview that follows a selection needs `load`, which opens the image',
      );
    super(
      {
        module: furrowModule,
        version: furrowModuleVersion,
        model: 'RasterPreviewModel',
        view: 'RasterPreviewView',
      },
      {
        title,
        height: drawingHeight(height),
        opacity: numberBetween(0, 1)(opacity),
        layer: null,
        parcel_bounds: parcels === undefined ? null : (parcelBounds(parcels) ?? null),
        selected: selection?.value ?? null,
        focus: null,
        message: images === undefined ? 'No image to show yet.' : 'Select a date to see its image.',
      },
      options,
      { opacity: numberBetween(0, 1) },
    );
    this.#options = options;
    this.#tiles = new TileService(
      (name) => {
        if (name === parcelSource && parcels !== undefined) return parcelTiles(parcels);
        const shown = this.#sources.get(name);
        return shown === undefined ? undefined : (z, x, y, { signal }) => shown.tile(z, x, y, { signal });
      },
      (content, buffers) => this.sendCustom(content, buffers),
    );
    if (source !== undefined) this.show(source);
    if (selection !== undefined) {
      this.#stops.push(selection.observe((pid) => this.#highlight(pid)));
      if (selection.value !== undefined) this.#highlight(selection.value);
    }
    if (images !== undefined) {
      this.#stops.push(images.observe((image) => this.#follow(image)));
      if (images.value !== undefined) void this.#follow(images.value);
    }
  }

  get opacity(): number {
    return this.get('opacity');
  }

  set opacity(opacity: number) {
    this.set({ opacity });
  }

  /** Draws another image; the one before stays in sight until the new tiles are there. */
  show(source: RasterTileSource): void {
    this.#task.cancel();
    this.#revision += 1;
    const revision = this.#revision;
    this.#sources.set(rasterSource(revision), source);
    this.#sources.delete(rasterSource(revision - keptRevisions));
    const layer: RasterLayerState = {
      revision,
      bounds: source.bounds,
      label: source.label,
      date: source.date ?? '',
      tile_size: source.tileSize,
      max_zoom: source.maxZoom,
      scale: source.scale ?? null,
    };
    const before = this.get('focus');
    // An image somewhere else would stay out of sight.
    const focus = before !== null && overlap(before, source.bounds) ? before : source.bounds;
    this.set({ layer, message: '', focus });
  }

  override toString(): string {
    return `RasterPreview(${this.get('layer')?.label ?? 'empty'})`;
  }

  protected override onCustom(content: unknown, buffers: readonly Uint8Array[]): void | Promise<void> {
    if (!this.#tiles.take(content)) return super.onCustom(content, buffers);
  }

  protected override onClosed(): void {
    super.onClosed();
    for (const stop of this.#stops) stop();
    this.#task.cancel();
    this.#tiles.close();
  }

  #highlight(pid: number | undefined): void {
    const { parcels } = this.#options;
    const parcel = parcels?.parcels.find((candidate) => candidate.pid === pid);
    const around =
      parcels === undefined || parcel === undefined
        ? undefined
        : parcelBounds({ ...parcels, parcels: [parcel] });
    this.set({ selected: pid ?? null, ...(around === undefined ? {} : { focus: around }) });
  }

  #follow(image: Image | undefined): Promise<void> | void {
    const { load } = this.#options;
    if (image === undefined || load === undefined) {
      this.#task.cancel();
      this.set({ layer: null, message: 'Select a date to see its image.' });
      return;
    }
    this.set({ message: 'Opening the image …' });
    return this.#task.run(
      (signal) => load(image, { signal }),
      (source) => this.show(source),
      (error) => {
        this.set({
          message: `The image cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
        });
        reportFailure('opening an image', error);
      },
    );
  }
}

function overlap(a: LonLatBounds, b: LonLatBounds): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}
