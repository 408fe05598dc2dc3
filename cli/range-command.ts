import { InvalidArgument } from '../src/errors.ts';
import { askRange } from '../src/session/ask-signatures.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { printRows, wantsJson } from './print-rows.ts';
import { dateOf, flag, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { single } from './shown-rows.ts';

const statistic = /^(mean|median|std|min|max|sum|p\d{1,2}|p100)$/;

export const rangeCommand: SeasonCommand = {
  usage: ['range DATASET', 'find parcels and dates with a value in a range'],
  help: `furrow range DATASET --day DATE|--from DATE [options]

Where a statistic lies in a range, by parcel and time. Images that overlap count each.

  DATASET                   a dataset of the store (NAME, or OWNER/NAME)
  --index NAME              index or band (ndvi)
  --stat NAME               mean, median, std, min, max, p25, p75, ... as extracted (mean)
  --least N, --most N       the range, both included; one may be left out
  --day DATE                on a day (UTC), as 2026-03-01, or
  --from DATE, --to DATE    from DATE (included) to DATE (excluded); one may be left out
  --clear SHARE             only where at least this share of the parcel shows the ground, 0 to 1 (0)
  --rows N                  at most so many
  --json                    one JSON object a line (also where the output is no terminal)

${parcelUsage}`,
  async run(argv, signal) {
    const own = { index: text, stat: text, least: text, most: text, day: text, from: text, to: text };
    const options = { ...parcelOptions, ...own, clear: text, rows: text, json: flag };
    const { values, positionals } = readArguments('range', argv, options, ['DATASET']);
    const name = placeOf('range', positionals, 0, 'DATASET');
    const { index = 'ndvi', stat = 'mean' } = values;
    if (!statistic.test(stat))
      throw new InvalidArgument(`--stat takes mean, median, std, min, max, sum or p0 to p100, not '${stat}'`);
    const found = await askRange(name, {
      ...parcelQuery(values),
      index,
      stat,
      least: numberOf('least', values.least),
      most: numberOf('most', values.most),
      day: values.day,
      from: dateOf('from', values.from) ?? undefined,
      to: dateOf('to', values.to) ?? undefined,
      clearAtLeast: numberOf('clear', values.clear, { least: 0, most: 1 }),
      rows: numberOf('rows', values.rows, { least: 0, whole: true }),
      signal,
    });
    const rows = found.map(({ pid, datetime, reference, n, value, clear }) => ({
      ...{ pid, datetime, item: reference, n },
      [stat]: single(value),
      clear,
    }));
    printRows(
      rows,
      wantsJson(values),
      `no rows: no such '${stat}' of '${index}' in '${name}' for these parcels and this time`,
    );
    return 0;
  },
};
