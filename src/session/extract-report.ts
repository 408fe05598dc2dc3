import type { CatalogProblem } from '../catalog/collection.ts';
import type { SeasonEstimate } from '../extract/estimate-season.ts';
import type { ImageReason, RemovedImage, SeasonSummary } from '../extract/extract-season.ts';
import { type FailureGroup, failureGroups } from '../extract/failure-groups.ts';
import { bytesText, durationText } from './progress-note.ts';
import { displaySymbol, factSheet, type MimeBundle, problemFacts } from './rich-text.ts';

/** What an extraction did; a cell shows it as a table. */
export type ExtractReport = SeasonSummary & {
  /** Of the dataset. */
  readonly name: string;
  /** Failed images by reason, the most frequent first. */
  readonly failures: readonly FailureGroup[];
  /** Documents of the collection that could not be read: their images are not in the counts. */
  readonly problems: readonly CatalogProblem[];
  [displaySymbol](): MimeBundle;
};

/** What an extraction would do; a cell shows it as a table. */
export type ExtractEstimate = SeasonEstimate & {
  readonly problems: readonly CatalogProblem[];
  [displaySymbol](): MimeBundle;
};

/** Images named of one group of failures. */
const mostNamed = 3;

export function extractReport(
  summary: SeasonSummary,
  name: string,
  problems: readonly CatalogProblem[],
): ExtractReport {
  const failures = failureGroups(summary.failed);
  const facts = () => [
    ...summaryFacts(summary, name),
    ...problemFactsOf(problems),
    ...failureFacts(failures),
  ];
  return {
    ...summary,
    name,
    failures,
    problems,
    [displaySymbol]: () => sheet(`Signatures of ${name}`, facts()),
  };
}

export function estimateReport(
  estimate: SeasonEstimate,
  name: string,
  problems: readonly CatalogProblem[],
): ExtractEstimate {
  const facts = () => [...estimateFacts(estimate), ...problemFactsOf(problems)];
  return {
    ...estimate,
    problems,
    [displaySymbol]: () => sheet(`Extracting ${name} (estimate)`, facts()),
  };
}

type Fact = readonly [name: string, value: string];

/** A summary as facts to show: what was done, what was not and why. */
export function summaryFacts(summary: SeasonSummary, dataset: string): Fact[] {
  const { images, done, skipped, dropped, overtaken, rows, seconds } = summary;
  return [
    ['images', String(images)],
    ['extracted now', String(done)],
    ['extracted before', String(skipped)],
    ...droppedFacts(dropped),
    ...removedFacts(summary.removed, 'used no more', 'deleted'),
    ...(overtaken.length > 0
      ? [['left to another call with other options or newer items', String(overtaken.length)] as const]
      : []),
    ['rows written', String(rows)],
    ...dividedFacts(summary.divided, dataset),
    ['time', seconds < 90 ? `${seconds.toFixed(1)} s` : durationText(seconds)],
  ];
}

export function estimateFacts(estimate: SeasonEstimate): Fact[] {
  const { images, toDo, doneBefore, dropped, parcels, bytes, rows, seconds, measuredOn, failed } = estimate;
  const measured = measuredOn.length - failed.length;
  return [
    ['images', String(images)],
    ['to be extracted', String(toDo)],
    ['extracted before', String(doneBefore)],
    ...droppedFacts(dropped),
    ...removedFacts(estimate.removed, 'would be used no more', 'to be deleted'),
    ['parcels', String(parcels)],
    ['to be read', bytesText(bytes)],
    ['rows to be written', String(rows)],
    ['time', `about ${durationText(seconds)} on this machine, and the writing`],
    ['measured on', `${measured} of ${toDo} images: ${measuredOn.join(', ') || 'nothing is to be done'}`],
    ...failed.map(({ item, reason }): Fact => [`would fail: ${item}`, reason]),
  ];
}

/** Groups of failures as facts: how often, an example of the reason, some of the images. */
export function failureFacts(failures: readonly FailureGroup[]): Fact[] {
  return failures.map(({ reason, items }) => {
    const named = items.slice(0, mostNamed).join(', ');
    const more = items.length > mostNamed ? ` and ${items.length - mostNamed} more` : '';
    return [
      `failed: ${items.length} ${items.length === 1 ? 'image' : 'images'}`,
      `${reason} (${named}${more})`,
    ];
  });
}

function droppedFacts(dropped: readonly ImageReason[]): Fact[] {
  return failureGroups(dropped).map(({ reason, items }) => [
    `not used: ${items.length} ${items.length === 1 ? 'image' : 'images'}`,
    items.length === 1 ? reason : `such as ${items[0]}: ${reason}`,
  ]);
}

/** Images that leave take their rows with them: nobody should learn that from a gap. */
function removedFacts(removed: readonly RemovedImage[], name: string, how: string): Fact[] {
  const rows = removed.reduce((sum, image) => sum + image.rows, 0);
  return removed.length === 0
    ? []
    : [[`${name}: ${counted(removed.length, 'image')}`, `their ${counted(rows, 'row')} ${how}`]];
}

function dividedFacts(divided: SeasonSummary['divided'], dataset: string): Fact[] {
  return divided.map(({ month, location, images }) => [
    `beside the archive: ${counted(images, 'image')} of ${month}`,
    `the month lies in ${location}, these rows in the store; questions take both (furrow archive '${dataset}' --restore --month ${month} brings the month back, archived again it has them all)`,
  ]);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export function problemFactsOf(problems: readonly CatalogProblem[]): Fact[] {
  return problemFacts(
    'images that could not be read',
    problems.map(({ reason }) => reason),
  );
}

function sheet(title: string, facts: readonly Fact[]): MimeBundle {
  const text = facts.map(([fact, value]) => `${fact}: ${value}`).join('\n');
  return { 'text/html': factSheet(title, facts), 'text/plain': text };
}
