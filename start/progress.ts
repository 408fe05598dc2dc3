/** One step of the start, as the user sees it. */
export interface Step {
  /** `share` from 0 to 1; undefined where the step does not know how far it is. `detail` says what it does now. */
  update(share: number | undefined, detail?: string): void;
  /** Ends the step well; `detail` says what came of it. */
  done(detail?: string): void;
  /** Ends the step without a word of its own: the error that follows tells it. */
  abandon(): void;
}

export interface Progress {
  step(name: string, detail: string): Step;
}

interface Target {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

interface Line {
  readonly name: string;
  readonly startedAt: number;
  share: number | undefined;
  detail: string;
  toldAt: number;
}

const barAfterMs = 2000;
const plainEveryMs = 10_000;
const barWidth = 24;

/**
 * Steps that run side by side, one line each. On a terminal the running steps are drawn below the finished ones, with a
 * bar once a step takes more than two seconds; elsewhere a line tells begin and end, and every ten seconds how far it is.
 */
export function openProgress(target: Target, now: () => number = Date.now): Progress {
  const running = new Set<Line>();
  const tty = target.isTTY === true;
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const wipe = (): void => {
    if (drawn > 0) target.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    wipe();
    const width = (target.columns ?? 80) - 1;
    for (const line of running) target.write(`${describe(line, now()).slice(0, width)}\n`);
    drawn = running.size;
  };
  const refresh = (): void => {
    if (tty) {
      draw();
      return;
    }
    for (const line of running) {
      if (now() - line.toldAt < plainEveryMs) continue;
      line.toldAt = now();
      const share = line.share === undefined ? '' : `${Math.round(line.share * 100)} %, `;
      target.write(`${line.name}: ${line.detail} (${share}${seconds(now() - line.startedAt)})\n`);
    }
  };
  const end = (line: Line, text: string | undefined): void => {
    if (!running.delete(line)) return;
    if (tty) wipe();
    if (text !== undefined) target.write(`${text}\n`);
    if (tty) draw();
    if (running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    step(name, detail) {
      const line: Line = { name, startedAt: now(), share: undefined, detail, toldAt: now() };
      running.add(line);
      if (tty) draw();
      else target.write(`${name}: ${detail}\n`);
      timer ??= setInterval(refresh, tty ? 200 : 1000).unref();
      return {
        update(share, text = line.detail) {
          line.share = share === undefined ? undefined : Math.min(1, Math.max(0, share));
          line.detail = text;
        },
        done(text = 'done') {
          end(line, `${name}: ${text} (${seconds(now() - line.startedAt)})`);
        },
        abandon() {
          end(line, undefined);
        },
      };
    },
  };
}

function describe({ name, startedAt, share, detail }: Line, now: number): string {
  const elapsed = now - startedAt;
  if (elapsed < barAfterMs) return `${name}: ${detail}`;
  return `${name}: ${bar(share, elapsed)} ${seconds(elapsed)}  ${detail}`;
}

function bar(share: number | undefined, elapsed: number): string {
  if (share === undefined) {
    const at = Math.floor(elapsed / 200) % barWidth;
    return `${'░'.repeat(at)}█${'░'.repeat(barWidth - at - 1)}`;
  }
  const full = Math.round(share * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.round(share * 100)).padStart(3)} %`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
