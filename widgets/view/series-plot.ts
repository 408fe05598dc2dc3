import * as Plotly from 'plotly.js-basic-dist-min';
import type { SelectDate } from '../shared/select-messages.ts';
import type { SeriesPlotState } from '../shared/series-plot-state.ts';
import { element } from './element.ts';
import type { Cleanup, RenderContext } from './render-context.ts';
import { drawnPoints, seriesLayout, seriesTraces } from './series-traces.ts';
import { observeTheme, readTheme } from './theme.ts';
import { hasWidth, widgetFrame } from './widget-frame.ts';

const config: Partial<Plotly.Config> = {
  displaylogo: false,
  responsive: false,
  modeBarButtons: [['zoom2d', 'pan2d', 'zoomIn2d', 'zoomOut2d', 'resetScale2d']],
};

/** Draws a season; a click on a date, or the arrow keys, choose it. Updates change the drawing in place. */
export function render({ model, el }: RenderContext<SeriesPlotState>): Cleanup {
  const ended = new AbortController();
  const frame = widgetFrame(el, 'Season of a parcel');
  const plot = element('div', { class: 'furrow-map', attributes: { tabindex: '0', role: 'application' } });
  frame.drawing.prepend(plot);
  const cleanups: Cleanup[] = [() => ended.abort(), () => frame.root.remove()];
  let theme = readTheme(frame.root);
  let ready = false;

  const draw = () => {
    const series = model.get('series');
    const status = model.get('status');
    frame.title([model.get('title'), model.get('value_label'), series?.label].filter(Boolean).join(' · '));
    frame.height(model.get('height'));
    frame.message(model.get('message'), status === 'error' ? 'error' : 'info');
    frame.status(chosenText(model.get('selected'), model.get('series')));
    plot.setAttribute('aria-label', `Season of ${series?.label ?? 'no parcel'}: arrow keys choose a date.`);
    if (!ready) return;
    const layout = seriesLayout(theme, {
      height: model.get('height') - 2,
      revision: model.get('revision'),
      range: model.get('value_range'),
    });
    const traces =
      series === null ? [] : seriesTraces(series, model.get('clouds'), model.get('selected'), theme);
    void Plotly.react(plot, traces, layout, config);
  };
  // several keys change at once: one drawing a frame is enough
  let scheduled = 0;
  const schedule = () => {
    cancelAnimationFrame(scheduled);
    scheduled = requestAnimationFrame(draw);
  };
  model.on('change', schedule);
  cleanups.push(() => model.off('change', schedule));
  cleanups.push(() => cancelAnimationFrame(scheduled));
  cleanups.push(
    observeTheme(frame.root, (changed) => {
      theme = changed;
      draw();
    }),
  );

  const choose = (point: number) => {
    const message: SelectDate = { kind: 'select-date', revision: model.get('revision'), point };
    model.send(message);
  };
  plot.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const series = model.get('series');
    if (step === 0 || series === null) return;
    event.preventDefault();
    const points = drawnPoints(series, model.get('clouds'));
    const at = points.indexOf(model.get('selected') ?? -1);
    const next = points[at < 0 ? (step > 0 ? 0 : points.length - 1) : at + step];
    if (next !== undefined) choose(next);
  });

  async function start(): Promise<void> {
    await hasWidth(frame.drawing, ended.signal);
    if (ended.signal.aborted) return;
    ready = true;
    draw();
    const drawn = plot as unknown as Plotly.PlotlyHTMLElement;
    drawn.on('plotly_click', ({ points }) => {
      const point: unknown = points.find(({ customdata }) => typeof customdata === 'number')?.customdata;
      if (typeof point === 'number') choose(point);
    });
    const resize = new ResizeObserver(() => {
      if (plot.clientWidth > 0) void Plotly.Plots.resize(plot);
    });
    resize.observe(frame.drawing);
    cleanups.push(() => {
      resize.disconnect();
      Plotly.purge(plot);
    });
  }
  draw();
  void start();

  return () => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup();
  };
}

function chosenText(selected: number | null, series: SeriesPlotState['series']): string {
  if (series === null) return '';
  const date = selected === null ? undefined : series.datetime[selected];
  return date === undefined ? 'Click a date to see its image.' : `Date: ${date.slice(0, 10)}`;
}
