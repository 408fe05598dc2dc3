import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from './steps.ts';

export interface BookOutput {
  readonly output_type: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

export interface Book {
  readonly cells: readonly {
    readonly source: string | readonly string[];
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly outputs: readonly BookOutput[];
    readonly execution_count: number | null;
  }[];
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly widgets?: Readonly<
      Record<
        string,
        { readonly state: Readonly<Record<string, { readonly state: Record<string, unknown> }>> }
      >
    >;
  };
}

/** Writes a notebook of code cells for one of the two kernels; a cell with `tags` is given as a pair. */
export function writeBook(
  file: string,
  kernel: 'furrow' | 'typescript',
  cells: readonly (string | readonly [source: string, tag: string])[],
): void {
  const book = {
    cells: cells.map((cell, at) => {
      const [source, tag] = typeof cell === 'string' ? [cell] : cell;
      return {
        cell_type: 'code',
        id: `cell-${at}`,
        metadata: tag === undefined ? {} : { tags: [tag] },
        source,
        outputs: [],
        execution_count: null,
      };
    }),
    metadata: {
      kernelspec: { name: kernel, display_name: kernel, language: 'typescript' },
      language_info: { name: 'typescript' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(file, JSON.stringify(book));
}

export function readBook(file: string): Book {
  return JSON.parse(readFileSync(file, 'utf8')) as Book;
}

/** What a cell shows as text: streams, results, errors. */
export function shownText(book: Book, cell: number): string {
  const outputs = book.cells[cell]?.outputs;
  expect(outputs !== undefined, `there is no cell ${cell}`);
  return outputs
    .map(({ text, data, ename, evalue }) =>
      ename === undefined ? join(text ?? data?.['text/plain'] ?? '') : `${ename}: ${evalue}`,
    )
    .join('\n')
    .trim();
}

function join(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text);
}
