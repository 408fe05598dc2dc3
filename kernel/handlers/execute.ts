import type { CellSession } from '../cell-session.ts';
import type { Debuggee } from '../debug/debuggee.ts';
import type { Handler, Request } from '../dispatch.ts';
import { InvalidRequest } from '../errors.ts';
import type { History } from '../history.ts';
import type { LanguageService } from '../language.ts';
import type { Failure, Json, JsonObject } from '../messages.ts';
import type { CellOutcome } from '../open-work.ts';
import type { Output } from '../output.ts';
import type { TypeCheck } from '../type-check.ts';
import { fieldsOf } from '../validate.ts';
import { askedName, pageOf } from './page.ts';

/** What executing needs of the kernel. */
export interface ExecuteParts {
  readonly output: Output;
  readonly cells: CellSession;
  readonly history: History;
  readonly language: LanguageService;
  readonly types: TypeCheck;
  /** The debugger, whose breakpoints hold in a cell from its first line on. */
  readonly debuggee: Pick<Debuggee, 'beforeCell' | 'wantsExceptions'>;
  /** Aborts the cells that wait in the shell of this one. */
  readonly abortQueue: (failed: Request) => void;
}

/** An `execute_request` after its checks. */
interface Cell {
  readonly request: number;
  readonly code: string;
  readonly count: number;
  readonly silent: boolean;
  readonly stored: boolean;
  readonly expressions: Readonly<Record<string, string>>;
  /** What the front end calls the cell of its notebook, where it tells. */
  readonly cellId?: string | undefined;
}

/** Answers `execute_request`: runs a cell, publishes its result or error, remembers it. */
export function answerExecute(parts: ExecuteParts): Handler {
  let count = 0;
  return async (request) => {
    const fields = fieldsOf(request);
    const code = fields.text('code');
    const silent = fields.flag('silent', false);
    const stored = fields.flag('store_history', !silent) && !silent;
    const stopOnError = fields.flag('stop_on_error', true);
    const expressions = textsOf(request, fields.object('user_expressions', {}));
    if (stored) count += 1;
    const cell: Cell = {
      request: request.number,
      code,
      count: Math.max(count, 1),
      silent,
      stored,
      expressions,
      cellId: cellIdOf(request),
    };

    if (!silent) parts.output.publish(cell.request, 'execute_input', { code, execution_count: cell.count });
    const name = askedName(code);
    const content =
      name === undefined
        ? ((await kernelMagics(cell, parts)) ?? (await run(cell, parts)))
        : await page(cell, name, parts);
    if (content.status === 'error' && stopOnError) parts.abortQueue(request);
    return { execution_count: cell.count, payload: [], user_expressions: {}, ...content };
  };
}

async function run(
  cell: Cell,
  { output, cells, history, language, types, debuggee }: ExecuteParts,
): Promise<JsonObject> {
  const { request, code, count, silent, stored, expressions } = cell;
  output.answersFor(request);
  const say = (text: string) => output.stream(request, 'stderr', Buffer.from(`${text}\n`));
  const refused = silent ? undefined : await types.refusal(code, say);
  if (refused) {
    if (stored) history.add(count, code);
    output.publish(request, 'error', { ...refused });
    return errorOf(refused);
  }
  const script = stored ? `cell-${count}` : `${silent ? 'silent' : 'unstored'}-${request}`;
  const prepared = silent ? undefined : debuggee.beforeCell(`${script}.ts`, code);
  const tellsErrors = !silent && debuggee.wantsExceptions;
  const order = { type: 'execute', request, code, cell: count, script, expressions, tellsErrors } as const;
  const running = cells.execute(order, prepared);
  const ran = running.then((ended) => wasRun(ended.failure));
  const checking = silent ? undefined : types.check({ ...cell, id: request }, ran);
  const outcome = await running;
  const { failure, result } = outcome;
  if (stored) history.add(count, code, plainTextOf(outcome));
  if (wasRun(failure))
    language.record({
      id: request,
      source: code,
      failed: failure !== null,
      unchecked: !silent && types.cold,
    });
  if (result && !silent) output.publish(request, 'execute_result', { ...result, execution_count: count });
  if (failure) output.publish(request, 'error', { ...failure });
  // The result is out; only the reply waits, and only for as long as the check allows itself.
  const problems = await checking;
  if (problems !== undefined) say(problems);
  return failure ? errorOf(failure) : { user_expressions: outcome.expressions as unknown as Json };
}

async function page(cell: Cell, name: string, { output, cells, history, language }: ExecuteParts) {
  if (cell.stored) history.add(cell.count, cell.code);
  const detail = cell.code.includes('??') ? 1 : 0;
  const payload = await pageOf(name, detail, language, cells);
  if (payload) return { payload: [payload] };
  const evalue = `Nothing is known about '${name}'`;
  const failure = { ename: 'NameUnknown', evalue, traceback: [evalue] };
  output.publish(cell.request, 'error', failure);
  return errorOf(failure);
}

/** `%reset` and `%types` are the kernel's own; the reply when the cell has nothing else to do. */
async function kernelMagics(cell: Cell, parts: ExecuteParts): Promise<JsonObject | undefined> {
  if (!mayHaveKernelMagic.test(cell.code)) return undefined;
  const { runKernelMagics } = await import('./kernel-magics.ts');
  const { output, history } = parts;
  output.answersFor(cell.request);
  const outcome = await runKernelMagics(cell.code, {
    ...parts,
    say: (text) => output.stream(cell.request, 'stdout', Buffer.from(text)),
  });
  if (outcome === 'goes on') return undefined;
  if (cell.stored) history.add(cell.count, cell.code);
  if (outcome === 'done') return {};
  const { code: ename, message } = outcome;
  const failure = { ename, evalue: message, traceback: [`${ename}: ${message}`] };
  output.publish(cell.request, 'error', failure);
  return errorOf(failure);
}

const mayHaveKernelMagic = /^\s*%(?:reset|types)\b/m;

/** An error of syntax without a stack is one of the cell itself, which did not begin. */
function wasRun(failure: Failure | null): boolean {
  return failure?.ename !== 'SyntaxError' || failure.traceback.some((line) => /^\s+at /m.test(line));
}

function errorOf({ ename, evalue, traceback }: Failure): JsonObject {
  return { status: 'error', ename, evalue, traceback };
}

function cellIdOf({ metadata }: Request): string | undefined {
  return typeof metadata.cellId === 'string' ? metadata.cellId : undefined;
}

function plainTextOf({ result }: CellOutcome): string | undefined {
  const text = result?.data['text/plain'];
  return typeof text === 'string' ? text : undefined;
}

function textsOf({ header }: Request, object: JsonObject): Record<string, string> {
  for (const [name, value] of Object.entries(object))
    if (typeof value !== 'string')
      throw new InvalidRequest(`user_expressions.${name} of ${header.msg_type} is not a text`);
  return object as Record<string, string>;
}
