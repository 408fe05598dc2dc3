import type { Layout, PlotData } from 'plotly.js-basic-dist-min';
import type { CloudChoice, SeriesColumns } from '../shared/series-plot-state.ts';
import type { Theme } from './theme.ts';

/** The colour of a vegetation season; it carries meaning and stays in every theme. */
const line = '#2e8b57';
const band = 'rgba(46, 139, 87, 0.22)';
const cloud = '#8d99ae';

/** Which points of the columns are drawn, in the order of their dates. */
export function drawnPoints(series: SeriesColumns, clouds: CloudChoice): number[] {
  return series.datetime.flatMap((_, i) => {
    const cloudy = series.cloudy[i] === true || series.median[i] === null;
    return clouds === 'show' || (clouds === 'only') === cloudy ? [i] : [];
  });
}

/** What a point says of itself; digits and fixed words only, since plotly reads tags in texts. */
function pointText(series: SeriesColumns, i: number): string {
  const number = (value: number | null | undefined) => (typeof value === 'number' ? value.toFixed(3) : '–');
  const share = Math.round((series.clear[i] ?? 0) * 100);
  return [
    series.datetime[i]?.slice(0, 10).replace(/[^\d-]/g, '') ?? '',
    `median ${number(series.median[i])}`,
    `p25–p75 ${number(series.p25[i])} – ${number(series.p75[i])}`,
    `${series.count[i] ?? 0} pixels, ${share} % clear`,
  ].join('<br>');
}

/**
 * The traces of a season: the band between the quartiles, the median of clear dates, cloudy dates as open markers at their
 * value, dates without any value as crosses at the lower edge, a ring around the chosen date.
 */
export function seriesTraces(
  series: SeriesColumns,
  clouds: CloudChoice,
  selected: number | null,
  theme: Theme,
): Partial<PlotData>[] {
  const drawn = drawnPoints(series, clouds);
  const hasValue = (i: number) => typeof series.median[i] === 'number';
  const clear = drawn.filter((i) => hasValue(i) && series.cloudy[i] !== true);
  const cloudy = drawn.filter((i) => hasValue(i) && series.cloudy[i] === true);
  const blank = drawn.filter((i) => !hasValue(i));
  const columns = (indices: readonly number[], values: readonly (number | null)[]) => ({
    x: indices.map((i) => series.datetime[i] ?? ''),
    y: indices.map((i) => values[i] ?? null),
  });
  const points = (indices: readonly number[]) => ({
    customdata: [...indices],
    text: indices.map((i) => pointText(series, i)),
    hovertemplate: '%{text}<extra></extra>',
  });
  const edge = {
    mode: 'lines',
    line: { width: 0, color: line },
    hoverinfo: 'skip',
    showlegend: false,
  } as const;
  const chosen = selected === null ? [] : [selected];
  return [
    { ...columns(clear, series.p25), ...edge },
    {
      ...columns(clear, series.p75),
      ...edge,
      fill: 'tonexty',
      fillcolor: band,
      name: 'p25–p75',
      showlegend: true,
    },
    {
      ...columns(clear, series.median),
      ...points(clear),
      name: 'median',
      mode: 'lines+markers',
      line: { color: line, width: 2 },
      marker: { color: line, size: 7 },
    },
    {
      ...columns(cloudy, series.median),
      ...points(cloudy),
      name: 'cloudy',
      mode: 'markers',
      marker: { symbol: 'circle-open', color: cloud, size: 9, line: { width: 2, color: cloud } },
    },
    {
      x: blank.map((i) => series.datetime[i] ?? ''),
      y: blank.map(() => 0.02),
      yaxis: 'y2',
      ...points(blank),
      name: 'no clear pixel',
      mode: 'markers',
      marker: { symbol: 'x-thin-open', color: cloud, size: 8, line: { width: 1.5, color: cloud } },
    },
    {
      x: chosen.map((i) => series.datetime[i] ?? ''),
      y: chosen.map((i) => series.median[i] ?? 0.02),
      yaxis: selected !== null && !hasValue(selected) ? 'y2' : 'y',
      mode: 'markers',
      hoverinfo: 'skip',
      showlegend: false,
      marker: {
        symbol: 'circle-open',
        color: theme.selection,
        size: 17,
        line: { width: 3, color: theme.selection },
      },
    },
  ].map((trace) => ({ type: 'scatter', ...trace }) as Partial<PlotData>);
}

/** Axes and colours. The view of the user (zoom) stays as long as the revision does. */
export function seriesLayout(
  theme: Theme,
  options: { height: number; revision: number; range: readonly [number, number] | null },
): Partial<Layout> {
  const axis = {
    gridcolor: theme.grid,
    linecolor: theme.border,
    zerolinecolor: theme.border,
    tickcolor: theme.border,
  };
  return {
    height: options.height,
    autosize: true,
    margin: { l: 48, r: 16, t: 8, b: 42 },
    paper_bgcolor: theme.background,
    plot_bgcolor: theme.background,
    font: { color: theme.text, size: 12 },
    hovermode: 'closest',
    hoverdistance: 25,
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.border, font: { color: theme.text } },
    dragmode: 'zoom',
    legend: { traceorder: 'normal', orientation: 'h', x: 0, y: 1.02, yanchor: 'bottom' },
    uirevision: options.revision,
    xaxis: { ...axis, type: 'date', hoverformat: '%Y-%m-%d' },
    yaxis: { ...axis, ...(options.range === null ? {} : { range: [...options.range] }) },
    yaxis2: { overlaying: 'y', range: [0, 1], fixedrange: true, visible: false },
  } as Partial<Layout>;
}
