import { parcels } from '../src/session/find-parcels.ts';
import { printFacts, wantsJson } from './print-rows.ts';
import { flag, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const parcelsCommand: SeasonCommand = {
  usage: ['parcels PARCELS', 'check parcels, tell what is wrong with them, convert them'],
  help: `furrow parcels PARCELS [options]

Reads parcels, says what is wrong with them on stderr, and writes them in another format.

  PARCELS             a GeoJSON, GeoPackage, GeoParquet or shapefile (.shp, or zipped), a postgres:// address with
                      --layer schema.table, a configured name (demo), or a dataset of the store
  --out PLACE         write them: .geojson, .json, .gpkg, .parquet, .geoparquet, .zip (shapefile), or postgres://...
  --out-layer NAME    the table to make in a database
  --layer NAME        layer of a GeoPackage or archive with several, or table of a database
  --crs EPSG:N        of a shapefile without .prj
  --json              one JSON object (also where the output is no terminal)

Exit code 1 where parcels were left out.`,
  async run(argv, signal) {
    const options = { out: text, layer: text, 'out-layer': text, crs: text, json: flag };
    const { values, positionals } = readArguments('parcels', argv, options, ['PARCELS']);
    const place = placeOf('parcels', positionals, 0, 'PARCELS');
    const fields = await parcels(place, { layer: values.layer, crs: values.crs, signal });
    const { name, crs, problems, notes } = fields;
    for (const { reason } of problems) console.error(`left out: ${reason}`);
    for (const { count, reason } of notes) console.error(`note (${count}): ${reason}`);
    if (values.out !== undefined) await fields.save(values.out, { layer: values['out-layer'], signal });
    const hectares = fields.parcels.reduce((sum, { area }) => sum + area, 0);
    const noted = notes.reduce((sum, { count }) => sum + count, 0);
    const whole = {
      name,
      crs,
      parcels: fields.parcels.length,
      hectares: Number(hectares.toFixed(1)),
      leftOut: problems.length,
      noted,
      written: values.out?.replace(/:[^:@/]*@/, ':***@'),
    };
    const facts = (): [string, string][] => [
      ['name', name],
      ['parcels', String(whole.parcels)],
      ['area', `${whole.hectares} ha`],
      ['coordinates', crs.length > 40 ? `${crs.replaceAll(/\s+/g, '').slice(0, 40)}...` : crs],
      ['left out', String(whole.leftOut)],
      ['noted', String(noted)],
      ...(whole.written === undefined ? [] : [['written', whole.written] as [string, string]]),
    ];
    printFacts(whole, facts, wantsJson(values));
    return problems.length > 0 ? 1 : 0;
  },
};
