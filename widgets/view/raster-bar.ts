import type { RasterLayerState, RasterPreviewState } from '../shared/raster-preview-state.ts';
import { element } from './element.ts';
import type { ViewModel } from './render-context.ts';

export interface RasterBar {
  readonly root: HTMLElement;
  layer(layer: RasterLayerState | null): void;
  opacity(value: number): void;
}

const shown = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** The row under an image: what it is, its date, its colour scale, and a slider for its opacity. */
export function rasterBar(model: ViewModel<RasterPreviewState>): RasterBar {
  const label = element('span');
  const date = element('strong');
  const low = element('span');
  const high = element('span');
  const unit = element('span');
  const ramp = element('span', { class: 'furrow-ramp', attributes: { 'aria-hidden': 'true' } });
  const scale = element('span', { class: 'furrow-scale', children: [unit, low, ramp, high] });
  const slider = element('input', {
    attributes: { type: 'range', min: '0', max: '1', step: '0.05', 'aria-label': 'Opacity of the image' },
  });
  slider.addEventListener('input', () => {
    model.set('opacity', Number(slider.value));
    model.save_changes();
  });
  const opacity = element('label', { children: [element('span', { text: 'Opacity' }), slider] });
  return {
    root: element('div', { class: 'furrow-bar', children: [date, label, scale, opacity] }),
    layer: (layer) => {
      label.textContent = layer?.label ?? '';
      date.textContent = layer?.date ?? '';
      const colors = layer?.scale ?? null;
      scale.hidden = colors === null;
      if (colors === null) return;
      unit.textContent = colors.label;
      low.textContent = shown.format(colors.low);
      high.textContent = shown.format(colors.high);
      ramp.style.background = `linear-gradient(to right, ${colors.colors.join(', ')})`;
    },
    opacity: (value) => {
      slider.value = String(value);
    },
  };
}
