import { InvalidArgument } from '../../src/index.ts';
import { furrowModule, furrowModuleVersion } from '../shared/protocol.ts';
import { isSelectDate } from '../shared/select-messages.ts';
import { type CloudChoice, cloudChoices, type SeriesPlotState } from '../shared/series-plot-state.ts';
import { drawingHeight, numberBetween, oneOf } from './checks.ts';
import { type BoxOptions, DOMWidget } from './dom-widget.ts';
import { LatestTask } from './latest-task.ts';
import { Observable, type Selection } from './observable.ts';
import { reportFailure } from './report-failure.ts';
import { inOrderOfTime, type PlotPoint, type PlotSeries, seriesColumns } from './series-columns.ts';

export interface SeriesPlotOptions<Point extends PlotPoint> extends BoxOptions {
  /** A season that is already there. */
  readonly series?: PlotSeries<Point> | undefined;
  /** The parcel whose season is drawn, a map's `selection`; needs `load`. */
  readonly parcels?: Selection<number | undefined> | undefined;
  /** Reads the season of one parcel; aborted when another parcel is selected meanwhile. */
  readonly load?: ((pid: number, options: { signal: AbortSignal }) => Promise<PlotSeries<Point>>) | undefined;
  /** The name of what is drawn, at the value axis: `ndvi`. */
  readonly index?: string | undefined;
  /** Cloudy dates: `show` as open markers (default), `hide`, or `only` those. */
  readonly clouds?: CloudChoice | undefined;
  /** The share of a parcel that must be clear for a date not to count as cloudy; 0.5 unless told. */
  readonly clearAtLeast?: number | undefined;
  /** Limits of the value axis; by the data when left out. */
  readonly range?: readonly [low: number, high: number] | undefined;
  readonly title?: string | undefined;
  /** Pixels, 320 unless told. */
  readonly height?: number | undefined;
  /** How a parcel is called in the title; `parcel PID` when left out. */
  readonly labelOf?: ((pid: number) => string) | undefined;
}

/**
 * The season of a parcel: median, band from the lower to the upper quartile, cloudy dates told apart.
 * `selection.value` is the point whose date was clicked, as `load` gave it.
 */
export class SeriesPlot<Point extends PlotPoint = PlotPoint> extends DOMWidget<SeriesPlotState> {
  readonly #selection = new Observable<Point | undefined>(undefined);
  readonly #task = new LatestTask();
  readonly #options: SeriesPlotOptions<Point>;
  readonly #stop: (() => void) | undefined;
  #points: readonly Point[] = [];

  /** Throws `InvalidArgument` when `parcels` comes without `load`. */
  constructor(options: SeriesPlotOptions<Point>) {
    const { parcels, load, index = 'value', clouds = 'show', range, title = '', height = 320 } = options;
    if (parcels !== undefined && load === undefined)
      throw new InvalidArgument(
        'a SeriesPlot that follows a selection needs `load`, which reads the season of a parcel',
      );
    super(
      {
        module: furrowModule,
        version: furrowModuleVersion,
        model: 'SeriesPlotModel',
        view: 'SeriesPlotView',
      },
      {
        title,
        value_label: index,
        height: drawingHeight(height),
        clouds,
        revision: 0,
        series: null,
        value_range: range ?? null,
        status: 'empty',
        message: parcels === undefined ? 'No season to show yet.' : 'Select a parcel to see its season.',
        selected: null,
      },
      options,
      { clouds: oneOf(cloudChoices) },
    );
    this.#options = { ...options, clearAtLeast: numberBetween(0, 1)(options.clearAtLeast ?? 0.5) };
    if (options.series !== undefined) this.show(options.series, '');
    this.#stop = parcels?.observe((pid) => this.#follow(pid));
    if (parcels?.value !== undefined) void this.#follow(parcels.value);
  }

  /** The point of the chosen date, to read or to observe. */
  get selection(): Selection<Point | undefined> {
    return this.#selection;
  }

  get clouds(): CloudChoice {
    return this.get('clouds');
  }

  set clouds(clouds: CloudChoice) {
    this.set({ clouds });
  }

  /** Draws a season; `label` names it in the title. The chosen date is forgotten. */
  show(series: PlotSeries<Point>, label: string): void {
    this.#task.cancel();
    this.#points = inOrderOfTime(series.points);
    const columns = seriesColumns(label, this.#points, this.#options.clearAtLeast ?? 0.5);
    const empty = this.#points.length === 0;
    this.set({
      revision: this.get('revision') + 1,
      series: columns,
      selected: null,
      status: empty ? 'empty' : 'ready',
      message: empty ? `No image covers ${label || 'this parcel'}.` : '',
    });
    this.#selection.set(undefined);
  }

  override toString(): string {
    return `SeriesPlot(${this.get('value_label')}, ${this.#points.length} dates)`;
  }

  protected override onCustom(content: unknown, buffers: readonly Uint8Array[]): void | Promise<void> {
    if (!isSelectDate(content)) return super.onCustom(content, buffers);
    if (content.revision !== this.get('revision')) return;
    const point = this.#points[content.point];
    if (point === undefined) throw new InvalidArgument(`the season has no date number ${content.point}`);
    this.set({ selected: content.point });
    this.#selection.set(point);
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#stop?.();
    this.#task.cancel();
  }

  #follow(pid: number | undefined): Promise<void> | void {
    const { load, labelOf } = this.#options;
    if (pid === undefined || load === undefined) {
      this.#task.cancel();
      this.#points = [];
      this.set({
        series: null,
        selected: null,
        status: 'empty',
        message: 'Select a parcel to see its season.',
      });
      this.#selection.set(undefined);
      return;
    }
    const label = labelOf?.(pid) ?? `parcel ${pid}`;
    this.set({ status: 'loading', message: `Reading the season of ${label} …` });
    return this.#task.run(
      (signal) => load(pid, { signal }),
      (series) => this.show(series, label),
      (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.set({ status: 'error', message: `The season of ${label} cannot be read: ${reason}` });
        reportFailure(`the season of ${label}`, error);
      },
    );
  }
}
