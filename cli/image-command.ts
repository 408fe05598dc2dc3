import { parcels } from '../src/session/find-parcels.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  image PARCELS                 print what one image says of all parcels, one JSON object a line
      --item ITEM | --day DATE  the image, or all of a day (UTC)
      --index NAME              index or band (ndvi)
      --clear SHARE             only parcels with at least this share of clear ground (0)
      --out FILE                write the parcels with their values: .geojson, .gpkg, .geoparquet, .zip (shapefile)
${parcelUsage}`;

export const imageCommand: SeasonCommand = {
  usage,
  help: `furrow image PARCELS --item ITEM|--day DATE [options]

${usage}

PARCELS is the name of a dataset in the store, or the file that was extracted; furrow images lists its images.`,
  async run(argv, signal) {
    const options = { ...parcelOptions, index: text, item: text, day: text, clear: text, out: text };
    const { values, positionals } = readArguments('image', argv, options, ['PARCELS']);
    const query = {
      ...parcelQuery(values),
      index: values.index ?? 'ndvi',
      item: values.item,
      day: values.day,
      clearAtLeast: numberOf('clear', values.clear, { least: 0, most: 1 }),
      signal,
    };
    const fields = await parcels(placeOf('image', positionals, 0, 'PARCELS'), { signal });
    if (values.out !== undefined) {
      const written = await fields.saveImage(values.out, query);
      console.log(JSON.stringify({ written: values.out, parcels: written }));
    } else for (const row of await fields.image(query)) console.log(JSON.stringify(row));
    return 0;
  },
};
