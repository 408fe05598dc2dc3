import type { Debugger } from 'node:inspector';
import type { JsonObject } from '../messages.ts';
import { type SourceBreakpoint, stopCondition } from './break-conditions.ts';
import type { InspectorClient } from './inspector-client.ts';
import { fileUrlPattern, type Sources } from './sources.ts';

interface Breakpoint {
  readonly id: number;
  readonly wanted: SourceBreakpoint;
  readonly expression?: string | undefined;
  readonly error?: string | undefined;
  /** Where it stops, once a script of its source is known. */
  line: number;
}

/** All breakpoints by the path of their source. They outlive cell processes, and hold in every script of a path. */
export class Breakpoints {
  readonly #inspector: InspectorClient;
  readonly #sources: Sources;
  readonly #byPath = new Map<string, Breakpoint[]>();
  /** Ids of the inspector, while one is attached, and whose they are. */
  readonly #set = new Map<string, { path: string; breakpoint: Breakpoint }>();
  #count = 0;
  #attached = false;

  constructor(inspector: InspectorClient, sources: Sources) {
    this.#inspector = inspector;
    this.#sources = sources;
  }

  /** Replaces the breakpoints of a source; what became of each, in the order given. */
  async replace(path: string, wanted: readonly SourceBreakpoint[]): Promise<JsonObject[]> {
    const old = [...this.#set].filter(([, set]) => set.path === path).map(([id]) => id);
    for (const id of old) this.#set.delete(id);
    await Promise.all(
      old.map((breakpointId) => this.#inspector.request('Debugger.removeBreakpoint', { breakpointId })),
    );
    const made = wanted.map((one) => this.#make(one));
    if (made.length > 0) this.#byPath.set(path, made);
    else this.#byPath.delete(path);
    if (this.#attached) await this.#setPath(path);
    return made.map((breakpoint) => told(breakpoint, path));
  }

  /** A debuggee is there (again). */
  async attach(): Promise<void> {
    this.#attached = true;
    this.#set.clear();
    await Promise.all([...this.#byPath.keys()].map((path) => this.#setPath(path)));
  }

  /** The debuggee is gone; breakpoints stay for the next. */
  detach(): void {
    this.#attached = false;
    this.#set.clear();
  }

  clear(): void {
    this.#byPath.clear();
    this.#set.clear();
  }

  /** Sets what is wanted in a cell's source in one more script of it; nothing to wait for where nothing is. */
  addScript(path: string, url: string): Promise<void> | undefined {
    const wanted = this.#byPath.get(path);
    if (!this.#attached || !wanted) return undefined;
    return this.#setIn(path, wanted, { url });
  }

  /** For `debugInfo`. */
  list(): JsonObject[] {
    return [...this.#byPath].map(([source, breakpoints]) => ({
      source,
      breakpoints: breakpoints.map((breakpoint) => told(breakpoint, source)),
    }));
  }

  /** Numbers of ours for those of the inspector. */
  idsOf(inspectorIds: readonly string[] = []): number[] {
    return inspectorIds.flatMap((id) => this.#set.get(id)?.breakpoint.id ?? []);
  }

  /** A script came in which a breakpoint found its place; what to tell front ends, when it is another line. */
  resolved({ breakpointId, location }: Debugger.BreakpointResolvedEventDataType): JsonObject | undefined {
    const set = this.#set.get(breakpointId);
    if (!set || set.breakpoint.line === location.lineNumber + 1) return undefined;
    set.breakpoint.line = location.lineNumber + 1;
    return { reason: 'changed', breakpoint: told(set.breakpoint, set.path) };
  }

  #make(wanted: SourceBreakpoint): Breakpoint {
    const id = ++this.#count;
    const { line } = wanted;
    const stop = stopCondition(wanted, id);
    return 'error' in stop
      ? { id, wanted, line, error: stop.error }
      : { id, wanted, line, expression: stop.expression };
  }

  async #setPath(path: string): Promise<void> {
    const wanted = this.#byPath.get(path) ?? [];
    if (!this.#sources.isCell(path)) return this.#setIn(path, wanted, { urlRegex: fileUrlPattern(path) });
    await Promise.all(this.#sources.scriptsOf(path).map((url) => this.#setIn(path, wanted, { url })));
  }

  async #setIn(path: string, wanted: readonly Breakpoint[], script: object): Promise<void> {
    const lines = new Set<number>();
    const ones = wanted.filter(({ error, wanted: { line } }) => {
      const first = error === undefined && !lines.has(line); // the inspector takes one a line
      lines.add(line);
      return first;
    });
    await Promise.all(
      ones.map(async (breakpoint) => {
        const {
          expression,
          wanted: { line },
        } = breakpoint;
        const parameters = {
          ...script,
          lineNumber: line - 1,
          ...(expression === undefined ? {} : { condition: expression }),
        };
        const { breakpointId, locations } =
          await this.#inspector.request<Debugger.SetBreakpointByUrlReturnType>(
            'Debugger.setBreakpointByUrl',
            parameters,
          );
        this.#set.set(breakpointId, { path, breakpoint });
        const [found] = locations;
        if (found) breakpoint.line = found.lineNumber + 1;
      }),
    );
  }
}

function told({ id, line, wanted, error }: Breakpoint, path: string): JsonObject {
  const { condition, hitCondition, logMessage } = wanted;
  const extras = { condition, hitCondition, logMessage };
  const state = error === undefined ? { verified: true } : { verified: false, message: error };
  return { id, line, source: { path }, ...state, ...extras };
}
