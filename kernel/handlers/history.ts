import type { Handler } from '../dispatch.ts';
import type { History, HistoryEntry } from '../history.ts';
import type { Json } from '../messages.ts';
import { fieldsOf } from '../validate.ts';

const any = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };
const natural = { least: 0, most: Number.MAX_SAFE_INTEGER };

/** Answers `history_request`: `tail`, `range` and `search`, with or without outputs. */
export function answerHistory(history: History): Handler {
  return (request) => {
    const fields = fieldsOf(request);
    const access = fields.choice('hist_access_type', ['tail', 'range', 'search']);
    const withOutput = fields.flag('output', false);
    let entries: HistoryEntry[];
    if (access === 'tail') entries = history.tail(fields.integer('n', natural, 10));
    else if (access === 'range') {
      const stop = fields.has('stop') ? fields.integer('stop', any) : undefined;
      entries = history.range(fields.integer('session', any, 0), fields.integer('start', any, 0), stop);
    } else {
      const n = fields.has('n') ? fields.integer('n', natural) : undefined;
      entries = history.search(fields.text('pattern', '*'), { n, unique: fields.flag('unique', false) });
    }
    return { history: entries.map((entry) => row(entry, withOutput)) };
  };
}

function row({ session, line, source, output }: HistoryEntry, withOutput: boolean): Json {
  return [session, line, withOutput ? [source, output ?? null] : source];
}
