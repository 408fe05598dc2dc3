import { parcels } from '../src/session/find-parcels.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { dateOf, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  series PARCELS                print what was extracted, one JSON object a line
      --index NAME              index or band (ndvi)
      --clear SHARE             only images with at least this share of clear ground (0)
      --from DATE --to DATE     only images from DATE (included) to DATE (excluded)
      --out FILE                write .csv, .parquet, .arrow, .feather or .arrows instead, of any size
${parcelUsage}`;

export const seriesCommand: SeasonCommand = {
  usage,
  help: `furrow series PARCELS [options]

${usage}

PARCELS is the name of a dataset in the store, or the file that was extracted. Months in the archive are read from there.`,
  async run(argv, signal) {
    const options = { ...parcelOptions, index: text, clear: text, from: text, to: text, out: text };
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
    if (values.out !== undefined) {
      const rows = await fields.saveSeries(values.out, query);
      console.log(JSON.stringify({ written: values.out, rows }));
    } else for (const row of await fields.series(query)) console.log(JSON.stringify(row));
    return 0;
  },
};
