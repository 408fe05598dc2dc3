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

export function boxState({ layout, tooltip }: BoxOptions): BoxState {
  return {
    layout: layout instanceof Layout ? layout : new Layout(layout),
    tooltip: tooltip ?? null,
    tabbable: null,
    _dom_classes: [],
  };
}

/** A widget that is drawn, with a layout of its own. */
export class DOMWidget<State extends object> extends Widget<State & BoxState> {
  constructor(kind: ModelKind, state: State, options: BoxOptions, keys: BrowserKeys<State & BoxState> = {}) {
    super(kind, { ...state, ...boxState(options) }, keys);
  }

  get layout(): Layout {
    return this.get('layout');
  }
}
