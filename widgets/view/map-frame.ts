import { Map as MapLibreMap, NavigationControl, ScaleControl, type StyleSpecification } from 'maplibre-gl';
import type { LonLatBounds } from '../shared/parcel-map-state.ts';
import { element } from './element.ts';
import { prepareWorker, type TileProtocol, tileProtocol } from './map-library.ts';
import type { ViewModel } from './render-context.ts';
import { observeTheme, readTheme, type Theme } from './theme.ts';
import { TileClient } from './tile-client.ts';
import { hasWidth, type WidgetFrame } from './widget-frame.ts';

export interface MapFrameOptions {
  readonly frame: WidgetFrame;
  readonly model: Pick<ViewModel<object>, 'on' | 'off' | 'send'>;
  /** What the map shows, for screen readers. */
  readonly label: string;
  readonly bounds: LonLatBounds | null;
  readonly view: { readonly center: readonly [number, number]; readonly zoom: number } | null;
  /** Sources and layers above the background, in the colours of the theme. */
  readonly layers: (theme: Theme, protocol: TileProtocol) => Pick<StyleSpecification, 'sources' | 'layers'>;
  /** Repaints the layers when the page changes between light and dark; the background is done here. */
  readonly repaint: (map: MapLibreMap, theme: Theme) => void;
  readonly signal: AbortSignal;
}

export interface MapFrame {
  readonly map: MapLibreMap;
  readonly protocol: TileProtocol;
  readonly close: () => void;
}

/** The element that holds a map; its map is reachable for scripts of the page (and for tests). */
export interface MapElement extends HTMLElement {
  furrowMap?: MapLibreMap;
}

export const fitOptions = { padding: 24, maxZoom: 16 } as const;

/**
 * Makes a MapLibre map in a child of the drawing that the view owns, without any request to the network. Resolves once
 * the drawing has a width; undefined when the signal fired before.
 */
export async function openMap(options: MapFrameOptions): Promise<MapFrame | undefined> {
  const { frame, model, bounds, view, signal, label } = options;
  await hasWidth(frame.drawing, signal);
  if (signal.aborted) return undefined;
  prepareWorker();
  const client = new TileClient(model);
  const protocol = tileProtocol(client, (reason) =>
    frame.trouble(reason === undefined ? '' : `Tiles cannot be drawn: ${reason}`),
  );
  const theme = readTheme(frame.root);
  const container: MapElement = element('div', { class: 'furrow-map' });
  frame.drawing.prepend(container);
  const { sources, layers } = options.layers(theme, protocol);
  let map: MapLibreMap;
  try {
    map = new MapLibreMap({
      container,
      style: { version: 8, sources, layers: [background(theme), ...layers] },
      attributionControl: false,
      // Who scrolls through a notebook passes over maps: they zoom with Ctrl or Cmd held, and are moved by two fingers.
      cooperativeGestures: true,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      maxZoom: 21,
      fadeDuration: 0,
      ...(view !== null
        ? { center: [...view.center] as [number, number], zoom: view.zoom }
        : bounds === null
          ? {}
          : { bounds: [...bounds] as [number, number, number, number], fitBoundsOptions: fitOptions }),
      locale: { 'Map.Title': label },
    });
  } catch (error) {
    client.close();
    protocol.remove();
    container.remove();
    frame.message(
      `No map can be drawn in this browser: ${error instanceof Error ? error.message : error}`,
      'error',
    );
    return undefined;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ maxWidth: 120 }), 'bottom-left');
  container.furrowMap = map;
  const stopTheme = observeTheme(frame.root, (changed) => {
    map.setPaintProperty('background', 'background-color', changed.background);
    options.repaint(map, changed);
  });
  const close = () => {
    stopTheme();
    map.remove();
    client.close();
    protocol.remove();
    container.remove();
  };
  return { map, protocol, close };
}

function background(theme: Theme): StyleSpecification['layers'][number] {
  return { id: 'background', type: 'background', paint: { 'background-color': theme.background } };
}
