import { Layout, type LayoutState } from './layout.ts';
import { type BrowserKeys, type ModelKind, Widget } from './widget.ts';

/** Options that every drawn widget takes. */
export interface BoxOptions {
  readonly layout?: Layout | Partial<LayoutState> | undefined;
  /** The text of the tooltip. */
  readonly tooltip?: string | undefined;
}

/** The keys that `@jupyter-widgets/base` wants of every drawn widget. */
export interface BoxState {
  readonly layout: Layout;
  readonly tooltip: string | null;
  readonly tabbable: boolean | null;
  readonly _dom_classes: readonly string[];
}

function boxState({ layout, tooltip }: BoxOptions): BoxState {
  return {
    layout: layout instanceof Layout ? layout : new Layout(layout),
    tooltip: tooltip ?? null,
    tabbable: null,
    _dom_classes: [],
  };
}

/** A widget that is drawn. It closes the layout that it made itself; one that it was given may belong to others too. */
export class DOMWidget<State extends object> extends Widget<State & BoxState> {
  readonly #ownLayout: Layout | undefined;

  constructor(kind: ModelKind, state: State, options: BoxOptions, keys: BrowserKeys<State & BoxState> = {}) {
    const box = boxState(options);
    super(kind, { ...state, ...box }, keys);
    this.#ownLayout = box.layout === options.layout ? undefined : box.layout;
  }

  get layout(): Layout {
    return this.get('layout');
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#ownLayout?.close();
  }
}
