import { InvalidArgument } from '../../src/index.ts';
import { isRecord, type JsonObject } from '../shared/json.ts';
import { protocolVersion, viewMimeType, widgetTarget } from '../shared/protocol.ts';
import { type CommHandle, commPort } from './comm-port.ts';
import { forgetModel, rememberModel } from './live-models.ts';
import { modelBrand } from './model-reference.ts';
import { callSafely } from './observable.ts';
import { reportFailure } from './report-failure.ts';
import { packState, unpackState } from './wire-state.ts';

/** Which classes on the browser's side a widget has. `view` is null for models that draw nothing (layout, style). */
export interface ModelKind {
  readonly module: string;
  readonly version: string;
  readonly model: string;
  readonly view: string | null;
  /** Where the view lives, when not in the model's module. */
  readonly viewModule?: string;
}

/** Checks one value for a key and gives it back; throws `InvalidArgument`. */
export type Check<T> = (value: unknown) => T;

/** The keys that a browser may set, each with its check. Keys that are not named here are the kernel's alone. */
export type BrowserKeys<State> = { readonly [K in keyof State]?: Check<State[K]> };

export interface Change<Value> {
  readonly name: string;
  readonly value: Value;
  readonly previous: Value;
}

const display: unique symbol = Symbol.for('Jupyter.display');

/**
 * A model of the Jupyter widget protocol 2.1.0: state that kernel and browser share over one comm. It opens the comm when
 * it is made and keeps it until `close()`.
 */
export class Widget<State extends object> {
  readonly [modelBrand] = true as const;
  readonly modelId: string;
  readonly #kind: ModelKind;
  readonly #comm: CommHandle;
  readonly #keys: BrowserKeys<State>;
  readonly #observers = new Map<keyof State, Set<(change: Change<never>) => void | Promise<void>>>();
  #state: State;
  #closed = false;

  /** Throws `Unsupported` outside a kernel. */
  constructor(kind: ModelKind, state: State, keys: BrowserKeys<State> = {}) {
    this.#kind = kind;
    this.#state = { ...state };
    this.#keys = keys;
    const { state: wire, bufferPaths, buffers } = packState(this.fullState());
    this.#comm = commPort().open(
      widgetTarget,
      { state: wire, buffer_paths: bufferPaths },
      { metadata: { version: protocolVersion }, buffers },
    );
    this.modelId = this.#comm.id;
    this.#comm.onMessage((data, received) => this.#receive(data, received));
    this.#comm.onClose(() => this.#forget());
    rememberModel(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get<K extends keyof State>(name: K): State[K] {
    return this.#state[name];
  }

  /** Sets some keys and sends what changed. Throws `InvalidArgument` for a value that the key does not take. */
  set(values: Partial<State>): void {
    const changed = this.#assign(values);
    if (Object.keys(changed).length > 0) this.#sendUpdate('update', changed);
    this.#tell(changed);
  }

  /** Calls back after a key changed, by the kernel or by a browser; the function returned stops that. */
  observe<K extends keyof State>(
    name: K,
    callback: (change: Change<State[K]>) => void | Promise<void>,
  ): () => void {
    const callbacks = this.#observers.get(name) ?? new Set();
    this.#observers.set(name, callbacks);
    callbacks.add(callback);
    return () => callbacks.delete(callback);
  }

  /** Removes the widget from every page. */
  close(): void {
    if (this.#closed) return;
    this.#comm.close();
    this.#forget();
  }

  /** The MIME bundle that stands for the widget in an output; undefined keys are left out by the display. */
  [display](): Record<string, unknown> {
    if (this.#kind.view === null) return { 'text/plain': this.toString() };
    return {
      'text/plain': this.toString(),
      [viewMimeType]: { model_id: this.modelId, version_major: 2, version_minor: 0 },
    };
  }

  toString(): string {
    return this.#kind.model.replace(/Model$/, '');
  }

  /** Every key that travels, with the names of the classes on the other side. */
  fullState(): Record<string, unknown> {
    const { module, version, model, view, viewModule = module } = this.#kind;
    return {
      _model_module: module,
      _model_module_version: version,
      _model_name: model,
      _view_module: viewModule,
      _view_module_version: version,
      _view_name: view,
      _view_count: null,
      ...this.#state,
    };
  }

  /** Sends a message of the widget's own to all its views. */
  protected sendCustom(content: JsonObject, buffers: readonly Uint8Array[] = []): void {
    if (!this.#closed) this.#comm.send({ method: 'custom', content }, { buffers });
  }

  /** Called for a message of the views' own. What it throws is reported. */
  protected onCustom(content: unknown, _buffers: readonly Uint8Array[]): void | Promise<void> {
    throw new InvalidArgument(`${this} takes no custom message (${JSON.stringify(content)?.slice(0, 100)})`);
  }

  /** Called once, when the widget was closed from either side. */
  protected onClosed(): void {}

  #receive(data: unknown, buffers: readonly Uint8Array[]): void {
    try {
      if (!isRecord(data)) throw new InvalidArgument('a widget message that is no object');
      if (data.method === 'update') this.#receiveUpdate(unpackState(data.state, data.buffer_paths, buffers));
      else if (data.method === 'request_state') this.#sendUpdate('update', this.fullState());
      else if (data.method === 'custom')
        callSafely(
          (content: unknown) => this.onCustom(content, buffers),
          data.content,
          `a message for ${this}`,
        );
      else
        throw new InvalidArgument(`the widget protocol has no method '${String(data.method).slice(0, 50)}'`);
    } catch (error) {
      reportFailure(`a message for ${this}`, error);
    }
  }

  /** Takes what the browser may set; a refused value is answered with the value in force, so that the view goes back. */
  #receiveUpdate(asked: Record<string, unknown>): void {
    const echo: Record<string, unknown> = {};
    const corrected: Record<string, unknown> = {};
    const taken: Partial<State> = {};
    for (const key of Object.keys(asked) as (keyof State & string)[]) {
      const check = this.#check(key);
      if (check === undefined) continue;
      try {
        const value = check(asked[key]);
        taken[key] = value;
        echo[key] = asked[key];
        if (!sameValue(value, asked[key])) corrected[key] = value;
      } catch (error) {
        corrected[key] = this.#state[key];
        reportFailure(`'${key}' of ${this}`, error);
      }
    }
    if (Object.keys(echo).length > 0) this.#sendUpdate('echo_update', echo);
    const changed = this.#assign(taken);
    if (Object.keys(corrected).length > 0) this.#sendUpdate('update', corrected);
    this.#tell(changed);
  }

  /** Names come from outside: those of `Object.prototype` must not be taken for checks. */
  #check<K extends keyof State>(key: K): Check<State[K]> | undefined {
    return Object.hasOwn(this.#keys, key) ? this.#keys[key] : undefined;
  }

  /** Stores what is new and gives back, for every key that changed, the value before. */
  #assign(values: Partial<State>): Partial<State> {
    const checked: Partial<State> = {};
    for (const key of Object.keys(values) as (keyof State)[]) {
      const check = this.#check(key);
      const value = check === undefined ? values[key] : check(values[key]);
      if (value !== undefined) checked[key] = value as State[keyof State];
    }
    const previous: Partial<State> = {};
    for (const key of Object.keys(checked) as (keyof State)[])
      if (!sameValue(checked[key], this.#state[key])) previous[key] = this.#state[key];
    this.#state = { ...this.#state, ...checked };
    return previous;
  }

  #tell(previous: Partial<State>): void {
    for (const key of Object.keys(previous) as (keyof State & string)[]) {
      const change = { name: key, value: this.#state[key], previous: previous[key] } as Change<never>;
      for (const callback of [...(this.#observers.get(key) ?? [])])
        callSafely(callback, change, `an observer of '${key}'`);
    }
  }

  #sendUpdate(method: 'update' | 'echo_update', keys: object): void {
    if (this.#closed) return;
    const values = method === 'echo_update' ? keys : pick(this.fullState(), Object.keys(keys));
    const { state, bufferPaths, buffers } = packState(values);
    this.#comm.send({ method, state, buffer_paths: bufferPaths }, { buffers });
  }

  #forget(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgetModel(this);
    this.onClosed();
  }
}

function pick(state: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, state[key]]));
}

/** Lists are the same when their entries are; anything else by `Object.is`, so an object made anew is another. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((x, i) => sameValue(x, b[i]));
  return false;
}
