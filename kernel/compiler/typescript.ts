import { createRequire } from 'node:module';
import type TypeScript from 'typescript';

/** The compiler, loaded by `require`: an `import` would first search its nine megabytes for names to export. */
export const ts = createRequire(import.meta.url)('typescript') as typeof TypeScript;
