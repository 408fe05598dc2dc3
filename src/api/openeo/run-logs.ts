import { NotFound } from '../../errors.ts';
import { type LogLevel, type LogLine, logLevels, type NewLogLine } from '../../jobs/job.ts';
import { mostMessage, storable } from '../../jobs/texts.ts';

/** How long the log of a result can be read. */
const keptMs = 3_600_000;
/** Logs in memory, and those of one caller among them: the oldest go first. */
const mostLogs = 1_000;
const mostOfOne = 50;
/** Characters of one log; further lines are left out. */
const mostText = 32_768;

/** What was said of a computation: lines of a severity and worse. */
export interface RunLog {
  readonly level: LogLevel;
  readonly lines: readonly LogLine[];
}

/** Logs of results whose callers waited, for a while, in the memory of this server. */
export interface RunLogs {
  /** Begins the log of a request. */
  begin(id: string, owner: string, level: LogLevel): OpenRunLog;
  /** Throws `NotFound` for a log that is no longer there, never was, or is somebody else's. */
  read(id: string, owner: string): RunLog;
}

export interface OpenRunLog {
  add(line: NewLogLine): void;
  /** Keeps what was said; false where that is nothing. */
  close(): boolean;
}

export function openRunLogs(clock: () => Date): RunLogs {
  const kept = new Map<string, RunLog & { readonly owner: string; readonly until: number }>();
  return {
    begin: (id, owner, level) => {
      const wanted = new Set<string>(logLevels.slice(0, logLevels.indexOf(level) + 1));
      const lines: LogLine[] = [];
      let room = mostText;
      return {
        add: (line) => {
          const message = storable(line.message, mostMessage);
          if (!wanted.has(line.level) || message.length > room) return;
          room -= message.length;
          lines.push({ ...line, message, id: String(lines.length + 1), time: clock() });
        },
        close: () => {
          if (lines.length === 0) return false;
          const now = clock().getTime();
          for (const [old, { until }] of kept) if (until <= now) kept.delete(old);
          kept.set(id, { owner, level, lines, until: now + keptMs });
          const own = [...kept].filter(([, log]) => log.owner === owner);
          const [first] = own.length > mostOfOne ? own : kept.size > mostLogs ? kept : [];
          if (first !== undefined) kept.delete(first[0]);
          return true;
        },
      };
    },
    read: (id, owner) => {
      const log = kept.get(id);
      if (log === undefined || log.owner !== owner || log.until <= clock().getTime())
        throw new NotFound(
          `there is no log '${id}': those of results are kept for ${keptMs / 60_000} minutes by the server that computed them`,
        );
      return log;
    },
  };
}
