import type { Debugger } from 'node:inspector';
import type { InspectorReport } from '../cell/protocol.ts';
import { DebugRefused } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import { Breakpoints } from './breakpoints.ts';
import { InspectorClient, type InspectorSend } from './inspector-client.ts';
import { type ExceptionMode, hiddenScripts, isHidden, judgePause, type Thrown } from './judge-pause.ts';
import { Sources } from './sources.ts';
import type { StoppedFrame } from './stopped.ts';
import { held, Variables } from './variables.ts';

/** The cells run on one thread; JupyterLab asks about number 1 whatever the list says. */
export const cellThread = 1;

/** A stop that follows a step so soon takes the place of going on and stopping again. */
const stepMs = 60;

/** How long code that is nobody's may run before a pause is tried again. */
const pauseAgainMs = 20;

/** How an event reaches front ends. */
export type PublishEvent = (event: string, body: JsonObject) => void;

/** The cell process under a debugger: attached or not, running or stopped. It may be replaced meanwhile. */
export class Debuggee {
  readonly inspector: InspectorClient;
  readonly sources = new Sources();
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  readonly #publish: PublishEvent;
  /** Starts the cell process where there is none. */
  readonly #start: () => void;
  /** URLs of scripts by their number: frames do not say what a `sourceURL` comment does. */
  readonly #scripts = new Map<string, string>();
  #frames: readonly StoppedFrame[] = [];
  #frameCount = 0;
  #attached: Promise<void> | undefined;
  #mode: ExceptionMode = 'none';
  #pausing = false;
  #stepping: NodeJS.Timeout | undefined;
  #thrown: Thrown | undefined;

  constructor({ start, send, publish }: { start: () => void; send: InspectorSend; publish: PublishEvent }) {
    this.inspector = new InspectorClient(send);
    this.breakpoints = new Breakpoints(this.inspector, this.sources);
    this.variables = new Variables(this.inspector);
    this.#publish = publish;
    this.#start = start;
  }

  /** Frames of the stop, innermost first; none while it runs. */
  get frames(): readonly StoppedFrame[] {
    return this.#frames;
  }

  get stopped(): boolean {
    return this.#frames.length > 0;
  }

  /** Whether exceptions have to be told as they are thrown, which evaluating does not do by itself. */
  get wantsExceptions(): boolean {
    return this.#attached !== undefined && this.#mode !== 'none';
  }

  /** What was thrown, when that is why it stopped. */
  get thrown(): Thrown | undefined {
    return this.#thrown;
  }

  /** Paths of the modules that are loaded from files. */
  get files(): string[] {
    const urls = [...this.#scripts.values()].filter((url) => url.startsWith('file:') && !isHidden(url));
    return [...new Set(urls.flatMap((url) => this.sources.pathOfScript(url) ?? []))];
  }

  /** From now on cells stop at breakpoints; also those of cell processes to come. */
  async attach(): Promise<void> {
    this.#attached ??= this.#connect();
    const connecting = this.#attached;
    try {
      await connecting;
    } catch (error) {
      if (this.#giveUp(connecting)) throw error;
      return this.attach(); // the process was replaced meanwhile, and the debugger goes on with the new one
    }
  }

  /** Lets go what is stopped, and forgets the breakpoints. */
  detach(): void {
    if (this.#attached) this.inspector.close();
    this.#attached = undefined;
    this.#mode = 'none';
    this.#drop();
    this.breakpoints.clear();
  }

  /** A new cell process has started; a debugger that was attached to the old one goes on with it. */
  started(): void {
    if (!this.#attached) return;
    this.#attached = this.#connect();
    this.#attached.catch((error: unknown) => process.stderr.write(`furrow: no debugger: ${String(error)}\n`));
  }

  /** The cell process is gone, and all that was known of it. */
  gone(): void {
    this.inspector.lose();
    this.#drop();
    if (this.#attached) this.#publish('terminated', {});
  }

  /** A cell is about to run as this script: its breakpoints hold when this resolves. */
  async beforeCell(script: string, code: string): Promise<void> {
    this.sources.addScript(script, code);
    if (!this.#attached) return;
    this.#start(); // one that died at once is not there again by itself
    try {
      await this.#attached;
      await this.breakpoints.addScript(this.sources.pathOf(code), script);
    } catch (error) {
      if (!(error instanceof DebugRefused)) throw error; // the cell runs all the same
    }
  }

  async setExceptionMode(mode: ExceptionMode): Promise<void> {
    this.#mode = mode;
    if (!this.#attached) return;
    await this.#attached;
    await this.#tellMode();
  }

  /** Goes on in one of the ways of the inspector (`Debugger.stepOver`...). Throws `DebugRefused` unless it is stopped. */
  async proceed(method: string): Promise<void> {
    if (!this.stopped) throw new DebugRefused('No cell is stopped');
    // Not after the answer: the next stop may have come with it.
    if (method === 'Debugger.resume') this.#goOn();
    else {
      this.#stepping = setTimeout(() => this.#endStep(), stepMs);
      this.#forgetFrames();
    }
    this.#release();
    await this.inspector.request(method);
  }

  /** Stops at the next statement of a cell. */
  async pause(): Promise<void> {
    if (!this.#attached) throw new DebugRefused('The debugger is not attached');
    this.#pausing = true;
    await this.inspector.request('Debugger.pause');
  }

  /** What the inspector says, or code of a cell that writes where it should not. */
  receive(report: InspectorReport): void {
    try {
      this.#take(report);
    } catch (error) {
      process.stderr.write(`furrow: not understood by the debugger: ${String(error)}\n`);
    }
  }

  #take(report: InspectorReport): void {
    if (!('method' in report)) this.inspector.receive(report);
    else if (report.method === 'Debugger.paused') this.#paused(report.params as Debugger.PausedEventDataType);
    else if (report.method === 'Debugger.resumed') this.#resumed();
    else if (report.method === 'Debugger.scriptParsed') {
      const { scriptId, url } = report.params as Debugger.ScriptParsedEventDataType;
      this.#scripts.set(scriptId, url);
    } else if (report.method === 'Debugger.breakpointResolved') {
      const changed = this.breakpoints.resolved(report.params as Debugger.BreakpointResolvedEventDataType);
      if (changed) this.#publish('breakpoint', changed);
    }
  }

  /** Gives up a connection that failed, unless another one has taken its place. */
  #giveUp(failed: Promise<void>): boolean {
    if (this.#attached && this.#attached !== failed) return false;
    if (this.#attached) this.inspector.close();
    this.#attached = undefined;
    return true;
  }

  async #connect(): Promise<void> {
    const { inspector } = this;
    await Promise.all([
      inspector.request('Debugger.enable'),
      inspector.request('Debugger.setBlackboxPatterns', { patterns: hiddenScripts, skipAnonymous: true }),
      this.#tellMode(),
      this.breakpoints.attach(),
    ]);
  }

  async #tellMode(): Promise<void> {
    // The inspector takes every error of a cell for caught, as the kernel shows it: which are not is seen at the stop.
    await this.inspector.request('Debugger.setPauseOnExceptions', {
      state: this.#mode === 'none' ? 'none' : 'all',
    });
  }

  #paused(event: Debugger.PausedEventDataType): void {
    if (!this.#attached) return; // it was on its way when the session was given up, which let it go
    const judgement = judgePause(event, {
      urlOf: (scriptId) => this.#scripts.get(scriptId) ?? '',
      isBehind: (url, line) => this.sources.isBehind(url, line),
      mode: this.#mode,
      pausing: this.#pausing,
    });
    if ('pass' in judgement) {
      this.#pass(judgement.pass);
      return;
    }
    const { reason, frames, thrown } = judgement;
    this.#pausing = false;
    clearTimeout(this.#stepping);
    this.#stepping = undefined;
    this.#frames = frames.map((frame) => ({ id: ++this.#frameCount, frame }));
    this.#thrown = thrown;
    this.#publish('stopped', {
      reason,
      threadId: cellThread,
      allThreadsStopped: true,
      hitBreakpointIds: this.breakpoints.idsOf(event.hitBreakpoints),
      ...(thrown
        ? { text: thrown.text, description: `Paused on ${thrown.caught ? 'a caught' : 'an'} exception` }
        : {}),
    });
  }

  /** Goes on from where nobody wants to stop; a pause that was asked for is tried again in a while. */
  #pass(method: string): void {
    this.inspector.request(method).catch(() => undefined); // it is gone
    if (method !== 'Debugger.resume' || !this.#pausing) return;
    setTimeout(() => {
      if (this.#pausing && this.#attached) this.pause().catch(() => undefined);
    }, pauseAgainMs);
  }

  #resumed(): void {
    const wasStopped = this.stopped;
    if (!this.#stepping) this.#goOn();
    else this.#forgetFrames();
    if (wasStopped) this.#release();
  }

  /** No stop came after a step: the cell runs, or has ended. */
  #endStep(): void {
    this.#stepping = undefined;
    if (!this.stopped) this.#publish('continued', { threadId: cellThread, allThreadsContinued: true });
  }

  #goOn(): void {
    const was = this.stopped || this.#stepping !== undefined;
    clearTimeout(this.#stepping);
    this.#stepping = undefined;
    this.#forgetFrames();
    if (was) this.#publish('continued', { threadId: cellThread, allThreadsContinued: true });
  }

  #forgetFrames(): void {
    if (!this.stopped) return;
    this.#frames = [];
    this.#thrown = undefined;
    this.variables.clear();
  }

  /** The cell process need not keep what was shown. */
  #release(): void {
    this.inspector.request('Runtime.releaseObjectGroup', { objectGroup: held }).catch(() => undefined);
  }

  /** Forgets a session that is gone; asking anything would begin another one. */
  #drop(): void {
    this.#pausing = false;
    this.#scripts.clear();
    this.breakpoints.detach();
    this.#goOn();
    this.variables.clear();
  }
}
