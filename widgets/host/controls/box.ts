import { type BoxOptions, DOMWidget } from '../dom-widget.ts';
import type { ModelReference } from '../model-reference.ts';
import { controlKind } from './control.ts';

interface BoxChildren {
  readonly children: readonly ModelReference[];
  readonly box_style: string;
}

class Box extends DOMWidget<BoxChildren> {
  constructor(name: 'HBox' | 'VBox', children: readonly ModelReference[], options: BoxOptions) {
    super(controlKind(name), { children: [...children], box_style: '' }, options);
  }

  get children(): readonly ModelReference[] {
    return this.get('children');
  }

  set children(children: readonly ModelReference[]) {
    this.set({ children: [...children] });
  }
}

/** Widgets side by side. */
export class HBox extends Box {
  constructor(children: readonly ModelReference[] = [], options: BoxOptions = {}) {
    super('HBox', children, options);
  }
}

/** Widgets one below the other. */
export class VBox extends Box {
  constructor(children: readonly ModelReference[] = [], options: BoxOptions = {}) {
    super('VBox', children, options);
  }
}
