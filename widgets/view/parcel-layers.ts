import type {
  ExpressionSpecification,
  LayerSpecification,
  Map as MapLibreMap,
  SourceSpecification,
} from 'maplibre-gl';
import {
  type LonLatBounds,
  type ParcelMapState,
  parcelIdProperty,
  parcelLayer,
  parcelMaxZoom,
  parcelSource,
} from '../shared/parcel-map-state.ts';
import type { TileProtocol } from './map-library.ts';
import type { Theme } from './theme.ts';

/** The vector source of the parcels, whose features are known by their pid. */
export function parcelTileSource(protocol: TileProtocol, bounds: LonLatBounds): SourceSpecification {
  return {
    type: 'vector',
    tiles: [protocol.template(parcelSource)],
    maxzoom: parcelMaxZoom,
    bounds: [...bounds],
    promoteId: { [parcelLayer]: parcelIdProperty },
  };
}

const isSelected: ExpressionSpecification = ['boolean', ['feature-state', 'selected'], false];

/** Colour by the legend: a crop's name is only ever compared, never read as anything else. */
function cropColor(legend: ParcelMapState['legend'], other: string): ExpressionSpecification | string {
  if (legend.length === 0) return other;
  const pairs = legend.flatMap(({ name, color }) => [name, color]);
  return ['match', ['get', 'crop'], ...pairs, other] as unknown as ExpressionSpecification;
}

export function fillColor(
  { legend, other }: { legend: ParcelMapState['legend']; other: string },
  theme: Theme,
): ExpressionSpecification {
  return ['case', isSelected, theme.selection, cropColor(legend, other)];
}

const base = { source: parcelSource, 'source-layer': parcelLayer } as const;
/** Lines cost a map three times what fills cost: below this zoom a parcel is some pixels large and its fill is enough. */
const lineMinZoom = 11;

export function fillLayer(
  colors: { legend: ParcelMapState['legend']; other: string },
  theme: Theme,
): LayerSpecification {
  return {
    ...base,
    id: 'parcels-fill',
    type: 'fill',
    paint: {
      'fill-antialias': false,
      'fill-color': fillColor(colors, theme),
    },
  };
}

/** Outlines, thin where parcels are small on the screen. */
export function outlineLayer(theme: Theme, color = theme.outline): LayerSpecification {
  return {
    ...base,
    id: 'parcels-outline',
    type: 'line',
    minzoom: lineMinZoom,
    paint: {
      'line-color': color,
      'line-width': ['interpolate', ['linear'], ['zoom'], 11, 0.3, 14, 0.8, 17, 1.5],
    },
  };
}

/** A wide line around the selected parcel; the others have width 0. */
export function selectionLayer(theme: Theme): LayerSpecification {
  return {
    ...base,
    id: 'parcels-selected',
    type: 'line',
    minzoom: lineMinZoom,
    layout: { 'line-join': 'round' },
    paint: { 'line-color': theme.selection, 'line-width': ['case', isSelected, 3, 0] },
  };
}

/** Moves the highlight from one parcel to another; no tile is loaded again. */
export function highlighter(map: MapLibreMap): (pid: number | null) => void {
  let marked: number | null = null;
  return (pid) => {
    if (pid === marked) return;
    for (const [id, selected] of [
      [marked, false],
      [pid, true],
    ] as const)
      if (id !== null)
        map.setFeatureState({ source: parcelSource, sourceLayer: parcelLayer, id }, { selected });
    marked = pid;
  };
}
