import { openAdapter } from '../debug/adapter.ts';
import { Debuggee } from '../debug/debuggee.ts';
import type { InspectorSend } from '../debug/inspector-client.ts';
import type { Handler } from '../dispatch.ts';
import { KernelError } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import type { Output } from '../output.ts';
import { fieldsOf } from '../validate.ts';

/** What a debugger needs of the kernel. */
export interface DebuggerParts {
  readonly output: Output;
  readonly start: () => void;
  readonly send: InspectorSend;
  readonly interrupt: () => void;
}

/** The debugger of the kernel: its handler, and what it wants to be told of the cell process. */
export interface DebugDesk {
  readonly debuggee: Debuggee;
  readonly answer: Handler;
}

/**
 * Answers `debug_request` (messaging 5.5): content is a request of the Debug Adapter Protocol, and so is the reply. One
 * that cannot be done is a response with `success: false`, never an error of the kernel.
 */
export function openDebugDesk({ output, start, send, interrupt }: DebuggerParts): DebugDesk {
  let seq = 0;
  const publish = (event: string, body: JsonObject): void => {
    seq += 1;
    output.publish(output.latest, 'debug_event', { seq, type: 'event', event, body });
  };
  const debuggee = new Debuggee({ start, send, publish });
  const adapter = openAdapter({ debuggee, interrupt, publish });
  const answer: Handler = async (request) => {
    const fields = fieldsOf(request);
    const command = fields.text('command');
    const given = fields.object('arguments', {});
    seq += 1;
    const response = { seq, type: 'response', request_seq: fields.integer('seq', bounds, 0), command };
    try {
      return { ...response, success: true, body: await adapter(command, given) };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return { ...response, success: false, message: error.message, body: {} };
    }
  };
  return { debuggee, answer };
}

const bounds = { least: 0, most: Number.MAX_SAFE_INTEGER };
