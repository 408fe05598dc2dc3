import { askRange } from '../src/session/ask-signatures.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { dateOf, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  range DATASET                 print where a statistic lies in a range, one JSON object a line
      --index NAME              index or band (ndvi)
      --stat NAME               mean, median, std, min, max, p25, p75 (mean)
      --least N --most N        the range, both included; one may be left out
      --day DATE                on a day (UTC), or
      --from DATE --to DATE     from DATE (included) to DATE (excluded)
      --clear SHARE             only where at least this share shows the ground (0)
      --rows N                  at most so many
${parcelUsage}`;

export const rangeCommand: SeasonCommand = {
  usage,
  help: `furrow range DATASET [options]

${usage}

DATASET is the name of a dataset in the store.`,
  async run(argv, signal) {
    const own = { index: text, stat: text, least: text, most: text, day: text, from: text, to: text };
    const options = { ...parcelOptions, ...own, clear: text, rows: text };
    const { values, positionals } = readArguments('range', argv, options, ['DATASET']);
    const found = await askRange(placeOf('range', positionals, 0, 'DATASET'), {
      ...parcelQuery(values),
      index: values.index ?? 'ndvi',
      stat: values.stat,
      least: numberOf('least', values.least),
      most: numberOf('most', values.most),
      day: values.day,
      from: dateOf('from', values.from) ?? undefined,
      to: dateOf('to', values.to) ?? undefined,
      clearAtLeast: numberOf('clear', values.clear, { least: 0, most: 1 }),
      rows: numberOf('rows', values.rows, { least: 0, whole: true }),
      signal,
    });
    for (const row of found) console.log(JSON.stringify(row));
    return 0;
  },
};
