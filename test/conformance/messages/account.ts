import type { Message } from '../../../kernel/messages.ts';
import type { TestKernel } from '../../kernel/client.ts';
import type { Check } from '../suite.ts';
import type { Probe } from './message.ts';

/** What errors of the kernel itself are called; cells throw what they like. */
const typed =
  /^(InvalidRequest|NotBuilt|SubshellUnknown|NameUnknown|TypesRefused|Interrupted|\w*(Debug|Magic|Argument)\w*)$/;

/** The status of a message is known: nothing more may come. */
export function isAnswered(kernel: TestKernel, { id, channel, expected }: Probe): boolean {
  if (expected === 'nothing') return true;
  return (
    kernel.states(id).includes('idle') && (expected === 'pair' || kernel.answers(id, channel).length > 0)
  );
}

/** Whether each of these messages got what it must get, and nothing else; the first few that did not are named. */
export function checkAnswers(kernel: TestKernel, name: string, probes: readonly Probe[]): Check {
  const wrong = probes.flatMap((probe) => {
    const fault = faultOf(kernel, probe);
    return fault === undefined ? [] : [`${probe.name} on ${probe.channel}: ${fault}`];
  });
  const message = `${wrong.length} of ${probes.length} are wrong: ${wrong.slice(0, 8).join('; ')}`;
  return wrong.length === 0 ? { name, status: 'passed' } : { name, status: 'failed', message };
}

function faultOf(kernel: TestKernel, probe: Probe): string | undefined {
  const { id, channel, expected } = probe;
  const replies = (['shell', 'control', 'stdin'] as const)
    .flatMap((from) => kernel.answers(id, from).map((message) => ({ from, message })))
    .filter(({ message }) => message.header.msg_type !== 'input_request');
  const states = kernel.states(id).join();
  if (expected === 'nothing') return kernel.heard(id) === 0 ? undefined : 'it was answered';
  if (states !== 'busy,idle') return `its states are '${states}'`;
  if (replies.length !== (expected === 'reply' ? 1 : 0)) return `it got ${replies.length} replies`;
  const [reply] = replies;
  if (!reply) return undefined;
  if (reply.from !== channel) return `its reply came on ${reply.from}`;
  if (reply.message.header.msg_type !== probe.reply) return `its reply is ${reply.message.header.msg_type}`;
  return faultOfReply(probe, reply.message);
}

function faultOfReply(probe: Probe, { content }: Message): string | undefined {
  const { status, ename, evalue, traceback } = content as Record<string, unknown>;
  if (probe.reply === 'debug_reply' && status === undefined) return undefined; // DAP says `success`
  if (status === 'ok' || status === 'aborted') return undefined;
  if (probe.reply === 'is_complete_reply' && /^(complete|incomplete|invalid|unknown)$/.test(String(status)))
    return undefined;
  if (status !== 'error') return `its status is ${String(status)}`;
  if (typeof ename !== 'string' || typeof evalue !== 'string' || !Array.isArray(traceback))
    return 'its error lacks ename, evalue or traceback';
  if (probe.reply !== 'execute_reply' && !typed.test(ename)) return `its error is ${ename}: ${evalue}`;
  return ename === 'CellProcessDied' ? evalue : undefined;
}

/** Whether any comm message had a status while a cell was open. */
export function checkCommStatus(kernel: TestKernel): Check {
  const name = 'no comm message has a status while a cell runs';
  const open = new Set<unknown>();
  let wrong = 0;
  for (const { header, parent, content } of kernel.published('status')) {
    if (header.msg_type !== 'status') continue;
    const state = (content as { execution_state?: unknown }).execution_state;
    if (parent.msg_type === 'execute_request') {
      if (state === 'busy') open.add(parent.msg_id);
      else open.delete(parent.msg_id);
    } else if (/^comm_(open|msg|close)$/.test(String(parent.msg_type)) && open.size > 0) wrong += 1;
  }
  if (wrong === 0) return { name, status: 'passed' };
  return { name, status: 'failed', message: `${wrong} had` };
}

/** Whether everything that came answers a message that was sent. */
export function checkStrays(kernel: TestKernel, sent: ReadonlySet<string>): Check {
  const name = 'nothing comes that answers no message';
  const strays = kernel.log
    .map(({ message }) => message)
    .filter(({ header, parent }) => header.msg_type !== 'iopub_welcome' && !sent.has(String(parent.msg_id)));
  const shown = strays
    .slice(0, 5)
    .map(({ header, parent }) => `${header.msg_type} to ${String(parent.msg_type)}`);
  return strays.length === 0
    ? { name, status: 'passed' }
    : { name, status: 'failed', message: `${strays.length} came: ${shown.join(', ')}` };
}
