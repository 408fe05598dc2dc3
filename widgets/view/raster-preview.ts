import type { Map as MapLibreMap, RasterLayerSpecification, RasterSourceSpecification } from 'maplibre-gl';
import {
  type RasterLayerState,
  type RasterPreviewState,
  rasterSource,
} from '../shared/raster-preview-state.ts';
import { fitOptions, type MapFrame, openMap } from './map-frame.ts';
import type { TileProtocol } from './map-library.ts';
import { highlighter, outlineLayer, parcelTileSource, selectionLayer } from './parcel-layers.ts';
import { rasterBar } from './raster-bar.ts';
import type { Cleanup, RenderContext } from './render-context.ts';
import { widgetFrame } from './widget-frame.ts';

/** Outlines over an image are seen on dark and on bright pixels, whatever the theme is. */
const outlineOverImage = 'rgba(255, 255, 255, 0.75)';
const focusOptions = { padding: 90, maxZoom: 16.5 } as const;

/** Draws an image in tiles, with parcel outlines, date, colour scale and opacity. */
export function render({ model, el }: RenderContext<RasterPreviewState>): Cleanup {
  const ended = new AbortController();
  const frame = widgetFrame(el, 'Image');
  const bar = rasterBar(model);
  frame.rows.append(bar.root);
  const cleanups: Cleanup[] = [() => ended.abort(), () => frame.root.remove()];
  const listen = (event: string, callback: () => void) => {
    model.on(event, callback);
    cleanups.push(() => model.off(event, callback));
  };
  const follow = (event: string, callback: () => void) => {
    callback();
    listen(event, callback);
  };
  follow('change:title', () => frame.title(model.get('title')));
  follow('change:height', () => frame.height(model.get('height')));
  follow('change:message', () => frame.message(model.get('message')));
  follow('change:layer', () => bar.layer(model.get('layer')));
  follow('change:opacity', () => bar.opacity(model.get('opacity')));

  let opening = false;
  const openOnce = () => {
    if (opening || (model.get('layer') === null && model.get('parcel_bounds') === null)) return;
    opening = true;
    void drawMap();
  };
  listen('change:layer', openOnce);
  openOnce();

  async function drawMap(): Promise<void> {
    const parcels = model.get('parcel_bounds');
    const opened = await openMap({
      frame,
      model,
      label: 'Map of an image. Arrow keys move it, plus and minus zoom.',
      bounds: model.get('focus') ?? model.get('layer')?.bounds ?? parcels,
      view: null,
      layers: (theme, protocol) =>
        parcels === null
          ? { sources: {}, layers: [] }
          : {
              sources: { parcels: parcelTileSource(protocol, parcels) },
              layers: [outlineLayer(theme, outlineOverImage), selectionLayer(theme)],
            },
      repaint: (map, theme) => {
        if (parcels !== null) map.setPaintProperty('parcels-selected', 'line-color', theme.selection);
      },
      signal: ended.signal,
    });
    if (opened === undefined) return;
    cleanups.push(opened.close);
    opened.map.once('load', () => connect(opened));
  }

  function connect({ map, protocol }: MapFrame): void {
    const hasParcels = model.get('parcel_bounds') !== null;
    const highlight = hasParcels ? highlighter(map) : () => {};
    const swap = imageSwapper(map, protocol, () => model.get('opacity'));
    follow('change:selected', () => highlight(model.get('selected')));
    follow('change:layer', () => swap(model.get('layer')));
    listen('change:opacity', () => {
      for (const id of map.getLayersOrder())
        if (id.startsWith('raster:')) map.setPaintProperty(id, 'raster-opacity', model.get('opacity'));
    });
    listen('change:focus', () => {
      const focus = model.get('focus');
      if (focus === null) return;
      const animate = !matchMedia('(prefers-reduced-motion: reduce)').matches;
      map.fitBounds([...focus], { ...(hasParcels ? focusOptions : fitOptions), animate, duration: 400 });
    });
  }

  return () => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup();
  };
}

/** Puts an image under the outlines; the one before is taken away when the new one has drawn, so nothing flashes. */
function imageSwapper(
  map: MapLibreMap,
  protocol: TileProtocol,
  opacity: () => number,
): (layer: RasterLayerState | null) => void {
  const remove = (id: string) => {
    if (map.getLayer(id) !== undefined) map.removeLayer(id);
    if (map.getSource(id) !== undefined) map.removeSource(id);
  };
  return (layer) => {
    const others = map.getLayersOrder().filter((id) => id.startsWith('raster:'));
    if (layer === null) {
      others.forEach(remove);
      return;
    }
    const id = rasterSource(layer.revision);
    if (map.getSource(id) !== undefined) return;
    const source: RasterSourceSpecification = {
      type: 'raster',
      tiles: [protocol.template(id)],
      tileSize: layer.tile_size,
      bounds: [...layer.bounds],
      maxzoom: layer.max_zoom,
    };
    const drawn: RasterLayerSpecification = {
      id,
      type: 'raster',
      source: id,
      paint: { 'raster-opacity': opacity(), 'raster-fade-duration': 0, 'raster-resampling': 'nearest' },
    };
    map.addSource(id, source);
    map.addLayer(drawn, map.getLayer('parcels-outline') === undefined ? undefined : 'parcels-outline');
    map.once('idle', () => others.forEach(remove));
  };
}
