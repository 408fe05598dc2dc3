import { InvalidArgument } from '../src/errors.ts';
import { failureGroups } from '../src/extract/failure-groups.ts';
import { failureFacts } from '../src/session/extract-report.ts';
import { type ImageState, imageStates } from '../src/session/image-states.ts';
import type { ExtractionStatus } from '../src/store/images.ts';
import { wantsJson } from './print-rows.ts';
import { flag, listOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { factLines, tableLines } from './tables.ts';

const statuses: readonly ExtractionStatus[] = ['waiting', 'claimed', 'done', 'failed', 'dropped'];

export const imagesCommand: SeasonCommand = {
  usage: ['images DATASET', 'list images: state, tries, rows, error'],
  help: `furrow images DATASET [options]

The images of a dataset and where their extraction stands: waiting, claimed (somebody works on it), done, failed (with the
reason), dropped (not used: another processing of the same scene is newer, too much cloud, an empty frame).

  DATASET          a dataset of the store (NAME, or OWNER/NAME)
  --failed         only those that failed, and how many failed for each reason
  --status NAMES   only those in these states, separated by commas: ${statuses.join(', ')}
  --why ITEM|all   why this image is used, or not: duplicates, granules that overlap, clouds, offsets of baselines
  --json           one JSON object a line (also where the output is no terminal)

Exit code 1 where --failed finds some.`,
  async run(argv, signal) {
    const options = { failed: flag, status: text, why: text, json: flag };
    const { values, positionals } = readArguments('images', argv, options, ['DATASET']);
    const wanted = values.failed ? ['failed' as const] : statusesOf(values.status);
    const dataset = placeOf('images', positionals, 0, 'DATASET');
    const items = values.why === undefined || values.why === 'all' ? undefined : [values.why];
    const images = await imageStates(dataset, { statuses: wanted, items, signal });
    const json = wantsJson(values);
    if (json) for (const image of images) console.log(JSON.stringify(image));
    else if (values.why !== undefined) for (const line of whyLines(images)) console.log(line);
    else for (const line of listLines(images)) console.log(line);
    if (!values.failed) return 0;
    const groups = failureGroups(images.map(({ item, error }) => ({ item, reason: error ?? '' })));
    if (!json && groups.length > 0)
      for (const line of ['', ...factLines(failureFacts(groups))]) console.log(line);
    return images.length > 0 ? 1 : 0;
  },
};

function statusesOf(given: string | undefined): ExtractionStatus[] | undefined {
  return listOf('status', given)?.map((name) => {
    const found = statuses.find((status) => status === name);
    if (found === undefined)
      throw new InvalidArgument(`--status takes ${statuses.join(', ')}, not '${name}'`);
    return found;
  });
}

function listLines(images: readonly ImageState[]): string[] {
  const rows = images.map(({ datetime, item, status, tries, rows: count, error }) => [
    datetime.slice(0, 19),
    item,
    status,
    String(tries),
    count === null ? '' : String(count),
    error ?? '',
  ]);
  const counts = statuses.flatMap((status) => {
    const count = images.filter((image) => image.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  if (images.length === 0) return ['no images'];
  return [
    ...tableLines(['time', 'item', 'state', 'tries', 'rows', 'error'], rows),
    `${images.length} ${images.length === 1 ? 'image' : 'images'}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`,
  ];
}

function whyLines(images: readonly ImageState[]): string[] {
  return images.flatMap(({ item, status, choice }) => [
    `${item}  ${status === 'dropped' ? 'not used' : 'used'}`,
    `  ${choice ?? 'no reason was recorded: it was registered by an older Furrow; the next extract records it'}`,
  ]);
}
