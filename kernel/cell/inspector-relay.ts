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

/** Makes a relay in the helper thread; no inspector session is opened before the first order. */
export function openInspectorRelay(): InspectorRelay {
  let session: Session | undefined;
  let out: Socket | undefined;
  let debugging = false;
  let paused = false;

  const tell = (report: InspectorReport): void => {
    out ??= new Socket({ fd: inspectorDescriptor, readable: false, writable: true });
    out.write(`${JSON.stringify(report)}\n`);
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

function textOf(error: unknown): string {
  const { message, data } = error as { message?: string; data?: string };
  return [message, data].filter(Boolean).join(': ') || String(error);
}
