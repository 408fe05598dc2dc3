import type { ProgressBar } from '../src/session/surroundings.ts';

/** Where no terminal redraws a line, a line is written at most this often. */
const lineEveryMs = 30_000;

/** Where a bar is drawn. */
export interface BarOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/**
 * Bars for long work: redrawn in place on a terminal, a line twice a minute in a log. `now` in milliseconds.
 */
export function terminalBars(
  output: BarOutput = process.stderr,
  now: () => number = () => performance.now(),
): (title: string) => ProgressBar {
  return (title) => (output.isTTY ? drawnBar(title, output) : writtenBar(title, output, now));
}

const cells = 20;

function drawnBar(title: string, output: BarOutput): ProgressBar {
  return {
    update(done, total, note = '') {
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const full = Math.floor(share * cells);
      const line = `${title} ${'█'.repeat(full)}${'░'.repeat(cells - full)} ${Math.floor(100 * share)} % ${note}`;
      output.write(`\r\x1b[K${line.slice(0, (output.columns ?? 80) - 1)}`);
    },
    end: () => void output.write('\r\x1b[K'),
  };
}

function writtenBar(title: string, output: BarOutput, now: () => number): ProgressBar {
  let last = now();
  return {
    update(done, total, note = '') {
      if (now() - last < lineEveryMs) return;
      last = now();
      const percent = total > 0 ? Math.floor((100 * Math.min(done, total)) / total) : 0;
      output.write(`${title}: ${percent} % ${note}\n`);
    },
    end: () => undefined,
  };
}
