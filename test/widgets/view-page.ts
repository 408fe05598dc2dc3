import type { Browser, Page } from 'playwright-core';
import type { JsonObject } from '../../widgets/shared/json.ts';
import type { FarEnd, InProcessPort, Sent } from './in-process-port.ts';

export type ViewName = 'parcelMap' | 'seriesPlot' | 'rasterPreview';

/** A page without JupyterLab: models as anywidget promises them, connected to the widgets of this process. */
export interface ViewPage {
  readonly page: Page;
  readonly errors: string[];
  /** Addresses that the page asked for and that are not its own. */
  readonly foreign: string[];
  /** Draws a widget's view; resolves to the element's CSS selector. */
  show(widget: { modelId: string }, view: ViewName): Promise<string>;
  /** Ends a view as its host would. */
  end(selector: string): Promise<void>;
}

const pageScript = `
const models = new Map();
class Model {
  constructor(id, state) { this.id = id; this.state = state; this.changes = {}; this.callbacks = []; }
  get(name) { return this.state[name]; }
  set(name, value) { this.state[name] = value; this.changes[name] = value; }
  save_changes() { furrowDeliver(this.id, { method: 'update', state: this.changes, buffer_paths: [] }); this.changes = {}; }
  on(event, callback) { this.callbacks.push([event, callback]); }
  off(event, callback) { this.callbacks = this.callbacks.filter(([e, c]) => e !== event || c !== callback); }
  send(content) { furrowDeliver(this.id, { method: 'custom', content }); }
  fire(event, ...args) { for (const [e, callback] of [...this.callbacks]) if (e === event) callback(...args); }
}
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
window.furrowReceive = (id, data, buffers) => {
  const model = models.get(id);
  if (data.method === 'custom') model.fire('msg:custom', data.content, buffers.map((b) => new DataView(bytes(b).buffer)));
  else {
    Object.assign(model.state, data.state);
    for (const name of Object.keys(data.state)) model.fire('change:' + name);
    model.fire('change');
  }
};
const ends = new Map();
window.furrowShow = (id, state, view) => {
  const model = models.get(id) ?? new Model(id, state);
  models.set(id, model);
  const el = document.createElement('div');
  el.id = 'view' + ends.size;
  document.body.append(el);
  ends.set('#' + el.id, furrowViews[view].render({ model, el }));
  return '#' + el.id;
};
window.furrowEnd = (selector) => ends.get(selector)();
`;

const html = `<!doctype html><meta charset="utf-8"><style>
body { margin: 8px; background: var(--jp-layout-color1); --jp-layout-color1: white; --jp-ui-font-color1: rgba(0,0,0,.87); --jp-border-color1: #bdbdbd; --jp-brand-color1: #1976d2 }
body[data-jp-theme-light="false"] { --jp-layout-color1: #212121; --jp-ui-font-color1: rgba(255,255,255,.87); --jp-border-color1: #616161; --jp-brand-color1: #2196f3 }
</style><body data-jp-theme-light="true"></body>`;

/** Opens the page in a browser; widgets that are made on the port can be shown on it. */
export async function openViewPage(browser: Browser, port: InProcessPort, bundle: string): Promise<ViewPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.route('**/*', (route) => {
    const url = route.request().url();
    if (url === 'http://furrow.test/') return route.fulfill({ contentType: 'text/html', body: html });
    foreign.push(url);
    return route.fulfill({ status: 404, body: '' });
  });
  const end = (id: string): FarEnd | undefined => port.comms.get(id);
  await page.exposeFunction('furrowDeliver', (id: string, data: JsonObject) => end(id)?.deliver(data));
  await page.goto('http://furrow.test/');
  await page.addScriptTag({ content: 'window.furrowViews = {};' });
  await page.addScriptTag({ content: bundle });
  await page.addScriptTag({ content: pageScript });
  const receive = ({ data, buffers }: Sent, id: string) =>
    page
      .evaluate(
        `furrowReceive(${JSON.stringify(id)}, ${JSON.stringify(data)}, ${JSON.stringify(
          buffers.map((buffer) => Buffer.from(buffer).toString('base64')),
        )})`,
      )
      .catch(() => undefined);
  return {
    page,
    errors,
    foreign: foreign,
    show: async ({ modelId }, view) => {
      const far = end(modelId);
      if (far === undefined) throw new UnknownWidget(modelId);
      const late = [...far.sent];
      far.listener = (message) => void receive(message, modelId);
      const state = JSON.stringify(far.opened.data.state);
      const selector = await page.evaluate<string>(
        `furrowShow(${JSON.stringify(modelId)}, ${state}, '${view}')`,
      );
      for (const message of late) await receive(message, modelId);
      return selector;
    },
    end: (selector) => page.evaluate(`furrowEnd('${selector}')`),
  };
}

class UnknownWidget extends Error {
  override readonly name = 'UnknownWidget';
}
