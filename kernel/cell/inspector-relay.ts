import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { type InspectorOrder, type InspectorReport, inspectorDescriptor } from './protocol.ts';

/** The inspector of the main thread, for a debugger in the kernel's process. */
export interface InspectorRelay {
  obey(order: InspectorOrder): void;
  /** An interrupt begins: nothing pauses from now on, and what is paused is terminated. */
  letGo(): void;
  /** The interrupt got through: breakpoints count again. */
  holdAgain(): void;
}

/** No front end shows more, and the kernel must not be busy with it. */
const mostCharacters = 8 * 2 ** 20;
const tooLarge = 'The value is too large to be shown';

/** What is told of a stop that would not pass whole: its innermost frames, and the beginning of each text. */
const mostFrames = 500;
const mostText = 10_000;

/** Makes a relay in the helper thread; no inspector session is opened before the first order. */
export function openInspectorRelay(): InspectorRelay {
  let session: Session | undefined;
  let out: Socket | undefined;
  let debugging = false;
  let paused = false;

  const tell = (report: InspectorReport): void => {
    out ??= new Socket({ fd: inspectorDescriptor, readable: false, writable: true });
    const line = JSON.stringify(report);
    if (line.length <= mostCharacters) out.write(`${line}\n`);
    else if ('id' in report) tell({ id: report.id, error: `${tooLarge} (${line.length} characters)` });
    // Nobody would let go a stop that was not told.
    else out.write(`${JSON.stringify(report, shortened)}\n`);
  };

  const open = (): Session => {
    const opened = new Session();
    opened.connectToMainThread();
    opened.on('inspectorNotification', (message: object) => {
      const { method, params } = message as { method: string; params: { url?: string } };
      if (method === 'Debugger.paused') paused = true;
      if (method === 'Debugger.resumed') paused = false;
      // There are hundreds of modules of Node, of which no debugger of cells wants to know.
      if (method.startsWith('Debugger.script') && /^(node:|$)/.test(params.url ?? '')) return;
      tell({ method, params });
    });
    return opened;
  };

  return {
    obey(order) {
      if (order.type === 'inspector-close') {
        session?.disconnect();
        session = undefined;
        debugging = paused = false;
        return;
      }
      const { id, method, parameters } = order;
      if (method === 'Debugger.enable') debugging = true;
      if (method === 'Debugger.disable') debugging = paused = false;
      session ??= open();
      session.post(method, parameters, (error: unknown, result: unknown) => {
        if (error) tell({ id, error: textOf(error) });
        else tell({ id, result: result as object });
      });
    },
    letGo() {
      if (!debugging) return;
      session?.post('Debugger.setSkipAllPauses', { skip: true });
      if (paused) session?.post('Debugger.resume', { terminateOnResume: true });
    },
    holdAgain() {
      if (debugging) session?.post('Debugger.setSkipAllPauses', { skip: false });
    },
  };
}

/** Cuts lists of frames and texts as JSON is written. */
function shortened(name: string, value: unknown): unknown {
  if (name === 'callFrames' && Array.isArray(value)) return value.slice(0, mostFrames);
  return typeof value === 'string' && value.length > mostText ? `${value.slice(0, mostText)}…` : value;
}

function textOf(error: unknown): string {
  const { message, data } = error as { message?: string; data?: string };
  return [message, data].filter(Boolean).join(': ') || String(error);
}
