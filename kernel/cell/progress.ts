import { currentRequest } from './context.ts';
import type { Display, DisplayHandle } from './display.ts';
import { escapeHtml } from './escape-html.ts';

/** How a piece of work came to its end. */
export type ProgressEnd = 'done' | 'stopped' | 'failed' | 'interrupted';

/** A long piece of work as it is shown in the output of the cell that does it. */
export interface CellProgress {
  /** `total` is undefined where nobody knows it. */
  update(done: number, total: number | undefined, note?: string): void;
  /** Leaves one line with the time it took; the first call counts. */
  end(how?: ProgressEnd): void;
}

/** Work that is over sooner than this is not worth a bar. */
const patienceMs = 700;
/** A bar redraws at most this often. */
const redrawMs = 100;

/** The bars of one request that are open, by how deep they lie within one another, and where they were drawn. */
interface Nest {
  readonly request: number;
  readonly open: Set<number>;
  readonly drawn: Map<number, DisplayHandle>;
}

/** Bars that have not ended, of all requests. */
const openBars = new Set<{ readonly request: number; readonly end: (how: ProgressEnd) => void }>();

/** Ends the bars of a request that is about to be interrupted: afterwards it shows nothing more. */
export function interruptBars(request: number): void {
  for (const bar of openBars) if (bar.request === request) bar.end('interrupted');
}

/**
 * Makes bars that redraw in place: nothing shows for short work, and what is left of long work is one line with its time.
 * Bars that follow one another within another bar take the same place. `now` in milliseconds.
 */
export function makeProgress(display: Display, now: () => number = () => performance.now()) {
  let nest: Nest = { request: -1, open: new Set(), drawn: new Map() };
  return (title: string): CellProgress => {
    const request = currentRequest();
    if (nest.request !== request || nest.open.size === 0)
      nest = { request, open: new Set(), drawn: new Map() };
    const { open, drawn: places } = nest;
    let depth = 0;
    while (open.has(depth)) depth += 1;
    open.add(depth);

    const started = now();
    let drawn = started;
    let shown = false;
    let ended = false;
    let last = '';
    const draw = (html: string, text: string) => {
      const bundle = { 'text/html': html, 'text/plain': text };
      const place = places.get(depth);
      if (place) place.update(bundle);
      else places.set(depth, display.bundle(bundle));
      shown = true;
      drawn = now();
    };
    const bar = {
      request,
      update(done: number, total: number | undefined, note = '') {
        last = total === undefined ? `${done}` : `${done} of ${total}`;
        const passed = now() - started;
        if (ended || passed < patienceMs || (shown && now() - drawn < redrawMs)) return;
        const share =
          total === undefined ? undefined : total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
        const value = share === undefined ? '' : ` value="${share}" max="1"`;
        const left =
          share !== undefined && share > 0.05 && share < 1
            ? ` about ${seconds((passed * (1 - share)) / share)} left`
            : '';
        const state =
          share === undefined ? `${done}, ${seconds(passed)}` : `${Math.floor(share * 100)} %${left}`;
        draw(
          `${escapeHtml(title)} <progress${value}></progress> ${state} <small>${escapeHtml(note)}</small>`,
          `${title} ${state} ${note}`.trimEnd(),
        );
      },
      end(how: ProgressEnd = 'done') {
        if (ended) return;
        ended = true;
        openBars.delete(bar);
        open.delete(depth);
        if (!shown) return;
        const time = seconds(now() - started);
        const line = how === 'done' ? `${title}: ${time}` : `${title}: ${how} at ${last} after ${time}`;
        draw(`<small>${escapeHtml(line)}</small>`, line);
      },
    };
    openBars.add(bar);
    return bar;
  };
}

function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${Math.max(1, whole)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
