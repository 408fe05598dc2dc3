import { InvalidArgument } from '../src/errors.ts';
import { archiveDataset, archivedMonths, restoreDataset } from '../src/session/archive.ts';
import { dateOf, flag, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const usage = `  archive DATASET               list the months that lie in files, one JSON object a line
      --to PLACE                copy closed months to Parquet in a folder or at s3://bucket/prefix, read back and compared
      --before DATE             only months that end by DATE (the current month)
      --detach                  take them out of the store once they are verified; questions are answered from the files then
      --restore                 bring them back into the store
      --month MONTH             with --restore: only this month, as 2026-03`;

export const archiveCommand: SeasonCommand = {
  usage,
  help: `furrow archive DATASET [--to PLACE] [options]

${usage}

DATASET is the name of a dataset in the store. A month is closed when no image of it waits to be extracted. The exit code is 1
when a month failed. Whoever may read the files reads the signatures: grants of the store do not reach them.`,
  async run(argv, signal) {
    const options = { to: text, before: text, detach: flag, restore: flag, month: text };
    const { values, positionals } = readArguments('archive', argv, options, ['DATASET']);
    const name = placeOf('archive', positionals, 0, 'DATASET');
    const { to, detach = false, restore = false, month } = values;
    const before = dateOf('before', values.before) ?? undefined;
    if (restore && (to !== undefined || detach || before !== undefined))
      throw new InvalidArgument('--restore goes with --month only');
    if (month !== undefined && !restore) throw new InvalidArgument('--month goes with --restore');
    const reports = restore
      ? await restoreDataset(name, { month, signal })
      : to !== undefined || detach
        ? await archiveDataset(name, { to, before, detach, signal })
        : await archivedMonths(name, { signal });
    for (const report of reports) console.log(JSON.stringify(report));
    return reports.some(({ state }) => state === 'failed') ? 1 : 0;
  },
};
