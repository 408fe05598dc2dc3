import { sharedStore } from '../src/session/shared-store.ts';
import { withProgress } from '../src/session/surroundings.ts';
import { maintain } from '../src/store/maintain.ts';
import { dateOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  maintain [PARCELS]            rewrite months that are over, so that a parcel's season is read from few pages
      --before DATE             only months that end by DATE (the beginning of this month)`;

export const maintainCommand: SeasonCommand = {
  usage,
  help: `furrow maintain [PARCELS] [options]

${usage}

PARCELS is the name of a dataset in the store; all datasets when left out. Each month is rewritten in one step: it can be read
meanwhile, writers of that month wait, and whatever ends the command leaves the month as it was. Months with images that are
still to be extracted are left out and named. Needs as much space as the largest month.`,
  async run(argv, signal) {
    const { values, positionals } = readArguments('maintain', argv, { before: text }, ['PARCELS']);
    const before = dateOf('before', values.before) ?? undefined;
    const store = await sharedStore();
    const { rewritten, refused, seconds } = await withProgress('Maintaining', (bar) =>
      maintain(store, {
        dataset: positionals[0],
        before,
        signal,
        onProgress: ({ done, months, dataset, month }) => bar.update(done, months, `${dataset} ${month}`),
      }),
    );
    for (const { dataset, month, reason } of refused) console.error(`${dataset} ${month}: ${reason}`);
    const rows = rewritten.reduce((sum, month) => sum + month.rows, 0);
    console.log(
      JSON.stringify({
        months: rewritten.length,
        rows,
        refused: refused.length,
        seconds: Number(seconds.toFixed(1)),
      }),
    );
    return 0;
  },
};
