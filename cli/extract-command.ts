import { Cancelled } from '../src/errors.ts';
import type { SeasonSummary } from '../src/extract/extract-season.ts';
import type { WatchRound } from '../src/extract/watch-season.ts';
import { indexNames } from '../src/parcels/indices.ts';
import { type ExtractOptions, extract, watchCollection } from '../src/session/extract.ts';
import {
  type ExtractReport,
  estimateFacts,
  extractReport,
  failureFacts,
  problemFactsOf,
  summaryFacts,
} from '../src/session/extract-report.ts';
import { collection } from '../src/session/find-collection.ts';
import { parcels } from '../src/session/find-parcels.ts';
import { extractHelp, extractOptions, readExtractOptions } from './extract-options.ts';
import { wantsJson } from './print-rows.ts';
import { placeOf, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';
import { factLines } from './tables.ts';

export const extractCommand: SeasonCommand = {
  usage: ['extract COLLECTION PARCELS', 'measure every parcel on every image into the store'],
  help: extractHelp(indexNames),
  async run(argv, signal) {
    const { values, positionals } = readArguments('extract', argv, extractOptions, ['COLLECTION', 'PARCELS']);
    const [from, to] = ['COLLECTION', 'PARCELS'].map((name, at) => placeOf('extract', positionals, at, name));
    const { json, watch, every, during, dryRun, ...options } = readExtractOptions(values);
    const { layer, crs, name } = values;
    const season = await collection(from ?? '', { signal });
    const fields = await parcels(to ?? '', { layer, crs, name, signal });
    const chosen = { ...options, collection: season, parcels: fields };
    if (dryRun) return await estimated(chosen, json);
    if (watch) return await watched(chosen, { every, during, json, signal });
    const report = await extract(chosen);
    tell(report, json);
    return report.failed.length + report.overtaken.length > 0 ? 1 : 0;
  },
};

async function estimated(options: ExtractOptions, json: boolean): Promise<number> {
  const estimate = await extract({ ...options, dryRun: true });
  if (wantsJson({ json })) console.log(JSON.stringify(estimate));
  else
    for (const line of factLines([...estimateFacts(estimate), ...problemFactsOf(estimate.problems)]))
      console.log(line);
  return estimate.failed.length > 0 ? 1 : 0;
}

interface Watching {
  readonly every: number | undefined;
  readonly during: number | undefined;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Ends well at Ctrl-C: that is how watching ends. */
async function watched(options: ExtractOptions, { every, during, json, signal }: Watching): Promise<number> {
  let code = 0;
  const onRound = (round: WatchRound) => {
    if ('problem' in round) {
      console.error(`look ${round.round}: ${round.problem.message} [${round.problem.code}]`);
      return;
    }
    const { summary, collection: opened } = round;
    code = summary.failed.length > 0 ? 1 : 0;
    if (summary.done + summary.failed.length + summary.removed.length === 0 && round.round > 1) return;
    tell(extractReport(summary, options.parcels.name, [...opened.problems]), json, round.round);
  };
  try {
    await watchCollection({ ...options, every, during, onRound });
  } catch (error) {
    if (!(error instanceof Cancelled) || !signal.aborted) throw error;
  }
  return code;
}

/** One JSON object for programs; for people the facts and the failures by reason. */
function tell(report: ExtractReport, json: boolean, look?: number): void {
  const { failures, problems } = report;
  if (wantsJson({ json })) {
    const { images, done, skipped, dropped, removed, failed, overtaken, rows, divided, seconds } =
      report satisfies SeasonSummary;
    const left = { dropped: dropped.length, removed };
    const counts = { images, done, skipped, ...left, failed, overtaken, rows, divided, seconds };
    console.log(JSON.stringify({ ...(look === undefined ? {} : { look }), ...counts, failures, problems }));
    return;
  }
  const facts = [
    ...summaryFacts(report, report.name),
    ...problemFactsOf(problems),
    ...failureFacts(failures),
  ];
  for (const line of factLines(facts)) console.log(line);
}
