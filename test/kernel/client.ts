import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type curveKeyPair, Dealer, Request, Subscriber } from 'zeromq';
import { type Connection, endpoint, parseConnection } from '../../kernel/connection.ts';
import type { JsonObject, Message } from '../../kernel/messages.ts';
import { openWire, type Wire } from '../../kernel/wire.ts';

/** All that a kernel sent in answer to one request. */
export interface Turn {
  readonly reply: Record<string, unknown>;
  readonly iopub: readonly Message[];
  /** Text of one stream. */
  text(name?: 'stdout' | 'stderr'): string;
  /** Contents of the iopub messages of a type. */
  of(type: string): Record<string, unknown>[];
}

const key = 'a-key-for-tests';

type Channel = 'shell' | 'control' | 'stdin' | 'iopub';

/** A kernel in a process of its own, and a client that speaks to it as front ends do. */
export class TestKernel {
  readonly process: ChildProcess;
  readonly wire: Wire;
  readonly log: { channel: Channel; message: Message }[] = [];
  readonly folder: string;
  readonly #sockets: { shell: Dealer; control: Dealer; stdin: Dealer };
  readonly #iopub: Subscriber;
  readonly #waiting = new Set<() => void>();
  readonly #byParent = new Map<unknown, { channel: Channel; message: Message }[]>();

  readonly #connection: Connection;
  readonly #curve: object;
  #closed = false;

  constructor(
    folder: string,
    process: ChildProcess,
    connection: Connection,
    { curve, routingId = 'test-client' }: { curve?: CurveKeys | undefined; routingId?: string } = {},
  ) {
    this.folder = folder;
    this.process = process;
    this.wire = openWire(connection);
    this.#connection = connection;
    // As jupyter_client does it, clients have the pair of the server.
    this.#curve = curve
      ? {
          curvePublicKey: curve.publicKey,
          curveSecretKey: curve.secretKey,
          curveServerKey: curve.publicKey,
        }
      : {};
    const dealer = (channel: 'shell' | 'control' | 'stdin') => {
      const socket = new Dealer({ routingId, linger: 0, ...this.#curve });
      socket.connect(endpoint(connection, channel));
      return socket;
    };
    this.#sockets = { shell: dealer('shell'), control: dealer('control'), stdin: dealer('stdin') };
    this.#iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0, ...this.#curve });
    this.#iopub.connect(endpoint(connection, 'iopub'));
    this.#iopub.subscribe();
    for (const channel of ['shell', 'control', 'stdin'] as const)
      void this.#read(channel, this.#sockets[channel]);
    void this.#read('iopub', this.#iopub);
  }

  /** Starts a kernel (`main`: its program, by default the sources) in a folder of its own; `args` and `env` go to it. */
  static async start(options: StartOptions = {}) {
    const { main = sources, args = [], env = {}, transport = 'tcp', curve } = options;
    const folder = mkdtempSync(join(tmpdir(), 'furrow-kernel-'));
    const ports = transport === 'ipc' ? [1, 2, 3, 4, 5] : await freePorts(5);
    const [shell_port = 0, iopub_port = 0, stdin_port = 0, control_port = 0, hb_port = 0] = ports;
    const connection = {
      transport,
      ip: transport === 'ipc' ? join(folder, 'kernel') : '127.0.0.1',
      key,
      signature_scheme: 'hmac-sha256',
      ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
      ...(curve ? { curve_publickey: curve.publicKey, curve_secretkey: curve.secretKey } : {}),
    };
    const file = join(folder, 'connection.json');
    writeFileSync(file, JSON.stringify(connection));
    const [command, ...words] = options.command ?? [process.execPath, main];
    const child = spawn(command, [...words, file, ...args], {
      cwd: options.cwd ?? folder,
      stdio: ['ignore', 'ignore', process.env.FURROW_TEST_LOG ? 'inherit' : 'ignore'],
      env: { ...process.env, FURROW_HISTORY: join(folder, 'history'), FURROW_TYPES: 'off', ...env },
    });
    const read = parseConnection(JSON.stringify(connection), file);
    const kernel = new TestKernel(folder, child, read, { curve });
    await kernel.until(
      () => kernel.log.some(({ message }) => message.header.msg_type === 'iopub_welcome'),
      20_000,
    );
    return kernel;
  }

  /** Another client of the same kernel, with keys of its own. */
  another({ curve }: { curve?: CurveKeys | undefined } = {}): TestKernel {
    return new TestKernel(this.folder, this.process, this.#connection, { curve, routingId: randomUUID() });
  }

  /** What the heartbeat channel answers to `beat`. */
  async beat(): Promise<Buffer> {
    const heart = new Request({ linger: 0, ...this.#curve });
    heart.connect(endpoint(this.#connection, 'hb'));
    try {
      await heart.send('beat');
      const [answer = Buffer.alloc(0)] = await heart.receive();
      return answer;
    } finally {
      heart.close();
    }
  }

  /** Closes the sockets of this client. */
  close(): void {
    this.#closed = true;
    for (const socket of [...Object.values(this.#sockets), this.#iopub]) socket.close();
  }

  /** Sends a request, `header` over what headers have anyway; its message id. */
  send(
    type: string,
    content: unknown,
    options: {
      channel?: 'shell' | 'control' | 'stdin';
      buffers?: Uint8Array[];
      header?: Record<string, unknown>;
      parent?: JsonObject;
    } = {},
  ) {
    const { channel = 'shell', buffers, header, parent = {} } = options;
    const frames = this.wire.encode({
      identities: [],
      type,
      parent,
      content: content as JsonObject,
      buffers,
    });
    if (header) {
      frames[2] = JSON.stringify({ ...JSON.parse(String(frames[2])), ...header });
      frames[1] = sign(frames.slice(2, 6));
    }
    return this.sendFrames(frames, channel);
  }

  /** Sends frames as they are; the message id in their header. */
  sendFrames(
    frames: readonly (Buffer | string | Uint8Array)[],
    channel: 'shell' | 'control' | 'stdin' = 'shell',
  ) {
    this.sendRaw(frames, channel);
    return (JSON.parse(String(frames[2])) as { msg_id: string }).msg_id;
  }

  /** Sends anything at all. */
  sendRaw(frames: readonly (Buffer | string | Uint8Array)[], channel: 'shell' | 'control' | 'stdin'): void {
    this.#sockets[channel].send([...frames]).catch((error: unknown) => {
      if (!this.#closed) throw error;
    });
  }

  /** Where another subscriber of iopub connects to. */
  get iopubAddress(): string {
    return endpoint(this.#connection, 'iopub');
  }

  /** Reads nothing of iopub any more: its subscription ends. */
  stopListening(): void {
    this.#iopub.close();
  }

  /** Forgets what came so far. */
  forget(): void {
    this.log.length = 0;
    this.#byParent.clear();
  }

  /** How many messages came in answer to this request, on all channels together. */
  heard(id: string): number {
    return this.#byParent.get(id)?.length ?? 0;
  }

  /** Starts a cell; its message id. */
  startCell(code: string, { subshell_id, ...options }: Record<string, unknown> = {}): string {
    const defaults = { silent: false, store_history: true, allow_stdin: false, stop_on_error: true };
    const content = { code, user_expressions: {}, ...defaults, ...options };
    return this.send(
      'execute_request',
      content,
      subshell_id === undefined ? {} : { header: { subshell_id } },
    );
  }

  /** Runs a cell to its end. */
  async run(code: string, options: Record<string, unknown> = {}): Promise<Turn> {
    return this.turn(this.startCell(code, options));
  }

  /** Sends a request and waits for reply and idle. */
  async ask(type: string, content: unknown, channel: 'shell' | 'control' = 'shell'): Promise<Turn> {
    return this.turn(this.send(type, content, { channel }), channel);
  }

  /** Waits for the reply and the idle status of a request. */
  async turn(id: string, channel: 'shell' | 'control' = 'shell', limit = 15_000): Promise<Turn> {
    await this.until(() => this.answers(id, channel).length > 0 && this.states(id).includes('idle'), limit);
    const iopub = this.answers(id, 'iopub');
    const of = (type: string) =>
      iopub
        .filter(({ header }) => header.msg_type === type)
        .map(({ content }) => content as Record<string, unknown>);
    return {
      reply: this.answers(id, channel)[0]?.content as Record<string, unknown>,
      iopub,
      of,
      text: (name = 'stdout') =>
        of('stream')
          .filter((content) => content.name === name)
          .map(({ text }) => text)
          .join(''),
    };
  }

  /** Messages on a channel whose parent is this request. */
  answers(id: string, channel: Channel): Message[] {
    const all = this.#byParent.get(id) ?? [];
    return all.filter((entry) => entry.channel === channel).map(({ message }) => message);
  }

  /** Messages of a type on iopub. */
  published(type: string): Message[] {
    return this.log
      .filter(({ channel, message }) => channel === 'iopub' && message.header.msg_type === type)
      .map(({ message }) => message);
  }

  /** Execution states published for a request. */
  states(id: string): unknown[] {
    return this.answers(id, 'iopub')
      .filter(({ header }) => header.msg_type === 'status')
      .map(({ content }) => (content as JsonObject).execution_state);
  }

  /** Resolves once `condition` holds; looked at whenever a message has come. */
  async until(condition: () => boolean, limit = 15_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`Waited ${limit} ms for ${condition}`)), limit);
    const look = () => condition() && resolve();
    this.#waiting.add(look);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(look);
    });
  }

  /** Ends the kernel, whatever it is doing, and removes its folder. */
  async stop(): Promise<void> {
    this.close();
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #read(channel: Channel, socket: Dealer | Subscriber): Promise<void> {
    let turns = 0;
    for await (const frames of socket) {
      // Messages that are there already come without a turn of the event loop, in which time limits would pass.
      if (++turns % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      const entry = { channel, message: this.wire.decode(frames as Buffer[]) };
      this.log.push(entry);
      const { msg_id: parent } = entry.message.parent;
      const answers = this.#byParent.get(parent);
      if (answers) answers.push(entry);
      else this.#byParent.set(parent, [entry]);
      for (const look of this.#waiting) look();
    }
  }
}

/** The program of the kernel, unbuilt. */
const sources = fileURLToPath(new URL('../../kernel/main.ts', import.meta.url));

interface StartOptions {
  readonly main?: string;
  /** Another kernel altogether, in words that the connection file follows. */
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly transport?: 'tcp' | 'ipc';
  /** Where it is started, by default the folder of its own. */
  readonly cwd?: string | undefined;
  /** Keys of the server: the connection is encrypted. */
  readonly curve?: CurveKeys | undefined;
}

type CurveKeys = ReturnType<typeof curveKeyPair>;

/** The signature of parts of a message, with the key of the kernels made here. */
export function sign(parts: readonly (Buffer | string | Uint8Array)[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** `text/plain` of the result of a turn. */
export function plainOf(turn: Turn): unknown {
  const [result] = turn.of('execute_result');
  return (result?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

/** Ports of this machine that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  return ports;
}
