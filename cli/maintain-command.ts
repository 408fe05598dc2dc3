import { sharedStore } from '../src/session/shared-store.ts';
import { withProgress } from '../src/session/surroundings.ts';
import { maintain } from '../src/store/maintain.ts';
import { printFacts, wantsJson } from './print-rows.ts';
import { dateOf, flag, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const maintainCommand: SeasonCommand = {
  usage: ['maintain [DATASET]', 'rewrite months that are over, so that they are read faster'],
  help: `furrow maintain [DATASET] [options]

Rewrites months that are over in the order of parcels, so that the season of one is read from few pages. Each month is rewritten
in one step: it can be read meanwhile, writers of that month wait, and whatever ends the command leaves the month as it was.
Months with images that are still to be extracted are left out and named. Needs as much space as the largest month.

  DATASET         a dataset of the store (NAME, or OWNER/NAME); all of them when left out
  --before DATE   only months that end by DATE, as 2026-03-01 (the beginning of this month)
  --json          one JSON object (also where the output is no terminal)

Exit code 1 where a month was refused.`,
  async run(argv, signal) {
    const { values, positionals } = readArguments('maintain', argv, { before: text, json: flag }, [
      'DATASET',
    ]);
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
    const whole = {
      months: rewritten.length,
      rows,
      refused: refused.length,
      seconds: Number(seconds.toFixed(1)),
    };
    const facts = (): [string, string][] => [
      ['months rewritten', String(whole.months)],
      ['rows', String(rows)],
      ['months refused', String(whole.refused)],
      ['time', `${whole.seconds} s`],
    ];
    printFacts(whole, facts, wantsJson(values));
    return refused.length > 0 ? 1 : 0;
  },
};
