/** Names of the Jupyter widget messaging protocol, version 2 (ipywidgets `packages/schema/messages.md`). */
export const widgetTarget = 'jupyter.widget';
export const controlTarget = 'jupyter.widget.control';
export const protocolVersion = '2.1.0';

/** The MIME type under which a front end looks for a widget's model id. */
export const viewMimeType = 'application/vnd.jupyter.widget-view+json';

/** `@jupyter-widgets/base` and `@jupyter-widgets/controls` of jupyterlab_widgets 3.0: one version for both. */
export const standardVersion = '2.0.0';

/** The module under which the prebuilt JupyterLab extension registers the models and views of Furrow. */
export const furrowModule = 'furrow';
export const furrowModuleVersion = '0.1.0';

/** The prefix by which one model's state refers to another model. */
export const modelPrefix = 'IPY_MODEL_';
