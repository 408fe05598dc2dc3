import { InvalidArgument } from '../../../src/index.ts';
import { orNull, wholeNumber } from '../checks.ts';
import { Control, type ControlOptions } from './control.ts';

export interface DropdownOptions<T> extends ControlOptions {
  /** Values, or pairs of a label and its value. */
  readonly options: readonly (T | readonly [label: string, value: T])[];
  /** One of the values; the first when left out. */
  readonly value?: T | undefined;
}

interface DropdownState {
  readonly _options_labels: readonly string[];
  readonly index: number | null;
  readonly description: string;
  readonly description_allow_html: boolean;
  readonly disabled: boolean;
}

function isPair<T>(option: T | readonly [string, T]): option is readonly [string, T] {
  return Array.isArray(option) && option.length === 2 && typeof option[0] === 'string';
}

/** A list to choose one value from. Throws `InvalidArgument` when `value` is none of the options. */
export class Dropdown<T> extends Control<DropdownState> {
  readonly #values: readonly T[];

  constructor(options: DropdownOptions<T>) {
    const pairs = options.options.map((option): readonly [string, T] =>
      isPair(option) ? option : [String(option), option],
    );
    const values = pairs.map(([, value]) => value);
    const index =
      options.value === undefined ? (values.length > 0 ? 0 : null) : indexOf(values, options.value);
    super(
      'Dropdown',
      'DescriptionStyleModel',
      {
        _options_labels: pairs.map(([label]) => label),
        index,
        description: options.description ?? '',
        description_allow_html: false,
        disabled: options.disabled ?? false,
      },
      options,
      { index: orNull(wholeNumber(0, Math.max(0, values.length - 1))) },
    );
    this.#values = values;
  }

  /** The chosen value; undefined when the list is empty. */
  get value(): T | undefined {
    const index = this.get('index');
    return index === null ? undefined : this.#values[index];
  }

  set value(value: T) {
    this.set({ index: indexOf(this.#values, value) });
  }
}

function indexOf<T>(values: readonly T[], value: T): number {
  const index = values.findIndex((candidate) => Object.is(candidate, value));
  if (index < 0) throw new InvalidArgument(`a Dropdown without the option ${String(value)}`);
  return index;
}
