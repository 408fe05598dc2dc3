import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Display } from './display.ts';

/** The version of tslab whose module this is like. */
const apiVersion = '1.0.22';

/**
 * The module `tslab` of the kernel of that name: `display.html(...)`, `display.raw(type,
 * data)`, and `newDisplay()`, whose later calls replace what its first one showed.
 */
export function tslabModule(display: Display): object {
  const typed = (show: (type: string, data: string | Uint8Array) => void) => {
    const text = (type: string) => (data: string | readonly string[]) =>
      show(type, Array.isArray(data) ? data.join('') : (data as string));
    const bytes = (type: string) => (data: Uint8Array) => show(type, data);
    return {
      raw: show,
      text: text('text/plain'),
      html: text('text/html'),
      markdown: text('text/markdown'),
      latex: text('text/latex'),
      svg: text('image/svg+xml'),
      javascript: text('text/javascript'),
      png: bytes('image/png'),
      jpeg: bytes('image/jpeg'),
      gif: bytes('image/gif'),
      pdf: bytes('application/pdf'),
    };
  };
  return {
    display: typed((type, data) => void display.bundle({ [type]: data })),
    newDisplay: () => {
      const displayId = randomUUID();
      let shown = false;
      return typed((type, data) => {
        if (shown) display.update(displayId, { [type]: data });
        else display.bundle({ [type]: data }, { displayId });
        shown = true;
      });
    },
    versions: {
      tslab: apiVersion,
      typescript: (createRequire(import.meta.url)('typescript/package.json') as { version: string }).version,
      node: process.version,
    },
  };
}
