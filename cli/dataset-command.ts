import { InvalidArgument } from '../src/errors.ts';
import { sharedStore } from '../src/session/shared-store.ts';
import { type Dataset, findDataset, listDatasets } from '../src/store/datasets.ts';
import { placeDataset } from '../src/store/place-dataset.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, numberOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const datasetCommand: SeasonCommand = {
  usage: ['dataset [DATASET]', 'datasets, and the area, year and kind by which services ask for one'],
  help: `furrow dataset [DATASET] [options]

Says, and states, by which area and year the checks-by-monitoring paths of 'furrow serve' know a dataset. Without a statement its
name is the area, and its images tell the years. Without DATASET it lists all that may be seen, by names that find them.

  DATASET             a dataset of the store: NAME is your own, or else the only one of that name that you see, OWNER/NAME
                      that one of several
  --aoi CODE          area, such as a country's code
  --year YEAR         of the declaration
  --kind NAME         where an area has several sets of parcels in a year (ptype)
  --crop-code NAME    the attribute of the parcels that holds the number of their crop
  --json              one JSON object (also where the output is no terminal)`,
  async run(argv, signal) {
    const options = { aoi: text, year: text, kind: text, 'crop-code': text, json: flag };
    const { values, positionals } = readArguments('dataset', argv, options, ['DATASET']);
    const [asked] = positionals;
    const year = numberOf('year', values.year, { least: 1, whole: true });
    const stated = { aoi: values.aoi, year, kind: values.kind, cropCode: values['crop-code'] };
    const states = Object.values(stated).some((value) => value !== undefined);
    if (asked === undefined && states)
      throw new InvalidArgument('furrow dataset DATASET --aoi CODE; furrow dataset --help');
    const store = await sharedStore();
    if (asked === undefined) {
      const rows = (await listDatasets(store, { signal })).map(factsOf);
      printRows(rows, wantsJson(values), 'there is no dataset');
      return 0;
    }
    if (states) await placeDataset(store, asked, stated, { signal });
    const whole = factsOf(await findDataset(store, asked, { signal }));
    printFacts(
      whole,
      () => Object.entries(whole).map(([fact, value]) => [fact, String(value ?? '-')]),
      wantsJson(values),
    );
    return 0;
  },
};

function factsOf({ name, owner, aoi, year, kind, parcels }: Dataset) {
  return { name, owner, aoi, year, kind, parcels };
}
