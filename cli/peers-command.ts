import { InvalidArgument } from '../src/errors.ts';
import { askPeers } from '../src/session/ask-signatures.ts';
import { printRows, wantsJson } from './print-rows.ts';
import { flag, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const peersCommand: SeasonCommand = {
  usage: ['peers DATASET PID', 'print the nearest parcels of the same crop'],
  help: `furrow peers DATASET PID [options]

The nearest parcels of the same crop around a parcel, the nearest first. Distances are metres on the ellipsoid.

  DATASET               a dataset of the store (NAME, or OWNER/NAME)
  PID                   the parcel's number in it
  --distance METRES     between the outlines, up to 100,000 (2000)
  --rows N              at most so many (10)
  --crop NAME           of this crop instead of the parcel's own; any: of all crops
  --min-area HECTARES   leave out smaller parcels (0.3)
  --json                one JSON object a line (also where the output is no terminal)`,
  async run(argv, signal) {
    const options = { distance: text, rows: text, crop: text, 'min-area': text, json: flag };
    const { values, positionals } = readArguments('peers', argv, options, ['DATASET', 'PID']);
    const name = placeOf('peers', positionals, 0, 'DATASET');
    const pid = Number(placeOf('peers', positionals, 1, 'PID'));
    if (!Number.isSafeInteger(pid))
      throw new InvalidArgument(`PID is the number of a parcel, not '${positionals[1]}'`);
    const found = await askPeers(name, pid, {
      distance: numberOf('distance', values.distance, { least: 0 }),
      most: numberOf('rows', values.rows, { least: 0, whole: true }),
      crop: values.crop === 'any' ? null : values.crop,
      hectares: numberOf('min-area', values['min-area'], { least: 0 }),
      signal,
    });
    const none = `no parcel of that crop and size is so near: --distance, --crop any and --min-area widen the search`;
    printRows(found, wantsJson(values), none);
    return 0;
  },
};
