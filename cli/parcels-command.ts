import { parcels } from '../src/session/find-parcels.ts';
import { placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  parcels PARCELS               check a file of parcels, and tell what is wrong with it
      --out FILE                also write them: .geojson, .gpkg, .parquet, .zip (shapefile), or a table of postgres://...
      --layer NAME              layer of a GeoPackage or archive with several, table of a database
      --out-layer NAME          the table to make in a database
      --crs EPSG:N              of a shapefile without .prj`;

export const parcelsCommand: SeasonCommand = {
  usage,
  help: `furrow parcels PARCELS [options]

${usage}

PARCELS is a GeoJSON, GeoPackage, GeoParquet or shapefile (.shp or zipped), a postgres:// address with --layer schema.table, or the
name of a dataset in the store. The exit code is 1 when rows were left out.`,
  async run(argv, signal) {
    const options = { out: text, layer: text, 'out-layer': text, crs: text };
    const { values, positionals } = readArguments('parcels', argv, options, ['PARCELS']);
    const place = placeOf('parcels', positionals, 0, 'PARCELS');
    const fields = await parcels(place, { layer: values.layer, crs: values.crs, signal });
    const { name, crs, problems, notes } = fields;
    for (const { reason } of problems) console.error(`left out: ${reason}`);
    for (const { count, reason } of notes) console.error(`note (${count}): ${reason}`);
    if (values.out !== undefined) await fields.save(values.out, { layer: values['out-layer'], signal });
    const hectares = fields.parcels.reduce((sum, { area }) => sum + area, 0);
    console.log(
      JSON.stringify({
        name,
        crs,
        parcels: fields.parcels.length,
        hectares: Number(hectares.toFixed(1)),
        leftOut: problems.length,
        noted: notes.reduce((sum, { count }) => sum + count, 0),
        written: values.out?.replace(/:[^:@/]*@/, ':***@'),
      }),
    );
    return problems.length > 0 ? 1 : 0;
  },
};
