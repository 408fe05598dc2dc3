import { readFile } from 'node:fs/promises';
import { InvalidArgument } from '../src/errors.ts';
import { checkLimit } from '../src/limits.ts';
import { sharedStore } from '../src/session/shared-store.ts';
import { findDataset } from '../src/store/datasets.ts';
import { saveWeather, type WeatherRow } from '../src/store/save-weather.ts';
import { printFacts, wantsJson } from './print-rows.ts';
import { flag, placeOf, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const columns = ['grid_id', 'lon', 'lat', 'meteo_date', 'tmin', 'tmax', 'tmean', 'prec'] as const;

export const weatherCommand: SeasonCommand = {
  usage: ['weather DATASET FILE', 'store the weather of a dataset'],
  help: `furrow weather DATASET FILE [options]

Stores the weather of a dataset's area from a CSV file: a parcel's weather is that of the nearest cell. Days that are there already
are replaced.

  DATASET   a dataset of the store (NAME, or OWNER/NAME)
  FILE      CSV with the columns ${columns.join(', ')}: the middle of the cell in degrees, days as
            2026-04-02, degrees Celsius and millimetres; what is empty is not known
  --json    one JSON object (also where the output is no terminal)`,
  async run(argv, signal) {
    const { values, positionals } = readArguments('weather', argv, { json: flag }, ['DATASET', 'FILE']);
    const name = placeOf('weather', positionals, 0, 'DATASET');
    const file = placeOf('weather', positionals, 1, 'FILE');
    const bytes = await readFile(file);
    checkLimit('readBytes', bytes.length, file);
    const rows = weatherRows(bytes.toString('utf8'), file);
    const store = await sharedStore();
    const { id } = await findDataset(store, name, { signal });
    await saveWeather(store, id, rows, { signal });
    const cells = new Set(rows.map(({ grid }) => grid)).size;
    printFacts({ name, cells, days: rows.length }, () => [['days', String(rows.length)]], wantsJson(values));
    return 0;
  },
};

/** The rows of such a file. Throws `InvalidArgument`, which names the line. */
export function weatherRows(text: string, file: string): WeatherRow[] {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim().toLowerCase());
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new InvalidArgument(`${file} has no column ${missing.join(', ')}`);
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const cells = line.split(',').map((cell) => cell.trim());
    const cell = (name: (typeof columns)[number]) => cells[names.indexOf(name)] ?? '';
    const number = (name: (typeof columns)[number]) => {
      const value = cell(name) === '' ? Number.NaN : Number(cell(name));
      if (cell(name) !== '' && !Number.isFinite(value))
        throw new InvalidArgument(`${file}, line ${i + 2}: ${name} is no number: '${cell(name)}'`);
      return value;
    };
    const known = (name: (typeof columns)[number]) => (cell(name) === '' ? null : number(name));
    const day = cell('meteo_date');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)))
      throw new InvalidArgument(`${file}, line ${i + 2}: '${day}' is no day; it is written 2026-04-02`);
    return [
      {
        grid: number('grid_id'),
        lon: number('lon'),
        lat: number('lat'),
        day,
        tmin: known('tmin'),
        tmax: known('tmax'),
        tmean: known('tmean'),
        prec: known('prec'),
      },
    ];
  });
}
