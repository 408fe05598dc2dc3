import { InvalidArgument } from '../src/errors.ts';
import { askPeers } from '../src/session/ask-signatures.ts';
import { numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  peers DATASET PID             print the nearest parcels of the same crop, one JSON object a line
      --distance METRES         between the outlines (2000)
      --most N                  at most so many (10)
      --crop NAME               of this crop instead; any: of all crops
      --hectares SIZE           of at least this size (0.3)`;

export const peersCommand: SeasonCommand = {
  usage,
  help: `furrow peers DATASET PID [options]

${usage}

DATASET is the name of a dataset in the store; distances are metres on the ellipsoid.`,
  async run(argv, signal) {
    const options = { distance: text, most: text, crop: text, hectares: text };
    const { values, positionals } = readArguments('peers', argv, options, ['DATASET', 'PID']);
    const name = placeOf('peers', positionals, 0, 'DATASET');
    const pid = Number(placeOf('peers', positionals, 1, 'PID'));
    if (!Number.isSafeInteger(pid))
      throw new InvalidArgument(`PID is the number of a parcel, not '${positionals[1]}'`);
    const found = await askPeers(name, pid, {
      distance: numberOf('distance', values.distance, { least: 0 }),
      most: numberOf('most', values.most, { least: 0, whole: true }),
      crop: values.crop === 'any' ? null : values.crop,
      hectares: numberOf('hectares', values.hectares, { least: 0 }),
      signal,
    });
    for (const peer of found) console.log(JSON.stringify(peer));
    return 0;
  },
};
