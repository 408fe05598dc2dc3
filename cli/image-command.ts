import { parcels } from '../src/session/find-parcels.ts';
import { parcelOptions, parcelQuery, parcelUsage } from './parcel-options.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { noRows, shortened } from './shown-rows.ts';

export const imageCommand: SeasonCommand = {
  usage: ['image PARCELS', 'print or write what one image says of all parcels'],
  help: `furrow image PARCELS --item ITEM|--day DATE [options]

What was extracted from one image, or from all of a day, a row a parcel.

  PARCELS                   a dataset of the store, a configured name (demo), or the file that was extracted
  --item ITEM               the image; furrow images DATASET lists them
  --day DATE                all images of a day (UTC) instead, as 2026-03-01
  --index NAME              index or band (ndvi)
  --clear SHARE             only parcels with at least this share of clear ground, 0 to 1 (0)
  --out FILE                write the parcels with their values: .geojson, .json, .gpkg, .parquet, .geoparquet, .zip (shapefile)
  --json                    one JSON object a line (also where the output is no terminal)

${parcelUsage}`,
  async run(argv, signal) {
    const options = {
      ...parcelOptions,
      index: text,
      item: text,
      day: text,
      clear: text,
      out: text,
      json: flag,
    };
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
    const json = wantsJson(values);
    if (values.out !== undefined) {
      const written = { written: values.out, parcels: await fields.saveImage(values.out, query) };
      printFacts(written, () => [['written', `${written.parcels} parcels to ${written.written}`]], json);
    } else printRows(shortened(await fields.image(query)), json, noRows(fields.name, query.index));
    return 0;
  },
};
