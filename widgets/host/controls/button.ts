import { InvalidArgument } from '../../../src/index.ts';
import { isRecord } from '../../shared/json.ts';
import { callSafely } from '../observable.ts';
import { Control, type ControlOptions } from './control.ts';

const appearances = ['', 'primary', 'success', 'info', 'warning', 'danger'] as const;

export interface ButtonOptions extends ControlOptions {
  readonly appearance?: (typeof appearances)[number] | undefined;
  /** The name of a Font Awesome icon, without `fa-`. */
  readonly icon?: string | undefined;
  readonly onClick?: (() => void | Promise<void>) | undefined;
}

interface ButtonState {
  readonly description: string;
  readonly disabled: boolean;
  readonly button_style: string;
  readonly icon: string;
}

/** A button; `onClick` in the options or the method of that name says what it does. */
export class Button extends Control<ButtonState> {
  readonly #clicked = new Set<() => void | Promise<void>>();

  constructor(options: ButtonOptions = {}) {
    super(
      'Button',
      'ButtonStyleModel',
      {
        description: options.description ?? '',
        disabled: options.disabled ?? false,
        button_style: options.appearance ?? '',
        icon: options.icon ?? '',
      },
      options,
    );
    if (options.onClick !== undefined) this.#clicked.add(options.onClick);
  }

  /** Calls back for every click; the function returned stops that. */
  onClick(callback: () => void | Promise<void>): () => void {
    this.#clicked.add(callback);
    return () => this.#clicked.delete(callback);
  }

  protected override onCustom(content: unknown): void {
    if (!isRecord(content) || content.event !== 'click')
      throw new InvalidArgument('a Button takes no message but a click');
    for (const callback of [...this.#clicked]) callSafely(callback, undefined, 'a click on a Button');
  }
}
