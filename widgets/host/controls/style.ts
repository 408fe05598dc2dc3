import { standardVersion } from '../../shared/protocol.ts';
import { Widget } from '../widget.ts';

/** The style models that controls refer to; which keys each has is fixed by `@jupyter-widgets/controls` 2.0.0. */
const styles = {
  SliderStyleModel: { description_width: '', handle_color: null },
  DescriptionStyleModel: { description_width: '' },
  ButtonStyleModel: {
    button_color: null,
    font_family: null,
    font_size: null,
    font_style: null,
    font_variant: null,
    font_weight: null,
    text_color: null,
    text_decoration: null,
  },
} as const;

export type StyleName = keyof typeof styles;

export class ControlStyle extends Widget<Record<string, string | null>> {
  constructor(name: StyleName, css: Readonly<Record<string, string | null>> = {}) {
    super(
      {
        module: '@jupyter-widgets/controls',
        version: standardVersion,
        model: name,
        view: 'StyleView',
        viewModule: '@jupyter-widgets/base',
      },
      { ...styles[name], ...css },
    );
  }
}
