import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../src/config.ts';
import { jupyterEnvironment } from '../support/jupyter.ts';
import { testPython } from '../support/venv.ts';

/** What the cells of a notebook gave, code cells only. */
export interface Executed {
  readonly seconds: number;
  readonly cells: readonly {
    readonly source: string;
    readonly outputs: readonly {
      readonly type: string;
      readonly text: string | null;
      readonly data: Readonly<Record<string, unknown>> | null;
      readonly error: string | null;
    }[];
  }[];
}

export interface NotebookRun {
  /** The file in `notebooks/`. */
  readonly notebook: string;
  /** A new folder in which a copy of it runs. */
  readonly place: string;
  /** `share/jupyter` with the kernelspec. */
  readonly prefix: string;
  readonly data: string;
  /** Text of the cell tagged `parameters`; the notebook's own when left out. */
  readonly parameters?: string | undefined;
  /** Text of cells by their tag, as a student would write it. */
  readonly answers?: Readonly<Record<string, string>> | undefined;
  /** Files in `notebooks/` that the notebook imports. */
  readonly beside?: readonly string[] | undefined;
}

/** Writes a copy of a notebook in which cells with these tags have another text; fails on a tag that no cell has. */
export function writeAnswered(
  notebook: string,
  copy: string,
  answers: Readonly<Record<string, string>> = {},
): void {
  const book = JSON.parse(readFileSync(join(packageRoot(), 'notebooks', notebook), 'utf8')) as {
    cells: { metadata: { tags?: string[] }; source: string[] | string }[];
  };
  for (const [tag, text] of Object.entries(answers)) {
    const cell = book.cells.find(({ metadata }) => metadata.tags?.includes(tag));
    assert.ok(cell, `${notebook} has no cell tagged ${tag}`);
    cell.source = text;
  }
  writeFileSync(copy, JSON.stringify(book));
}

/** Executes a notebook without a browser, as nbconvert does. */
export async function executeNotebook(run: NotebookRun): Promise<Executed> {
  const { notebook, place, prefix, data, parameters, answers, beside = [] } = run;
  mkdirSync(place);
  const copy = join(place, 'notebook.ipynb');
  writeAnswered(notebook, copy, answers);
  for (const file of beside)
    copyFileSync(join(packageRoot(), 'notebooks', file), join(place, basename(file)));
  const script = join(packageRoot(), 'test', 'notebooks', 'execute_notebook.py');
  const args = [script, copy, join(place, 'executed.ipynb'), ...(parameters ? [parameters] : [])];
  const child = spawn(testPython() ?? 'python3', args, {
    env: { ...jupyterEnvironment(join(place, 'home'), prefix), FURROW_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.ok(out.startsWith('{'), err);
  return JSON.parse(out) as Executed;
}

/** Fails on a cell that ended in an error or was told of a wrong type. */
export function assertNoComplaints({ cells }: Executed): void {
  assert.deepEqual(
    cells.flatMap(({ outputs }) => outputs.flatMap(({ error }) => error ?? [])),
    [],
  );
}

/** The plain text that a cell displayed. */
export function plainText({ cells }: Executed, cell: number): string {
  return (cells[cell]?.outputs ?? []).map(({ data }) => String(data?.['text/plain'] ?? '')).join('\n');
}
