import { InvalidArgument } from '../errors.ts';
import type { Json } from '../graph/process-graph.ts';
import { limit } from '../limits.ts';
import type { Queryable, QueryOptions } from '../store/store.ts';
import { type LogLevel, type LogLine, logLevels, type NewLogLine } from './job.ts';
import { noSuchJob } from './job-rows.ts';
import { mostMessage, storable } from './texts.ts';

/** Of one line. */
const mostData = 16_384;
/** Lines that one question gives. */
const mostPage = 1_000;

function dataText(data: Json | undefined): string | null {
  if (data === undefined) return null;
  const text = JSON.stringify(data);
  return text.length <= mostData ? text : JSON.stringify(`left out: ${text.length} characters`);
}

/**
 * Appends lines to the log of a job: with `token` only while that run has the job. The line number `jobLogLines` says that
 * further ones are left out; errors are written nevertheless. Gives false where the run no longer has the job, or there is none.
 */
export async function appendLog(
  store: Queryable,
  id: string,
  lines: readonly NewLogLine[],
  { token, signal }: QueryOptions & { readonly token?: string | undefined } = {},
): Promise<boolean> {
  if (lines.length === 0) return true;
  const most = limit('jobLogLines');
  const written = await store.query(
    `with job as (
        update furrow.job set log_lines = log_lines + $3 where id = $1 and ($2::uuid is null or lease_token = $2)
        returning id, owner, log_lines - $3 as before
      ), written as (
        insert into furrow.job_log (job_id, owner, n, level, message, code, data)
        select job.id, job.owner, job.before + l.n, l.level,
          case when job.before + l.n = $4 then 'the log has ' || $4 || ' lines: further ones are left out' else l.message end,
          l.code, l.data::json
        from job, unnest($5::text[], $6::text[], $7::text[], $8::text[]) with ordinality l(level, message, code, data, n)
        where job.before + l.n <= $4 or l.level = 'error' returning n
      )
      select 1 as one from job`,
    [
      id,
      token ?? null,
      lines.length,
      most,
      lines.map(({ level }) => level),
      lines.map(({ message }) => storable(message, mostMessage)),
      lines.map(({ code }) => code ?? null),
      lines.map(({ data }) => dataText(data)),
    ],
    { signal },
  );
  return written.length > 0;
}

export interface LogQuery extends QueryOptions {
  /** The id of the last line that is known: those after it are given. */
  readonly offset?: string | undefined;
  /** Lines of that severity and worse; all when left out. */
  readonly level?: LogLevel | undefined;
  readonly limit?: number | undefined;
}

/** Lines in the order in which they were written. Throws `JobNotFound`, and `InvalidArgument` for an offset that is no id. */
export async function selectLogs(store: Queryable, id: string, query: LogQuery = {}): Promise<LogLine[]> {
  const { offset, level = 'debug', limit: asked = mostPage, signal } = query;
  if (offset !== undefined && !/^\d{1,9}$/.test(offset))
    throw new InvalidArgument(`offset is the id of a log line, not '${offset.slice(0, 32)}'`);
  const rows = await store.query<{
    n: number;
    time: Date;
    level: LogLevel;
    message: string;
    code: string | null;
    data: Json;
  }>(
    `select n, time, level, message, code, data from furrow.job_log
      where job_id = $1 and n > $2 and level = any ($3) order by n limit $4`,
    [
      id,
      Number(offset ?? 0),
      logLevels.slice(0, logLevels.indexOf(level) + 1),
      Math.max(1, Math.min(mostPage, Math.trunc(asked))),
    ],
    { signal },
  );
  if (rows.length === 0) {
    const there = await store.query('select 1 as one from furrow.job where id = $1', [id], { signal });
    if (there.length === 0) throw noSuchJob(id);
  }
  return rows.map((row) => ({
    id: String(row.n),
    time: row.time,
    level: row.level,
    message: row.message,
    code: row.code ?? undefined,
    data: row.data ?? undefined,
  }));
}
