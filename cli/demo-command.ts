import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import { hasDemoSeason, makeDemoSeason } from '../src/demo/make-demo-season.ts';
import { wantsJson } from './print-rows.ts';
import { flag, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { terminalBars } from './terminal-bar.ts';

export const demoCommand: SeasonCommand = {
  usage: ['demo', 'generate the demo season'],
  help: `furrow demo [options]

Generates the demo season in the folder that FURROW_DATA names (.furrow): a year of Sentinel-2 and Sentinel-1 images of 307 made-up
parcels. Both are called 'demo' in other commands. Where it is there already, nothing is done.

  --again   make it once more
  --json    one JSON object (also where the output is no terminal)`,
  async run(argv, signal) {
    const { values } = readArguments('demo', argv, { again: flag, json: flag }, []);
    const folder = join(readConfig().dataDir, 'demo');
    const collection = join(folder, 'collection.json');
    const generated = values.again === true || !(await hasDemoSeason({ folder }));
    if (generated) {
      const bar = terminalBars()('Demo season');
      try {
        await makeDemoSeason({
          folder,
          signal,
          onProgress: ({ done, total, what }) => bar.update(done, total, what),
        });
      } finally {
        bar.end();
      }
    }
    if (wantsJson(values)) console.log(JSON.stringify({ collection, generated }));
    else console.log(`The demo season is ${generated ? '' : 'already '}in ${folder}`);
    return 0;
  },
};
