/**
 * Cells that show a slider of ipywidgets over a bare comm, as a plain TypeScript kernel can, a label that the kernel sets
 * to its value, and a display that the kernel replaces.
 */
export const sliderCells = [
  `const widget = (name: string, module: string, state: object) => {
  const all = {
    _model_module: module, _model_module_version: '2.0.0', _model_name: name + 'Model',
    _view_module: module, _view_module_version: '2.0.0', _view_name: name + 'View', ...state,
  };
  const comm = comms.open('jupyter.widget', { state: all, buffer_paths: [] }, { metadata: { version: '2.1.0' } });
  comm.onMsg(({ content }) => {
    const data = content.data as { method: string; state: { value?: number } };
    if (data.method === 'request_state') comm.send({ method: 'update', state: all, buffer_paths: [] });
    if (data.method === 'update') Object.assign(all, data.state);
    if (data.method === 'update' && data.state.value !== undefined) {
      updateDisplay('seen', 'the kernel saw ' + data.state.value);
      label.send({ method: 'update', state: { value: 'the label has ' + data.state.value }, buffer_paths: [] });
    }
  });
  return comm;
};
const layout = widget('Layout', '@jupyter-widgets/base', {});
const style = widget('SliderStyle', '@jupyter-widgets/controls', { _view_name: 'StyleView', _view_module: '@jupyter-widgets/base' });
const slider = widget('IntSlider', '@jupyter-widgets/controls', {
  _dom_classes: [], description: 'scale', disabled: false, min: 0, max: 10, step: 1, value: 3, orientation: 'horizontal',
  readout: true, readout_format: 'd', continuous_update: true, layout: 'IPY_MODEL_' + layout.id, style: 'IPY_MODEL_' + style.id,
});
const label = widget('Label', '@jupyter-widgets/controls', { value: 'the label has nothing', layout: 'IPY_MODEL_' + layout.id });
for (const [name, { id }] of Object.entries({ IntSlider: slider, Label: label }))
  display({ [Symbol.for('Jupyter.display')]: () => ({
    'text/plain': name,
    'application/vnd.jupyter.widget-view+json': { model_id: id, version_major: 2, version_minor: 0 },
  }) });`,
  `display.text('the kernel saw nothing yet', { displayId: 'seen' });`,
] as const;
