import { element } from './element.ts';
import { installStyleSheet } from './style-sheet.ts';

/** The parts that every widget has, from top to bottom: title, drawing with a message over it, further rows, status. */
export interface WidgetFrame {
  readonly root: HTMLElement;
  /** Has the height that the model asks for; the host's element never gets one (its layout model would remove it). */
  readonly drawing: HTMLElement;
  /** Rows between the drawing and the status. */
  readonly rows: HTMLElement;
  title(text: string): void;
  height(pixels: number): void;
  /** A text in the middle of the drawing: why there is nothing to see. An empty text takes it away. */
  message(text: string, kind?: 'info' | 'error'): void;
  /** An error over the message, which an empty text brings back; a message with a text of its own ends it. */
  trouble(text: string): void;
  /** A line below, read out by screen readers when it changes. */
  status(text: string): void;
}

/** Builds the frame inside the host's element. `role` describes the widget to screen readers. */
export function widgetFrame(el: HTMLElement, role: string): WidgetFrame {
  installStyleSheet();
  const title = element('div', { class: 'furrow-title' });
  const message = element('div', { class: 'furrow-message', attributes: { role: 'status' } });
  const drawing = element('div', { class: 'furrow-drawing', children: [message] });
  const rows = element('div');
  const status = element('div', { class: 'furrow-status', attributes: { 'aria-live': 'polite' } });
  // keys typed in a drawing are its own: without this JupyterLab takes them as commands of the notebook
  const root = element('div', {
    class: 'furrow-widget',
    attributes: { role: 'group', 'aria-label': role, 'data-lm-suppress-shortcuts': 'true' },
    children: [title, drawing, rows, status],
  });
  el.append(root);
  const said: { text: string; kind: 'info' | 'error'; trouble: string } = {
    text: '',
    kind: 'info',
    trouble: '',
  };
  const show = () => {
    message.textContent = said.trouble || said.text;
    message.dataset.kind = said.trouble === '' ? said.kind : 'error';
  };
  return {
    root,
    drawing,
    rows,
    title: (text) => {
      title.textContent = text;
    },
    height: (pixels) => {
      drawing.style.height = `${pixels}px`;
    },
    message: (text, kind = 'info') => {
      Object.assign(said, { text, kind }, text === '' ? {} : { trouble: '' });
      show();
    },
    trouble: (text) => {
      said.trouble = text;
      show();
    },
    status: (text) => {
      status.textContent = text;
    },
  };
}

/** Resolves when the element has a width; rejects never, and gives up when the signal fires. */
export function hasWidth(target: HTMLElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (target.clientWidth > 0) done();
    });
    const done = () => {
      observer.disconnect();
      resolve();
    };
    signal.addEventListener('abort', done);
    observer.observe(target);
  });
}
