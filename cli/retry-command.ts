import { retryExtraction } from '../src/session/image-states.ts';
import { wantsJson } from './print-rows.ts';
import { flag, placeOf, readArguments, texts } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const retryCommand: SeasonCommand = {
  usage: ['retry DATASET', 'let the images that failed wait again'],
  help: `furrow retry DATASET [options]

Puts images back among those that wait. An extraction that watches (furrow extract --watch) takes them at its next look; else
run furrow extract again. Rows of an image that was done stay until it has been extracted again.

  DATASET       a dataset of the store (NAME, or OWNER/NAME)
  --item ITEM   this image instead of all that failed, whatever its state; may be repeated
  --json        one JSON object a line (also where the output is no terminal)`,
  async run(argv, signal) {
    const { values, positionals } = readArguments('retry', argv, { item: texts, json: flag }, ['DATASET']);
    const items = await retryExtraction(placeOf('retry', positionals, 0, 'DATASET'), {
      items: values.item,
      signal,
    });
    if (items.length === 0) console.error('no image failed');
    else if (wantsJson(values)) for (const item of items) console.log(JSON.stringify({ item }));
    else {
      for (const item of items) console.log(item);
      console.log(`${items.length} ${items.length === 1 ? 'image waits' : 'images wait'} again`);
    }
    return 0;
  },
};
