import { InvalidArgument, type Parcel, type ParcelSet, parcelBounds, parcelTiles } from '../../src/index.ts';
import { type ParcelMapState, parcelSource } from '../shared/parcel-map-state.ts';
import { furrowModule, furrowModuleVersion } from '../shared/protocol.ts';
import { isSelectParcel } from '../shared/select-messages.ts';
import { drawingHeight, numberBetween } from './checks.ts';
import { cropLegend, otherColor } from './crop-legend.ts';
import { type BoxOptions, DOMWidget } from './dom-widget.ts';
import { Observable, type Selection } from './observable.ts';
import { TileService } from './tile-service.ts';

export interface ParcelMapOptions extends BoxOptions {
  readonly parcels: ParcelSet;
  /** What fills the parcels: their crop (default), or one colour for all. */
  readonly color?: 'crop' | 'none' | undefined;
  /** Crop to CSS colour, for crops whose colour matters. */
  readonly palette?: Readonly<Record<string, string>> | undefined;
  /** Pixels, 460 unless told. */
  readonly height?: number | undefined;
  readonly title?: string | undefined;
  /** The parcel that is selected at first, or a selection shared with other widgets. */
  readonly selection?: number | Observable<number | undefined> | undefined;
  /** Where the map opens instead of on all parcels: degrees, and zoom as of 512-pixel tiles. */
  readonly center?: readonly [lon: number, lat: number] | undefined;
  readonly zoom?: number | undefined;
}

/**
 * A map of parcels to pick one from. Tiles are cut in the kernel when a view asks for them, so a page holds only what it
 * shows. `selection.value` is the pid of the picked parcel, undefined when none is.
 */
export class ParcelMap extends DOMWidget<ParcelMapState> {
  readonly parcels: ParcelSet;
  readonly #byPid: ReadonlyMap<number, Parcel>;
  readonly #selection: Observable<number | undefined>;
  readonly #tiles: TileService;
  readonly #stop: () => void;

  constructor(options: ParcelMapOptions) {
    const {
      parcels,
      color = 'crop',
      palette,
      height = 460,
      title = '',
      selection,
      center,
      zoom = 12,
    } = options;
    const byPid = new Map(parcels.parcels.map((parcel) => [parcel.pid, parcel]));
    const shared =
      selection instanceof Observable ? selection : new Observable<number | undefined>(selection);
    super(
      { module: furrowModule, version: furrowModuleVersion, model: 'ParcelMapModel', view: 'ParcelMapView' },
      {
        title,
        parcel_count: parcels.parcels.length,
        bounds: parcelBounds(parcels) ?? null,
        view: center === undefined ? null : { center: checkCenter(center), zoom: numberBetween(0, 24)(zoom) },
        height: drawingHeight(height),
        legend: color === 'crop' ? cropLegend(parcels, palette) : [],
        other_color: otherColor,
        ...selectedState(byPid, shared.value),
      },
      options,
    );
    this.parcels = parcels;
    this.#byPid = byPid;
    this.#selection = shared;
    this.#stop = shared.observe((pid) => this.set(selectedState(byPid, pid)));
    this.#tiles = new TileService(
      (source) => (source === parcelSource ? parcelTiles(parcels) : undefined),
      (content, buffers) => this.sendCustom(content, buffers),
    );
  }

  /** The pid of the selected parcel, to read or to observe; other widgets follow it. */
  get selection(): Selection<number | undefined> {
    return this.#selection;
  }

  /** The selected parcel itself. */
  get selectedParcel(): Parcel | undefined {
    return this.#selection.value === undefined ? undefined : this.#byPid.get(this.#selection.value);
  }

  /** Selects a parcel, or none. Throws `InvalidArgument` when the set has no such parcel. */
  select(pid: number | undefined): void {
    if (pid !== undefined && !this.#byPid.has(pid))
      throw new InvalidArgument(`'${this.parcels.name}' has no parcel with pid ${pid}`);
    this.#selection.set(pid);
  }

  override toString(): string {
    return `ParcelMap(${this.parcels.name}, ${this.parcels.parcels.length} parcels)`;
  }

  protected override onCustom(content: unknown, buffers: readonly Uint8Array[]): void | Promise<void> {
    if (this.#tiles.take(content)) return;
    if (!isSelectParcel(content)) return super.onCustom(content, buffers);
    this.select(content.pid ?? undefined);
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#stop();
    this.#tiles.close();
  }
}

function selectedState(
  parcels: ReadonlyMap<number, Parcel>,
  pid: number | undefined,
): Pick<ParcelMapState, 'selected' | 'selected_label'> {
  const parcel = pid === undefined ? undefined : parcels.get(pid);
  return { selected: parcel?.pid ?? null, selected_label: parcel?.label ?? '' };
}

function checkCenter([lon, lat]: readonly [lon: number, lat: number]): readonly [lon: number, lat: number] {
  return [numberBetween(-180, 180)(lon), numberBetween(-85, 85)(lat)];
}
