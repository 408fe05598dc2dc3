import { parcels } from '../src/session/find-parcels.ts';
import { dateOf, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  series PARCELS                print what was extracted, one JSON object a line
      --index NAME              index or band (ndvi)
      --pid N                   one parcel only
      --clear SHARE             only images with at least this share of clear ground (0)
      --from DATE --to DATE     only images from DATE (included) to DATE (excluded)`;

export const seriesCommand: SeasonCommand = {
  usage,
  help: `furrow series PARCELS [options]

${usage}

PARCELS is the name of a dataset in the store, or the file that was extracted.`,
  async run(argv) {
    const options = { index: text, pid: text, clear: text, from: text, to: text };
    const { values, positionals } = readArguments('series', argv, options, ['PARCELS']);
    const query = {
      index: values.index ?? 'ndvi',
      pid: numberOf('pid', values.pid, { whole: true }),
      clearAtLeast: numberOf('clear', values.clear, { least: 0, most: 1 }),
      from: dateOf('from', values.from) ?? undefined,
      to: dateOf('to', values.to) ?? undefined,
    };
    const fields = await parcels(placeOf('series', positionals, 0, 'PARCELS'));
    for (const row of await fields.series(query)) console.log(JSON.stringify(row));
    return 0;
  },
};
