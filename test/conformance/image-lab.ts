import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { SetupFailed } from '../support/setup-failed.ts';

/** What happened to one code cell. */
export interface RanCell {
  readonly source: string;
  readonly status: string;
  readonly error: string | undefined;
  /** Plain texts that it printed or displayed. */
  readonly text: string;
}

interface Message {
  readonly parent_header?: { readonly msg_id?: string };
  readonly header: { readonly msg_type: string };
  readonly content: {
    readonly status?: string;
    readonly execution_state?: string;
    readonly evalue?: string;
    readonly text?: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
}

/** A JupyterLab server as its page speaks to it: by HTTP, and to kernels by a WebSocket. */
export interface LabClient {
  get(path: string): Promise<{ status: number; body: unknown }>;
  /** Runs code in a kernel made for it, cell by cell, and ends the kernel. `path` is the notebook's below the server's root. */
  run(path: string, cells: readonly string[], limitMs: number): Promise<RanCell[]>;
  /** Source texts of a notebook's code cells. */
  codeCells(path: string): Promise<string[]>;
}

/** @param address ends with a slash */
export function labClient(address: string, token: string): LabClient {
  const headers = { authorization: `token ${token}` };
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(new URL(path, address), {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = answer.headers.get('content-type')?.includes('json') && text !== '';
    return { status: answer.status, body: json ? (JSON.parse(text) as unknown) : text };
  };
  return {
    get: (path) => ask('GET', path),
    codeCells: async (path) => {
      const { body } = await ask('GET', `api/contents/${path}?content=1`);
      const { content } = body as { content: { cells: { cell_type: string; source: string }[] } };
      return content.cells.filter((cell) => cell.cell_type === 'code').map((cell) => cell.source);
    },
    run: async (path, cells, limitMs) => {
      const session = { path, name: path, type: 'notebook', kernel: { name: 'furrow' } };
      const { status, body } = await ask('POST', 'api/sessions', session);
      if (status !== 201) throw new SetupFailed(`no session: ${JSON.stringify(body)}`);
      const { id, kernel } = body as { id: string; kernel: { id: string } };
      const url = new URL(`api/kernels/${kernel.id}/channels?session_id=${randomUUID()}`, address);
      url.protocol = 'ws:';
      const socket = new WebSocket(url, { headers });
      try {
        await opened(socket);
        const ran: RanCell[] = [];
        for (const source of cells) {
          const cell = await execute(socket, source, limitMs);
          ran.push(cell);
          if (cell.status !== 'ok') break;
        }
        return ran;
      } finally {
        socket.close();
        await ask('DELETE', `api/sessions/${id}`);
      }
    },
  };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
}

/** Ends when both the reply and `idle` came. */
async function execute(socket: WebSocket, source: string, limitMs: number): Promise<RanCell> {
  const id = randomUUID();
  const header = { msg_id: id, msg_type: 'execute_request', username: '', session: id, version: '5.4' };
  const content = {
    code: source,
    silent: false,
    store_history: true,
    allow_stdin: false,
    stop_on_error: true,
  };
  const message = {
    channel: 'shell',
    header: { ...header, date: '' },
    parent_header: {},
    metadata: {},
    content,
  };
  const texts: string[] = [];
  let [status, error, idle]: [string | undefined, string | undefined, boolean] = [
    undefined,
    undefined,
    false,
  ];
  const { promise, resolve, reject } = Promise.withResolvers<RanCell>();
  const listen = (data: unknown, isBinary: boolean) => {
    if (isBinary) return;
    const {
      parent_header: parent,
      header: { msg_type: type },
      content,
    } = JSON.parse(String(data)) as Message;
    if (parent?.msg_id !== id) return;
    if (type === 'execute_reply') status = content.status ?? 'none';
    if (type === 'error') error = content.evalue ?? type;
    if (type === 'stream') texts.push(content.text ?? '');
    if (content.data !== undefined) texts.push(String(content.data['text/plain'] ?? ''));
    if (type === 'status' && content.execution_state === 'idle') idle = true;
    if (status !== undefined && idle) resolve({ source, status, error, text: texts.join('\n') });
  };
  const timer = setTimeout(
    () => reject(new SetupFailed(`a cell takes longer than ${limitMs} ms: ${source}`)),
    limitMs,
  );
  socket.on('message', listen);
  try {
    socket.send(JSON.stringify(message));
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.off('message', listen);
  }
}
