import { type Edit, fill } from './edits.ts';

/** A `using` declaration at the top level of a cell: its keyword stands in `[start, end)`. */
export interface UsingDeclaration {
  readonly start: number;
  readonly end: number;
  readonly values: readonly { readonly start: number; readonly end: number }[];
  readonly kind: 'using' | 'await using';
}

/** What stands in a cell for `using`: `(value, kind) => value`, disposed of at the end of the cell. */
const usingHelper = "globalThis['furrow.using']";

/** In a script V8 takes `using` at the top level for a `const` that it never disposes of: the kernel does it instead. */
export function usingEdits(source: string, { start, end, values, kind }: UsingDeclaration): Edit[] {
  return [
    { start, end, text: fill('let ', source.slice(start, end)) },
    ...values.flatMap((value) => [
      { start: value.start, end: value.start, text: `${usingHelper}((` },
      { start: value.end, end: value.end, text: `), '${kind}')` },
    ]),
  ];
}
