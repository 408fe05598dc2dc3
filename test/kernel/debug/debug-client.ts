import assert from 'node:assert/strict';
import type { JsonObject } from '../../../kernel/messages.ts';
import { TestKernel } from '../client.ts';

export type Body = Record<string, never> & { [name: string]: unknown };

/** A debugger's side of a kernel, as front ends are. */
export class TestDebugger {
  readonly kernel: TestKernel;
  #seq = 0;

  constructor(kernel: TestKernel) {
    this.kernel = kernel;
  }

  static async start(options: Parameters<typeof TestKernel.start>[0] = {}): Promise<TestDebugger> {
    return new TestDebugger(await TestKernel.start(options));
  }

  /** Sends a request; the whole response. */
  async ask(command: string, given: JsonObject = {}): Promise<Record<string, unknown>> {
    this.#seq += 1;
    const content = { type: 'request', seq: this.#seq, command, arguments: given };
    const { reply } = await this.kernel.ask('debug_request', content, 'control');
    assert.equal(reply.request_seq, this.#seq);
    assert.equal(reply.command, command);
    return reply;
  }

  /** Sends a request that has to succeed; the body of the response. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies are read field by field, each by a check of its own
  async request(command: string, given: JsonObject = {}): Promise<any> {
    const reply = await this.ask(command, given);
    assert.equal(reply.success, true, `${command}: ${String(reply.message)}`);
    return reply.body;
  }

  async attach(): Promise<void> {
    await this.request('initialize', { clientID: 'test' });
    await this.request('attach');
  }

  /** Sets breakpoints in a cell with this code; its path. */
  async breakIn(code: string, ...breakpoints: JsonObject[]): Promise<string> {
    const { sourcePath: path } = await this.request('dumpCell', { code });
    await this.request('setBreakpoints', { source: { path }, breakpoints });
    await this.request('configurationDone');
    return path as string;
  }

  /** Bodies of the events of a kind so far. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  events(kind: string): any[] {
    return this.kernel
      .published('debug_event')
      .map(({ content }) => content as { event: string; body: unknown })
      .filter(({ event }) => event === kind)
      .map(({ body }) => body);
  }

  /** Waits until there have been so many stops; the frames of the latest. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async stop(count = 1): Promise<any[]> {
    await this.kernel.until(() => this.events('stopped').length >= count, 8000);
    const { stackFrames } = await this.request('stackTrace', { threadId: 1 });
    return stackFrames;
  }

  /** Names and values of what a reference or scope holds. */
  async values(variablesReference: number): Promise<Record<string, string>> {
    const { variables } = await this.request('variables', { variablesReference });
    return Object.fromEntries(variables.map(({ name, value }: Record<string, string>) => [name, value]));
  }

  stopKernel(): Promise<void> {
    return this.kernel.stop();
  }
}
