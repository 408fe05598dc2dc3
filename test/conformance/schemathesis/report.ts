import { readFileSync } from 'node:fs';

/** What Schemathesis found at one operation. */
export interface OperationReport {
  readonly operation: string;
  /** Requests made by chance from the schema. */
  examples: number;
  /** Requests in all, those at the edges of each parameter too. */
  requests: number;
  /** By check: what was wrong, once a kind. */
  readonly wrong: Map<string, Set<string>>;
}

interface Finished {
  readonly phase: string;
  readonly status: string;
  readonly recorder?: {
    readonly label: string;
    readonly cases?: Record<string, unknown>;
    readonly checks?: Record<string, readonly Verdict[]>;
  };
}

interface Verdict {
  readonly name: string;
  readonly status: string;
  readonly failure_info?: { readonly failure?: { readonly title?: string; readonly message?: string } };
}

export interface RunReport {
  readonly operations: readonly OperationReport[];
  /** Failures of the tool itself at an operation, which would hide what it did not ask. */
  readonly errors: readonly string[];
  /** Whether it came to its end. */
  readonly complete: boolean;
}

/** Reads the events that a run wrote, one JSON object a line. */
export function readReport(file: string): RunReport {
  const operations = new Map<string, OperationReport>();
  const errors: string[] = [];
  let complete = false;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const event = JSON.parse(line) as Record<string, unknown>;
    if ('EngineFinished' in event) complete = true;
    for (const kind of ['NonFatalError', 'FatalError', 'Interrupted'])
      if (kind in event) errors.push(`${kind}: ${JSON.stringify(event[kind]).slice(0, 500)}`);
    const finished = event.ScenarioFinished as Finished | undefined;
    if (finished?.recorder === undefined || finished.status === 'skip') continue;
    const { label, cases = {}, checks = {} } = finished.recorder;
    const report = operations.get(label) ?? { operation: label, examples: 0, requests: 0, wrong: new Map() };
    operations.set(label, report);
    const asked = Object.keys(cases).length;
    report.requests += asked;
    if (finished.phase === 'fuzzing') report.examples += asked;
    for (const { name, status, failure_info: info } of Object.values(checks).flat()) {
      if (status === 'success' || isLostInQuery(name, info?.failure?.message)) continue;
      const seen = report.wrong.get(name) ?? new Set();
      report.wrong.set(name, seen);
      const { title = '', message = '' } = info?.failure ?? {};
      if (seen.size < 3) seen.add(`${title}: ${message}`.slice(0, 600));
    }
  }
  return { operations: [...operations.values()], errors, complete };
}

/**
 * Objects and empty lists cannot be written into a query string, and an empty parameter counts as one that was left out: such a request
 * arrives as a right one.
 */
function isLostInQuery(check: string, message = ''): boolean {
  return (
    check === 'negative_data_rejection' &&
    / in query\b/.test(message) &&
    !/ in (path|body|header|cookie)\b/.test(message)
  );
}
