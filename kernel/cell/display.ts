import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidArgument } from '../errors.ts';
import type { Bundle, JsonObject } from '../messages.ts';
import { bundle, bundleOf, checkedBundle, displaySymbol, imageBundle, isBundle } from './bundle.ts';
import { report } from './channel.ts';
import { currentRequest, throwIfInterrupted } from './context.ts';
import { jsonCopy } from './json-copy.ts';
import { delimitedLatex } from './latex.ts';
import { plainText } from './plain-text.ts';
import { asEach, geoJsonType, plotlyType, vegaLiteType, vegaTypes } from './specification.ts';
import { checkTableOptions, type TableOptions, tableOf, tableOfRecords } from './table.ts';

/** Something shown, which can be replaced in place, also from a later cell. */
export interface DisplayHandle {
  readonly displayId: string;
  /** Shows another value (or another MIME bundle) in its place. */
  update(value: unknown): void;
}

/** How something is shown. */
export interface DisplayOptions {
  /** Name under which it can be updated; made up when absent. Showing again under a name does not replace. */
  readonly displayId?: string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** The global `display`: shows values in the output of the cell (or comm message) that calls it. */
export interface Display {
  /** Shows each value as its own rich form (`Symbol.for('Jupyter.display')`), table, image or text. */
  (...values: unknown[]): DisplayHandle;
  html(html: string, options?: DisplayOptions): DisplayHandle;
  markdown(markdown: string, options?: DisplayOptions): DisplayHandle;
  /** LaTeX source; a formula without `$` or an environment around it is set in display style. */
  latex(latex: string, options?: DisplayOptions): DisplayHandle;
  svg(svg: string, options?: DisplayOptions): DisplayHandle;
  /** An encoded PNG, JPEG, GIF or WebP: its bytes, or the path or `file:` URL of a file. */
  image(image: Uint8Array | ArrayBuffer | string | URL, options?: DisplayOptions): DisplayHandle;
  /** An encoded PNG, as bytes or base64. */
  png(png: Uint8Array | string, options?: DisplayOptions): DisplayHandle;
  jpeg(jpeg: Uint8Array | string, options?: DisplayOptions): DisplayHandle;
  /** Any JSON value, as a tree. */
  json(json: unknown, options?: DisplayOptions): DisplayHandle;
  geojson(geojson: object, options?: DisplayOptions): DisplayHandle;
  /** A plotly figure, `{ data, layout? }`. */
  plotly(figure: object, options?: DisplayOptions): DisplayHandle;
  /** A Vega-Lite chart, of the version that its `$schema` names (later ones as 5 too), else 5; a Vega chart where its schema says so. */
  vegalite(chart: object, options?: DisplayOptions): DisplayHandle;
  /** A list of objects or of lists, a typed array, a Map or a Set as a table; `columns` chooses and orders, `rows` is how many at most. */
  table(rows: object, options?: DisplayOptions & TableOptions): DisplayHandle;
  text(text: string, options?: DisplayOptions): DisplayHandle;
  /** A MIME bundle as it is, such as `{ 'application/vnd.plotly.v1+json': figure }`. */
  bundle(bundle: Readonly<Record<string, unknown>>, options?: DisplayOptions): DisplayHandle;
  /** Replaces what is shown under a name. */
  update(displayId: string, value: unknown): void;
  /** Clears the output of the cell, at once or (`wait`) when the next output comes. */
  clear(options?: { readonly wait?: boolean | undefined }): void;
}

/** Displays of an open request whose form is a promise: those on their way, and failures that nobody was told yet. */
interface Pending {
  readonly open: Set<Promise<void>>;
  readonly failures: unknown[];
  readonly failed: PromiseWithResolvers<void>;
}

const pending = new Map<number, Pending>();

/** From now on displays of this request are counted for `displaysSent`. */
export function countDisplays(request: number): void {
  pending.set(request, { open: new Set(), failures: [], failed: Promise.withResolvers<void>() });
}

/** Resolves when everything that this request shows has been sent; rejects with the first failure. */
export async function displaysSent(request: number): Promise<void> {
  const displays = pending.get(request);
  if (!displays) return;
  const { open, failures, failed } = displays;
  while (open.size > 0 && failures.length === 0) await Promise.race([failed.promise, Promise.all(open)]);
  if (failures.length > 0) throw failures.shift();
}

/** The request has ended: failures of its displays that it did not wait for are told like unhandled rejections. */
export function forgetDisplays(request: number): void {
  const failures = pending.get(request)?.failures ?? [];
  pending.delete(request);
  for (const failure of failures) void Promise.reject(failure);
}

/** A form that is at hand, or quicker made, waits for those before it. */
function inOrder(forms: readonly (Bundle | Promise<Bundle>)[]): (Bundle | Promise<Bundle>)[] {
  let before: Promise<unknown> | undefined;
  return forms.map((form) => {
    if (before === undefined && !(form instanceof Promise)) return form;
    const turn = Promise.all([form, before]).then(([made]) => made);
    before = turn.catch(() => undefined);
    return turn;
  });
}

/** Makes the global `display`. */
export function makeDisplay(): Display {
  const show = (
    form: Bundle | Promise<Bundle>,
    { displayId = randomUUID(), metadata }: DisplayOptions = {},
  ) => {
    if (typeof displayId !== 'string') throw new InvalidArgument('displayId must be a text');
    send(form, displayId, false, metadata);
    return handle(displayId);
  };
  const typed =
    (type: string, text: (value: string) => string = (value) => value) =>
    (value: string, options?: DisplayOptions) => {
      if (typeof value !== 'string')
        throw new InvalidArgument(`${type} is shown from a text, not ${typeof value}`);
      return show(bundle({ [type]: value, 'text/plain': text(value) }), options);
    };
  const image = (type: string) => (value: Uint8Array | string, options?: DisplayOptions) => {
    if (typeof value !== 'string' && !(value instanceof Uint8Array))
      throw new InvalidArgument(`${type} is shown from bytes or base64`);
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : value;
    const form = imageBundle(bytes);
    if (form?.data[type] !== undefined) return show(form, options);
    const base64 = typeof value === 'string' ? value : Buffer.from(value).toString('base64');
    return show(bundle({ [type]: base64, 'text/plain': `[${type}]` }), options);
  };
  const structure =
    (types: (value: object) => readonly string[]) =>
    (value: object, options?: DisplayOptions): DisplayHandle => {
      if (typeof value !== 'object' || value === null)
        throw new InvalidArgument(`${types({})[0]} is shown from an object, not ${typeof value}`);
      return show(
        bundle({ ...asEach(types(value), jsonCopy(value)), 'text/plain': plainText(value) }),
        options,
      );
    };

  const display = (...values: unknown[]): DisplayHandle => {
    const handles = inOrder(values.map(bundleOf)).map((form) => show(form));
    return handles.at(-1) ?? handle(randomUUID());
  };
  const showLatex = typed('text/latex');
  return Object.assign(display, {
    html: typed('text/html'),
    markdown: typed('text/markdown'),
    latex: (latex: string, options?: DisplayOptions) =>
      showLatex(typeof latex === 'string' ? delimitedLatex(latex) : latex, options),
    svg: typed('image/svg+xml', () => '[image/svg+xml]'),
    png: image('image/png'),
    jpeg: image('image/jpeg'),
    image: (value: Uint8Array | ArrayBuffer | string | URL, options?: DisplayOptions) => {
      const file = typeof value === 'string' || value instanceof URL;
      const bytes = file ? readFileSync(value) : new Uint8Array(value);
      const form = imageBundle(bytes);
      if (!form)
        throw new InvalidArgument(`${file ? value : 'The given bytes'}: no PNG, JPEG, GIF or WebP image`);
      return show(form, options);
    },
    json: (json: unknown, options?: DisplayOptions) =>
      show(bundle({ 'application/json': jsonCopy(json), 'text/plain': plainText(json) }), options),
    geojson: structure(() => [geoJsonType]),
    plotly: structure(() => [plotlyType]),
    vegalite: structure((chart) => vegaTypes(chart) ?? [vegaLiteType]),
    table: (rows: object, options: DisplayOptions & TableOptions = {}) => {
      checkTableOptions(options);
      const html =
        Array.isArray(rows) && rows.every((row) => typeof row === 'object' && !Array.isArray(row))
          ? tableOfRecords(rows as object[], options)
          : tableOf(rows, options);
      if (html === undefined)
        throw new InvalidArgument(
          'display.table takes a list of objects or of lists, a typed array, a Map or a Set',
        );
      return show(bundle({ 'text/html': html, 'text/plain': plainText(rows) }), options);
    },
    text: (text: string, options?: DisplayOptions) => show(bundle({ 'text/plain': String(text) }), options),
    bundle: (data: Readonly<Record<string, unknown>>, options?: DisplayOptions) =>
      show(checkedBundle(data, undefined), options),
    update: (displayId: string, value: unknown) => handle(displayId).update(value),
    clear: ({ wait = false }: { readonly wait?: boolean | undefined } = {}) => {
      throwIfInterrupted();
      report({ type: 'clear', wait });
    },
  });
}

function handle(displayId: string): DisplayHandle {
  const made: DisplayHandle = {
    displayId,
    update: (value) =>
      send(isBundle(value) ? checkedBundle(value, undefined) : bundleOf(value), displayId, true),
  };
  // A handle that ends a cell shows nothing more: what it stands for has been shown.
  return Object.defineProperty(made, displaySymbol, { value: () => ({}) });
}

function send(
  form: Bundle | Promise<Bundle>,
  displayId: string,
  update: boolean,
  more: JsonObject = {},
): void {
  throwIfInterrupted();
  const request = currentRequest();
  const sendNow = ({ data, metadata }: Bundle): void =>
    report({ type: 'display', displayId, update, data, metadata: { ...metadata, ...more } }, [], request);
  if (!(form instanceof Promise)) {
    sendNow(form);
    return;
  }
  const sent = form.then(sendNow);
  const displays = pending.get(request);
  if (!displays) return; // nobody waits: a failure is told like every unhandled rejection
  const settled: Promise<void> = sent
    .catch((error: unknown) => {
      if (pending.get(request) !== displays) throw error; // the request has ended
      displays.failures.push(error);
      displays.failed.resolve();
    })
    .finally(() => displays.open.delete(settled));
  displays.open.add(settled);
}
