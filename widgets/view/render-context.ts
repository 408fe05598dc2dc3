/** A widget's model as a view sees it: the part of a Backbone model that anywidget promises too. */
export interface ViewModel<State> {
  get<K extends keyof State & string>(name: K): State[K];
  set<K extends keyof State & string>(name: K, value: State[K]): void;
  save_changes(): void;
  /** `change:NAME` for state, `msg:custom` for messages of the kernel's widget: content, then buffers. */
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: object): void;
}

/** What `render` gets, as in anywidget: the element is the host's, a view adds children and removes them again. */
export interface RenderContext<State> {
  readonly model: ViewModel<State>;
  readonly el: HTMLElement;
}

/** Takes the drawing away and frees everything it holds. */
export type Cleanup = () => void;
