import { InvalidArgument } from '../../../src/index.ts';
import { wholeNumber } from '../checks.ts';
import { Control, type ControlOptions } from './control.ts';

export interface IntSliderOptions extends ControlOptions {
  readonly value?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | undefined;
  /** False: the value arrives when the mouse is let go. */
  readonly continuousUpdate?: boolean | undefined;
}

interface IntSliderState {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly description: string;
  readonly description_allow_html: boolean;
  readonly disabled: boolean;
  readonly continuous_update: boolean;
  readonly orientation: 'horizontal' | 'vertical';
  readonly readout: boolean;
  readonly readout_format: string;
  readonly behavior: string;
}

/** A slider of whole numbers. Throws `InvalidArgument` when min, max, step and value do not fit together. */
export class IntSlider extends Control<IntSliderState> {
  constructor(options: IntSliderOptions = {}) {
    const {
      min = 0,
      max = 100,
      step = 1,
      description = '',
      disabled = false,
      continuousUpdate = true,
    } = options;
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max)
      throw new InvalidArgument(`an IntSlider from ${min} to ${max}: both must be whole numbers, min <= max`);
    if (!Number.isSafeInteger(step) || step < 1)
      throw new InvalidArgument(`an IntSlider's step must be a whole number from 1, not ${step}`);
    const check = wholeNumber(min, max);
    const value = check(options.value ?? Math.min(Math.max(0, min), max));
    super(
      'IntSlider',
      'SliderStyleModel',
      {
        value,
        min,
        max,
        step,
        description,
        description_allow_html: false,
        disabled,
        continuous_update: continuousUpdate,
        orientation: 'horizontal',
        readout: true,
        readout_format: 'd',
        behavior: 'drag-tap',
      },
      options,
      { value: check },
    );
  }

  get value(): number {
    return this.get('value');
  }

  set value(value: number) {
    this.set({ value });
  }
}
