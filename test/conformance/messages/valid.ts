import { headerOf, messageId, type Probe, replyType, seal } from './message.ts';
import type { Random } from './random.ts';
import { commMessages, type Known, requests } from './requests.ts';

/** How often each type comes. */
const shares: readonly (readonly [number, string])[] = [
  [40, 'execute_request'],
  [6, 'complete_request'],
  [5, 'inspect_request'],
  [5, 'is_complete_request'],
  [5, 'history_request'],
  [3, 'comm_info_request'],
  [3, 'kernel_info_request'],
  [2, 'usage_request'],
  [1, 'interrupt_request'],
  [1, 'create_subshell_request'],
  [1, 'list_subshell_request'],
  [1, 'delete_subshell_request'],
  [4, 'debug_request'],
  [6, 'comm_open'],
  [10, 'comm_msg'],
  [4, 'comm_close'],
  [2, 'input_reply'],
];

/** A valid message of a random type, with random content, on a channel where front ends send it. */
export function validMessage(random: Random, known: Known): Probe {
  const type = random.weighted(shares);
  const id = messageId();
  const subshell = random.weighted<() => unknown>([
    [4, () => undefined],
    [1, () => null],
    [3, () => (known.subshells.length > 0 ? random.pick(known.subshells) : null)],
  ])();
  const header = headerOf(id, type, subshell === undefined ? {} : { subshell_id: subshell });
  if (type === 'input_reply') {
    const frames = seal({ header, content: { value: random.text() } });
    return { name: type, id, channel: 'stdin', expected: 'nothing', frames };
  }
  const comm = commMessages[type];
  const content = (comm ?? requests[type])?.(random, known);
  const buffers = comm && random.chance(0.3) ? [random.bytes(50), Buffer.alloc(0)] : [];
  const metadata = random.chance(0.2) ? random.object() : {};
  const frames = seal({ header, metadata, content }, { buffers });
  if (comm) return { name: type, id, channel: 'shell', expected: 'pair', frames };
  const channel = controlOnly.test(type) || random.chance(0.1) ? 'control' : 'shell';
  return { name: type, id, channel, expected: 'reply', reply: replyType(type), frames };
}

const controlOnly = /^(interrupt|debug|usage|\w+_subshell)_request$/;
