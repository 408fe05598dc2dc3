import type { Map as MapLibreMap, Point } from 'maplibre-gl';
import { type ParcelMapState, parcelIdProperty } from '../shared/parcel-map-state.ts';
import type { SelectParcel } from '../shared/select-messages.ts';
import { element } from './element.ts';
import { openMap } from './map-frame.ts';
import {
  fillColor,
  fillLayer,
  highlighter,
  outlineLayer,
  parcelTileSource,
  selectionLayer,
} from './parcel-layers.ts';
import type { Cleanup, RenderContext } from './render-context.ts';
import { widgetFrame } from './widget-frame.ts';

/** Draws a parcel map: fill by crop, a tooltip, a click selects. Text of the data only ever becomes text nodes. */
export function render({ model, el }: RenderContext<ParcelMapState>): Cleanup {
  const ended = new AbortController();
  const frame = widgetFrame(el, 'Map of parcels');
  frame.title(model.get('title'));
  frame.height(model.get('height'));
  frame.rows.append(legendList(model.get('legend')));
  const cleanups: Cleanup[] = [() => ended.abort(), () => frame.root.remove()];
  const listen = (event: string, callback: () => void) => {
    model.on(event, callback);
    cleanups.push(() => model.off(event, callback));
  };
  const tellSelection = () => {
    const label = model.get('selected_label');
    frame.status(model.get('selected') === null ? 'Click a parcel to select it.' : `Selected: ${label}`);
  };
  tellSelection();
  listen('change:height', () => frame.height(model.get('height')));
  listen('change:title', () => frame.title(model.get('title')));
  listen('change:selected_label', tellSelection);
  listen('change:selected', tellSelection);
  const bounds = model.get('bounds');
  if (bounds === null) frame.message('This dataset has no parcels.');
  else {
    frame.message('Loading parcels …');
    void drawMap();
  }

  async function drawMap(): Promise<void> {
    if (bounds === null) return;
    const colors = { legend: model.get('legend'), other: model.get('other_color') };
    const opened = await openMap({
      frame,
      model,
      label: `Map of ${model.get('parcel_count')} parcels. Arrow keys move it, plus and minus zoom, Enter selects the parcel in the middle.`,
      bounds,
      view: model.get('view'),
      layers: (theme, protocol) => ({
        sources: { parcels: parcelTileSource(protocol, bounds) },
        layers: [fillLayer(colors, theme), outlineLayer(theme), selectionLayer(theme)],
      }),
      repaint: (map, theme) => {
        map.setPaintProperty('parcels-fill', 'fill-color', fillColor(colors, theme));
        map.setPaintProperty('parcels-outline', 'line-color', theme.outline);
        map.setPaintProperty('parcels-selected', 'line-color', theme.selection);
      },
      signal: ended.signal,
    });
    if (opened === undefined) return;
    const { map, close } = opened;
    cleanups.push(close);
    const highlight = highlighter(map);
    const select = (pid: number | null) => {
      highlight(pid);
      const message: SelectParcel = { kind: 'select-parcel', pid };
      model.send(message);
    };
    map.once('load', () => {
      highlight(model.get('selected'));
      listen('change:selected', () => highlight(model.get('selected')));
    });
    map.once('idle', () => frame.message(''));
    map.on('click', ({ point }) => select(parcelAt(map, point)?.pid ?? null));
    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key === 'Enter') select(parcelAt(map, map.project(map.getCenter()))?.pid ?? null);
    });
    showTooltips(map, frame.drawing);
  }

  return () => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup();
  };
}

interface ParcelHit {
  readonly pid: number;
  readonly label: string;
  readonly crop: string;
}

function parcelAt(map: MapLibreMap, point: Point): ParcelHit | undefined {
  if (!map.isStyleLoaded() && map.getLayer('parcels-fill') === undefined) return undefined;
  const properties = map.queryRenderedFeatures(point, { layers: ['parcels-fill'] })[0]?.properties;
  const pid: unknown = properties?.[parcelIdProperty];
  if (typeof pid !== 'number') return undefined;
  return { pid, label: String(properties?.label ?? pid), crop: String(properties?.crop ?? '') };
}

/** The label and crop of the parcel under the mouse, at most once a frame. */
function showTooltips(map: MapLibreMap, drawing: HTMLElement): void {
  const tooltip = element('div', { class: 'furrow-tooltip', attributes: { hidden: '', role: 'tooltip' } });
  drawing.append(tooltip);
  let frame = 0;
  const hide = () => {
    cancelAnimationFrame(frame);
    tooltip.hidden = true;
    map.getCanvas().style.cursor = '';
  };
  map.on('mousemove', ({ point }) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const hit = parcelAt(map, point);
      map.getCanvas().style.cursor = hit === undefined ? '' : 'pointer';
      tooltip.hidden = hit === undefined;
      if (hit === undefined) return;
      tooltip.textContent = hit.crop === '' ? hit.label : `${hit.label}\n${hit.crop}`;
      const left = point.x + 14 + tooltip.offsetWidth > drawing.clientWidth;
      const above = point.y + 14 + tooltip.offsetHeight > drawing.clientHeight;
      tooltip.style.left = `${left ? Math.max(0, point.x - 8 - tooltip.offsetWidth) : point.x + 14}px`;
      tooltip.style.top = `${above ? Math.max(0, point.y - 8 - tooltip.offsetHeight) : point.y + 14}px`;
    });
  });
  map.on('mouseout', hide);
  map.on('movestart', hide);
  map.once('remove', () => {
    hide();
    tooltip.remove();
  });
}

function legendList(legend: ParcelMapState['legend']): HTMLElement {
  const entries = legend.map(({ name, color, count }) => {
    const swatch = element('span', { class: 'furrow-swatch', attributes: { 'aria-hidden': 'true' } });
    swatch.style.background = color;
    const number = element('span', { class: 'furrow-count', text: String(count) });
    return element('li', { children: [swatch, element('span', { text: name }), number] });
  });
  return element('ul', { class: 'furrow-legend', attributes: { 'aria-label': 'Crops' }, children: entries });
}
