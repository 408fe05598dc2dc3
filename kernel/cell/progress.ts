import type { Display, DisplayHandle } from './display.ts';
import { escapeHtml } from './escape-html.ts';

/** A long piece of work as it is shown in the output of the cell that does it. */
export interface CellProgress {
  update(done: number, total: number, note?: string): void;
  end(): void;
}

/** Work that is over sooner than this is not worth a bar. */
const patienceMs = 700;
/** A bar redraws at most this often. */
const redrawMs = 100;

/**
 * Makes bars that redraw in place: nothing shows for short work, and what is left of long work is one line with its time.
 * `now` in milliseconds.
 */
export function makeProgress(display: Display, now: () => number = () => performance.now()) {
  return (title: string): CellProgress => {
    const started = now();
    let drawn = started;
    let handle: DisplayHandle | undefined;
    const draw = (html: string, text: string) => {
      const bundle = { 'text/html': html, 'text/plain': text };
      if (handle === undefined) handle = display.bundle(bundle);
      else handle.update(bundle);
      drawn = now();
    };
    return {
      update(done, total, note = '') {
        if (now() - started < patienceMs || (handle !== undefined && now() - drawn < redrawMs)) return;
        const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
        const left = share > 0.05 ? ` about ${seconds(((now() - started) * (1 - share)) / share)} left` : '';
        const percent = `${Math.floor(share * 100)} %`;
        draw(
          `${escapeHtml(title)} <progress value="${share}" max="1"></progress> ${percent}${left} <small>${escapeHtml(note)}</small>`,
          `${title} ${percent}${left} ${note}`.trimEnd(),
        );
      },
      end() {
        if (handle === undefined) return;
        const line = `${title}: ${seconds(now() - started)}`;
        draw(`<small>${escapeHtml(line)}</small>`, line);
      },
    };
  };
}

function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${Math.max(1, whole)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
