import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { makeDemoSeason } from '../src/demo/make-demo-season.ts';
import { flag, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { terminalBars } from './terminal-bar.ts';

const usage = '  demo                          generate the demo season in the data folder';

export const demoCommand: SeasonCommand = {
  usage,
  help: `furrow demo\n\n${usage}\n\nFURROW_DATA says which folder that is.`,
  async run(argv, signal) {
    const { values } = readArguments('demo', argv, { json: flag }, []);
    const bar = terminalBars()('Demo season');
    const made = await makeDemoSeason({
      folder: join(readConfig().dataDir, 'demo'),
      signal,
      onProgress: ({ done, total, what }) => bar.update(done, total, what),
    });
    bar.end();
    if (values.json) console.log(JSON.stringify(made));
    else console.log(`${made.collection}: ${made.itemCount} images, ${made.parcelCount} parcels`);
    return 0;
  },
};
