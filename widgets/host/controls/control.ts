import { standardVersion } from '../../shared/protocol.ts';
import { type BoxOptions, type BoxState, DOMWidget } from '../dom-widget.ts';
import type { BrowserKeys, ModelKind } from '../widget.ts';
import { ControlStyle, type StyleName } from './style.ts';

/** The classes of a control in `@jupyter-widgets/controls`: `XModel` and `XView`. */
export function controlKind(name: string): ModelKind {
  return {
    module: '@jupyter-widgets/controls',
    version: standardVersion,
    model: `${name}Model`,
    view: `${name}View`,
  };
}

export interface ControlOptions extends BoxOptions {
  /** The text beside the control. */
  readonly description?: string | undefined;
  readonly disabled?: boolean | undefined;
}

interface Styled {
  readonly style: ControlStyle;
}

/** A control with a style model of its own, which is closed with it. */
export class Control<State extends object> extends DOMWidget<State & Styled> {
  readonly #style: ControlStyle;

  constructor(
    name: string,
    style: StyleName,
    state: State,
    options: BoxOptions,
    keys: BrowserKeys<State & Styled & BoxState> = {},
  ) {
    const own = new ControlStyle(style);
    super(controlKind(name), { ...state, style: own }, options, keys);
    this.#style = own;
  }

  protected override onClosed(): void {
    super.onClosed();
    this.#style.close();
  }
}
