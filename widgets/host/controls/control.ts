import { standardVersion } from '../../shared/protocol.ts';
import type { BoxOptions } from '../dom-widget.ts';
import type { ModelKind } from '../widget.ts';

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
