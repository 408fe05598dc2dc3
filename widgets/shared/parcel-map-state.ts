/** One class of the legend: parcels whose crop is `name` are filled with `color` (CSS). */
export interface LegendEntry {
  readonly name: string;
  readonly color: string;
  readonly count: number;
}

/** `[west, south, east, north]` in degrees. */
export type LonLatBounds = readonly [west: number, south: number, east: number, north: number];

/** The state of a parcel map that travels between kernel and browser. Tiles travel as custom messages, source `parcels`. */
export interface ParcelMapState {
  readonly title: string;
  readonly parcel_count: number;
  /** Null when the set has no parcels. */
  readonly bounds: LonLatBounds | null;
  /** Where the map opens instead of on the bounds; zoom as of 512-pixel tiles. */
  readonly view: { readonly center: readonly [lon: number, lat: number]; readonly zoom: number } | null;
  /** Pixels. */
  readonly height: number;
  readonly legend: readonly LegendEntry[];
  /** Fill of parcels that are in no class of the legend. */
  readonly other_color: string;
  readonly selected: number | null;
  /** The label of the selected parcel; a text by somebody else, never to be read as HTML. */
  readonly selected_label: string;
}

/** The layer of the vector tiles that holds the parcels, and the property that is their id. */
export const parcelLayer = 'parcels';
export const parcelIdProperty = 'pid';
/** The source name of parcel tiles in tile requests. */
export const parcelSource = 'parcels';
/** Parcel tiles are cut down to this zoom; deeper views enlarge them. */
export const parcelMaxZoom = 16;
