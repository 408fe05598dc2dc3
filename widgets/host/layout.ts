import { standardVersion } from '../shared/protocol.ts';
import { Widget } from './widget.ts';

/** CSS of a widget's box, as `@jupyter-widgets/base` knows it; null leaves a property alone. */
export interface LayoutState {
  readonly align_content: string | null;
  readonly align_items: string | null;
  readonly align_self: string | null;
  readonly border_top: string | null;
  readonly border_right: string | null;
  readonly border_bottom: string | null;
  readonly border_left: string | null;
  readonly bottom: string | null;
  readonly display: string | null;
  readonly flex: string | null;
  readonly flex_flow: string | null;
  readonly grid_area: string | null;
  readonly grid_auto_columns: string | null;
  readonly grid_auto_flow: string | null;
  readonly grid_auto_rows: string | null;
  readonly grid_column: string | null;
  readonly grid_gap: string | null;
  readonly grid_row: string | null;
  readonly grid_template_areas: string | null;
  readonly grid_template_columns: string | null;
  readonly grid_template_rows: string | null;
  readonly height: string | null;
  readonly justify_content: string | null;
  readonly justify_items: string | null;
  readonly left: string | null;
  readonly margin: string | null;
  readonly max_height: string | null;
  readonly max_width: string | null;
  readonly min_height: string | null;
  readonly min_width: string | null;
  readonly object_fit: string | null;
  readonly object_position: string | null;
  readonly order: string | null;
  readonly overflow: string | null;
  readonly padding: string | null;
  readonly right: string | null;
  readonly top: string | null;
  readonly visibility: string | null;
  readonly width: string | null;
}

const unset: LayoutState = {
  align_content: null,
  align_items: null,
  align_self: null,
  border_top: null,
  border_right: null,
  border_bottom: null,
  border_left: null,
  bottom: null,
  display: null,
  flex: null,
  flex_flow: null,
  grid_area: null,
  grid_auto_columns: null,
  grid_auto_flow: null,
  grid_auto_rows: null,
  grid_column: null,
  grid_gap: null,
  grid_row: null,
  grid_template_areas: null,
  grid_template_columns: null,
  grid_template_rows: null,
  height: null,
  justify_content: null,
  justify_items: null,
  left: null,
  margin: null,
  max_height: null,
  max_width: null,
  min_height: null,
  min_width: null,
  object_fit: null,
  object_position: null,
  order: null,
  overflow: null,
  padding: null,
  right: null,
  top: null,
  visibility: null,
  width: null,
};

/** The box of a widget: `new Layout({ width: '50%' })`. */
export class Layout extends Widget<LayoutState> {
  constructor(css: Partial<LayoutState> = {}) {
    super(
      {
        module: '@jupyter-widgets/base',
        version: standardVersion,
        model: 'LayoutModel',
        view: 'LayoutView',
      },
      { ...unset, ...css },
    );
  }
}
