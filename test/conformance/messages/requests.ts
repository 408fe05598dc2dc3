import { countPoints } from '../../../kernel/positions.ts';
import type { Random } from './random.ts';

/** Subshells and comms that messages may name: those that are there, as far as the client knows. */
export interface Known {
  readonly subshells: readonly string[];
}

/** Content of a valid message of a type. */
export type MakeContent = (random: Random, known: Known, code?: string) => Record<string, unknown>;

/** Every type of request that a client sends on shell or control, with the content that the protocol wants. */
export const requests: Readonly<Record<string, MakeContent>> = {
  execute_request: (random, _known, code = codeOf(random)) => ({
    code,
    silent: random.chance(0.1),
    store_history: random.chance(0.8),
    user_expressions: random.chance(0.1) ? { sum: '1 + 1', fails: 'nothing.here', text: `'é'` } : {},
    // Nobody is there who would type.
    allow_stdin: random.chance(0.3) && !code.includes('input('),
    stop_on_error: random.chance(0.3),
  }),
  complete_request: (random) => atCursor(random),
  inspect_request: (random) => ({ ...atCursor(random), detail_level: random.integer(0, 1) }),
  is_complete_request: (random) => ({ code: codeOf(random) }),
  history_request: (random) => ({
    hist_access_type: random.pick(['tail', 'range', 'search']),
    output: random.chance(0.5),
    raw: true,
    n: random.integer(0, 20),
    session: random.integer(-1, 2),
    start: random.integer(0, 5),
    stop: random.integer(0, 50),
    pattern: random.pick(['*', '*1*', '?', 'const*', '[a-c]*', random.text(6).replaceAll('-', '')]),
    unique: random.chance(0.5),
  }),
  comm_info_request: (random) => (random.chance(0.5) ? {} : { target_name: random.pick(targets) }),
  kernel_info_request: () => ({}),
  usage_request: () => ({}),
  interrupt_request: () => ({}),
  create_subshell_request: () => ({}),
  list_subshell_request: () => ({}),
  delete_subshell_request: (random, { subshells }) => ({
    subshell_id: subshells.length > 0 ? random.pick(subshells) : 'none',
  }),
  debug_request: (random) => ({
    type: 'request',
    seq: random.integer(1, 1000),
    ...random.pick(debugCommands),
  }),
};

/** Comm messages, of comms that are there and of others. */
export const commMessages: Readonly<Record<string, MakeContent>> = {
  comm_open: (random) => ({
    comm_id: commId(random),
    target_name: random.pick(targets),
    data: random.object(),
  }),
  comm_msg: (random) => ({ comm_id: commId(random), data: random.object() }),
  comm_close: (random) => ({ comm_id: commId(random), data: random.object() }),
};

/** The cell that must have run before: targets of comms that answer, at once and after a while. */
export const preparation = `
comms.registerTarget('suite.echo', (comm) => comm.onMsg((m) => comm.send(m.content.data, { buffers: m.buffers })));
comms.registerTarget('suite.slow', (comm) => comm.onMsg(async () => {
  await new Promise((done) => setTimeout(done, 3));
  console.log('slow');
}));
comms.registerTarget('suite.fails', () => { throw new RangeError('no'); });
function twice(n: number): number { return n * 2; }
const table = [{ a: 1, b: 'x' }, { a: 2, b: 'y' }];`;

const targets = ['suite.echo', 'suite.slow', 'suite.fails', 'nobody', ''];

function commId(random: Random): string {
  return `comm-${random.integer(0, 9)}`;
}

/** Only what does not stop a cell: a breakpoint that nobody leaves would hold all that follows. */
const debugCommands = [
  { command: 'debugInfo', arguments: {} },
  { command: 'inspectVariables', arguments: {} },
  { command: 'modules', arguments: {} },
  { command: 'threads', arguments: {} },
  { command: 'dumpCell', arguments: { code: 'const dumped = 1' } },
  { command: 'stackTrace', arguments: { threadId: 1 } },
  { command: 'scopes', arguments: { frameId: 7 } },
  { command: 'variables', arguments: { variablesReference: 9 } },
  { command: 'noSuchCommand', arguments: {} },
];

function atCursor(random: Random): { code: string; cursor_pos: number } {
  const code = random.chance(0.5)
    ? random.pick(['tw', 'table.', 'twice(', 'console.l', 'x'])
    : codeOf(random);
  const points = countPoints(code);
  return { code, cursor_pos: random.chance(0.5) ? points : random.integer(0, points) };
}

function codeOf(random: Random): string {
  const name = `v${random.integer(0, 20)}`;
  const text = JSON.stringify(random.text());
  return random.weighted<() => string>([
    [4, () => `${random.integer(-99, 99)} + ${random.integer(0, 99)}`],
    [3, () => `const ${name} = ${JSON.stringify(random.json())}; ${name}`],
    [1, () => `let ${name}: number = ${random.integer(0, 9)}; class C${name} {}`],
    [1, () => `type T${name} = { a: number }; const typed: T${name} = { a: 1 }; typed`],
    [3, () => `console.log(${text})`],
    [1, () => `console.error(${text}); ${text}`],
    [2, () => `throw new RangeError(${text})`],
    [1, () => `missing${name}.of`],
    [2, () => `await new Promise((done) => setTimeout(done, ${random.integer(0, 6)}))`],
    [1, () => `for (let i = 0; i < ${random.integer(0, 40)}; i += 1) console.log(i)`],
    [1, () => `display.html(${text}); display.clear({ wait: true })`],
    [1, () => `comms.open('front', { n: ${random.integer(0, 9)} }).close()`],
    [1, () => `await input('?').catch((error) => error.message)`],
    [1, () => 'table'],
    [1, () => 'twice?'],
    [1, () => 'setTimeout(() => console.log("late"), 2); 1'],
    [1, () => random.pick(['', ' ', '// nothing', 'function (', '`open', 'let x = = 1', '}{', 'await'])],
    [1, () => random.text(30)],
  ])();
}
