import { retryExtraction } from '../src/session/image-states.ts';
import { flag, placeOf, readArguments, texts } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  retry DATASET                 let the images that failed wait again
      --image IMAGE             this image, whatever its state; may be repeated`;

export const retryCommand: SeasonCommand = {
  usage,
  help: `furrow retry DATASET [options]

Puts images back among those that wait. An extraction that watches (furrow extract --watch) takes them at its next look; else
run furrow extract again. Rows of an image that was done stay until it has been extracted again.

  --image IMAGE   this image instead of all that failed, whatever its state; may be repeated
  --json          the images as a JSON list`,
  async run(argv) {
    const { values, positionals } = readArguments('retry', argv, { image: texts, json: flag }, ['DATASET']);
    const images = await retryExtraction(placeOf('retry', positionals, 0, 'DATASET'), {
      items: values.image,
    });
    if (values.json) console.log(JSON.stringify(images));
    else {
      for (const image of images) console.log(image);
      console.log(`${images.length} ${images.length === 1 ? 'image waits' : 'images wait'} again`);
    }
    return 0;
  },
};
