import { sharedStore } from '../src/session/shared-store.ts';
import { findDataset } from '../src/store/datasets.ts';
import { placeDataset } from '../src/store/place-dataset.ts';
import { printFacts, wantsJson } from './print-rows.ts';
import { flag, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const datasetCommand: SeasonCommand = {
  usage: ['dataset DATASET', 'area, year and kind by which services ask for a dataset'],
  help: `furrow dataset DATASET [options]

Says, and states, by which area and year the checks-by-monitoring paths of 'furrow serve' know a dataset. Without a statement its
name is the area, and its images tell the years.

  DATASET             a dataset of the store
  --aoi CODE          area, such as a country's code
  --year YEAR         of the declaration
  --kind NAME         where an area has several sets of parcels in a year (ptype)
  --crop-code NAME    the attribute of the parcels that holds the number of their crop
  --json              one JSON object (also where the output is no terminal)`,
  async run(argv, signal) {
    const options = { aoi: text, year: text, kind: text, 'crop-code': text, json: flag };
    const { values, positionals } = readArguments('dataset', argv, options, ['DATASET']);
    const name = placeOf('dataset', positionals, 0, 'DATASET');
    const year = numberOf('year', values.year, { least: 1, whole: true });
    const store = await sharedStore();
    const stated = { aoi: values.aoi, year, kind: values.kind, cropCode: values['crop-code'] };
    if (Object.values(stated).some((value) => value !== undefined))
      await placeDataset(store, name, stated, { signal });
    const { aoi, year: of, kind, parcels } = await findDataset(store, name, { signal });
    const whole = { name, aoi, year: of, kind, parcels };
    printFacts(
      whole,
      () => Object.entries(whole).map(([fact, value]) => [fact, String(value ?? '-')]),
      wantsJson(values),
    );
    return 0;
  },
};
