import { extract } from '../src/session/extract.ts';
import { collection } from '../src/session/find-collection.ts';
import { parcels } from '../src/session/find-parcels.ts';
import { dateOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  extract COLLECTION PARCELS    measure every parcel on every image into the store
      --from DATE --to DATE     only images from DATE (included) to DATE (excluded)`;

export const extractCommand: SeasonCommand = {
  usage,
  help: `furrow extract COLLECTION PARCELS [options]\n\n${usage}`,
  async run(argv) {
    const { values, positionals } = readArguments('extract', argv, { from: text, to: text }, [
      'COLLECTION',
      'PARCELS',
    ]);
    const time = [dateOf('from', values.from), dateOf('to', values.to)] as const;
    const season = await collection(placeOf('extract', positionals, 0, 'COLLECTION'));
    const fields = await parcels(placeOf('extract', positionals, 1, 'PARCELS'));
    const report = await extract({ collection: season, parcels: fields, time });
    const { images, done, skipped, failed, rows, seconds } = report;
    console.log(JSON.stringify({ images, done, skipped, failed, rows, seconds }));
    return failed.length > 0 ? 1 : 0;
  },
};
