import { InvalidArgument } from '../src/errors.ts';
import { archiveDataset, archivedMonths, restoreDataset } from '../src/session/archive.ts';
import { printRows, wantsJson } from './print-rows.ts';
import { dateOf, flag, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const archiveCommand: SeasonCommand = {
  usage: ['archive DATASET', 'move closed months to Parquet files and back, or list them'],
  help: `furrow archive DATASET [options]

Without options: lists the months that lie in files. A month is closed when it is over and no image of it waits to be extracted.

  DATASET         a dataset of the store (NAME, or OWNER/NAME)
  --out PLACE     copy closed months to Parquet in a folder or at s3://bucket/prefix; they are read back and compared
  --before DATE   only months that end by DATE, as 2026-03-01 (the beginning of this month)
  --detach        take them out of the store once they are verified; questions are answered from the files then
  --restore       bring them back into the store
  --month MONTH   with --restore: only this month, as 2026-03
  --json          one JSON object a line (also where the output is no terminal)

Images that come after their month was taken out stand in the store beside the files (beside: how many); questions take both. To have
them in the files too: --restore the month, then --out PLACE --detach.

Exit code 1 where a month failed. Whoever may read the files reads the signatures: grants of the store do not reach them.`,
  async run(argv, signal) {
    const options = { out: text, before: text, detach: flag, restore: flag, month: text, json: flag };
    const { values, positionals } = readArguments('archive', argv, options, ['DATASET']);
    const name = placeOf('archive', positionals, 0, 'DATASET');
    const { out: to, detach = false, restore = false, month } = values;
    const before = dateOf('before', values.before) ?? undefined;
    if (restore && (to !== undefined || detach || before !== undefined))
      throw new InvalidArgument('--restore goes with --month only');
    if (month !== undefined && !restore) throw new InvalidArgument('--month goes with --restore');
    const reports = restore
      ? await restoreDataset(name, { month, signal })
      : to !== undefined || detach
        ? await archiveDataset(name, { to, before, detach, signal })
        : await archivedMonths(name, { signal });
    const listed = !restore && to === undefined && !detach;
    const none = listed
      ? `no month of '${name}' lies in files`
      : `no month of '${name}' is closed and left to be done`;
    printRows(reports, wantsJson(values), none);
    return reports.some(({ state }) => state === 'failed') ? 1 : 0;
  },
};
