import { parcels } from '../src/session/find-parcels.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { printBatches, printFacts, wantsJson } from './print-rows.ts';
import { dateOf, flag, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { noRows, shortenedBatches } from './shown-rows.ts';

export const seriesCommand: SeasonCommand = {
  usage: ['series PARCELS', 'print the time series of parcels, or write them to a file'],
  help: `furrow series PARCELS [options]

What was extracted, by parcel and time, a row a pass. Months in the archive are read from there.

  PARCELS                   a dataset of the store, a configured name (demo), or the file that was extracted
  --index NAME              index or band (ndvi)
  --clear SHARE             only images with at least this share of clear ground, 0 to 1 (0)
  --from DATE, --to DATE    from DATE (included) to DATE (excluded), as 2026-03-01
  --out FILE                write .csv, .parquet, .arrow, .feather or .arrows with all statistics, of any size
  --json                    one JSON object a line (also where the output is no terminal)

${parcelUsage}`,
  async run(argv, signal) {
    const options = {
      ...parcelOptions,
      index: text,
      clear: text,
      from: text,
      to: text,
      out: text,
      json: flag,
    };
    const { values, positionals } = readArguments('series', argv, options, ['PARCELS']);
    const query = {
      ...parcelQuery(values),
      index: values.index ?? 'ndvi',
      clearAtLeast: numberOf('clear', values.clear, { least: 0, most: 1 }),
      from: dateOf('from', values.from) ?? undefined,
      to: dateOf('to', values.to) ?? undefined,
      signal,
    };
    const fields = await parcels(placeOf('series', positionals, 0, 'PARCELS'), { signal });
    const json = wantsJson(values);
    if (values.out !== undefined) {
      const written = { written: values.out, rows: await fields.saveSeries(values.out, query) };
      printFacts(written, () => [['written', `${written.rows} rows to ${written.written}`]], json);
    } else await printBatches(shortenedBatches(fields.rows(query)), json, noRows(fields.name, query.index));
    return 0;
  },
};
