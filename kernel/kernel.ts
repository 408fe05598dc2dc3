import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BoundSockets } from './bind-sockets.ts';
import { type CellEvents, CellSession } from './cell-session.ts';
import { CommRegistry } from './comms.ts';
import { LanguageClient } from './compiler/language-client.ts';
import type { Connection } from './connection.ts';
import type { Debuggee } from './debug/debuggee.ts';
import { Dispatcher } from './dispatch.ts';
import { InputNotAllowed } from './errors.ts';
import { answerCommInfo } from './handlers/comm-info.ts';
import { handleComm } from './handlers/comm-message.ts';
import { answerComplete } from './handlers/complete.ts';
import { openDebugDesk } from './handlers/debug.ts';
import { answerExecute } from './handlers/execute.ts';
import { answerHistory } from './handlers/history.ts';
import { answerInspect } from './handlers/inspect.ts';
import { answerInterrupt } from './handlers/interrupt.ts';
import { answerIsComplete } from './handlers/is-complete.ts';
import { answerKernelInfo } from './handlers/kernel-info.ts';
import { answerShutdown } from './handlers/shutdown.ts';
import { answerSubshells } from './handlers/subshells.ts';
import { answerUsage } from './handlers/usage.ts';
import { History, historyFolder } from './history.ts';
import { Output } from './output.ts';
import { openSockets } from './sockets.ts';
import { Stdin } from './stdin.ts';
import { TypeCheck } from './type-check.ts';
import { typeSettings } from './type-settings.ts';
import { openWire } from './wire.ts';

/** A kernel that serves its connection. */
export interface Kernel {
  /** Ends what runs, and aborts the cells that wait. */
  interrupt(): void;
  /** Sends what is to be sent, ends the cell process and this one. */
  shutDown(): void;
}

/** Types of what cells see of the kernel itself. */
const globalTypes = fileURLToPath(
  new URL(`./cell/globals${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** Milliseconds that a shutdown waits for its last messages to leave. */
const lastMessagesMs = 500;

/** Serves the bound sockets of a connection, and starts the cell process beside them. */
export function startKernel(
  connection: Connection,
  bound: BoundSockets,
  { prelude, environment }: { prelude?: string | undefined; environment: NodeJS.ProcessEnv },
): Kernel {
  const folder = notebookFolder(environment);
  const wire = openWire(connection);
  const comms = new CommRegistry();
  const history = new History(historyFolder(environment));
  const { mode, idleMs } = typeSettings(environment, (text) => process.stderr.write(`furrow: ${text}\n`));
  const language = new LanguageClient({
    globalTypes,
    preludeTypes: prelude,
    untyped: ['tslab'],
    folder,
    idleMs,
    onNotice: (notice) => types.tell(notice),
  });
  const types = new TypeCheck(language, mode, { warms: idleMs > 0 });

  const sockets = openSockets(bound, wire, {
    request: (channel, frames) => dispatcher.receive(channel, frames),
    stdin: (frames) => stdin.receive(frames),
    subscribed: (topic) => output.welcome(topic),
    hold: (on) => cells.holdBack(on),
    cut: () => output.tellCut(),
  });
  const output = new Output(sockets.publish);
  const stdin = new Stdin(wire, (message) => sockets.send('stdin', message));
  const { debuggee, answer: answerDebug } = openDebugDesk({
    output,
    start: () => cells.start(),
    send: (order) => cells.inspect(order),
    interrupt: () => interrupt(),
  });
  const events = cellEvents({ output, stdin, comms, language, debuggee });
  const cells: CellSession = new CellSession({ folder, prelude }, events);

  const interrupt = (): void => {
    stdin.reset();
    types.interrupt();
    void cells.interrupt();
  };
  const shutDown = (): void => {
    types.close();
    history.flush();
    language.close();
    cells.close();
    output.flush();
    const exit = () => {
      sockets.close();
      process.exit(0);
    };
    // The reply and its status are sent after this call.
    setTimeout(() => void sockets.drained().then(exit), 20);
    setTimeout(() => process.exit(0), lastMessagesMs);
  };
  const dispatcher: Dispatcher = new Dispatcher({
    wire,
    output,
    send: sockets.send,
    queued: {
      execute_request: answerExecute({
        output,
        cells,
        history,
        language,
        types,
        debuggee,
        abortQueue: (failed) => dispatcher.abortQueue(failed),
      }),
      history_request: answerHistory(history),
    },
    handlers: {
      kernel_info_request: answerKernelInfo(),
      complete_request: answerComplete(language, cells),
      inspect_request: answerInspect(language, cells),
      is_complete_request: answerIsComplete(language),
      comm_info_request: answerCommInfo(comms),
      interrupt_request: answerInterrupt(interrupt),
      usage_request: answerUsage(),
      shutdown_request: answerShutdown(shutDown),
      debug_request: answerDebug,
      ...answerSubshells({
        createSubshell: () => dispatcher.createSubshell(),
        listSubshells: () => dispatcher.listSubshells(),
        deleteSubshell: (id) => dispatcher.deleteSubshell(id),
      }),
    },
    comm: handleComm(cells, comms),
    now: Date.now,
  });
  cells.start();
  return { interrupt, shutDown };
}

/** What cells do, as messages. */
function cellEvents(parts: {
  output: Output;
  stdin: Stdin;
  comms: CommRegistry;
  language: LanguageClient;
  debuggee: Debuggee;
}): CellEvents {
  const { output, stdin, comms, language, debuggee } = parts;
  return {
    stream: (request, name, text) => output.stream(request, name, text),
    native: (name, text) => output.stream(output.latest, name, Buffer.from(text)),
    display: (request, { displayId, update, data, metadata }) => {
      const type = update ? 'update_display_data' : 'display_data';
      output.publish(request, type, { data, metadata, transient: { display_id: displayId } });
    },
    clear: (request, wait) => output.publish(request, 'clear_output', { wait }),
    folderChanged: () => language.folderChanged(),
    comm: (request, { kind, commId, target, data, metadata }, buffers) => {
      if (kind === 'open') comms.open(commId, target);
      if (kind === 'close') comms.close(commId);
      const content = { comm_id: commId, data, ...(kind === 'open' ? { target_name: target } : {}) };
      output.publish(request, `comm_${kind}`, content, { metadata, buffers });
    },
    input: (request, { prompt, password }, answer) => {
      const origin = output.originOf(request);
      if (origin) stdin.ask(origin, { prompt, password }, answer);
      else answer(new InputNotAllowed('No cell has run yet, so there is no front end to ask'));
    },
    inspector: (report) => debuggee.receive(report),
    started: () => debuggee.started(),
    gone: () => {
      debuggee.gone();
      stdin.reset();
      for (const commId of comms.clear())
        output.publish(output.latest, 'comm_close', { comm_id: commId, data: {} });
    },
    died: (reason, running) => {
      if (!running) output.stream(output.latest, 'stderr', Buffer.from(`${reason.message}\n`));
      output.flush();
      process.stderr.write(`furrow: ${reason.message}\n`);
    },
  };
}

/** The folder of the notebook that Jupyter's server names, else the current one. */
function notebookFolder({ JPY_SESSION_NAME: notebook }: NodeJS.ProcessEnv): string {
  const folder = notebook && isAbsolute(notebook) ? dirname(notebook) : process.cwd();
  return existsSync(folder) ? folder : process.cwd();
}
