/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/** Appends a code cell to the notebook in front, and puts the cursor into it. Returns its place. */
export async function appendCell(page: Page, code = ''): Promise<number> {
  const place = await page.evaluate<number>(`(async () => {
    const notebook = jupyterapp.shell.currentWidget.content;
    const { sharedModel } = notebook.model;
    sharedModel.insertCell(sharedModel.cells.length, { cell_type: 'code', source: '' });
    const place = sharedModel.cells.length - 1;
    notebook.activeCellIndex = place;
    await notebook.scrollToItem(place, 'center');
    notebook.mode = 'edit';
    notebook.activeCell.editor.focus();
    return place;
  })()`);
  await page.waitForFunction("document.activeElement?.closest('.jp-Cell .cm-editor') !== null");
  if (code !== '') await page.keyboard.insertText(code);
  return place;
}

/** The text of a cell's editor. */
export function sourceOf(page: Page, cell: number): Promise<string> {
  return page.evaluate<string>(
    `jupyterapp.shell.currentWidget.content.model.sharedModel.cells[${cell}].source`,
  );
}

/** Types code into a new cell and runs it by Control+Enter, without waiting for its end. */
export async function startCell(page: Page, code: string): Promise<number> {
  const cell = await appendCell(page, code);
  await page.keyboard.press('Control+Enter');
  return cell;
}

/** Runs code in a new cell to its end, and gives what it shows on the page. */
export async function runCell(page: Page, code: string, limitMs = 20_000): Promise<string> {
  const cell = await startCell(page, code);
  await cellEnded(page, cell, limitMs);
  return outputText(page, cell);
}

/** Waits until a cell has its number, which comes with its reply, and the kernel is idle, which comes after its outputs. */
export async function cellEnded(page: Page, cell: number, limitMs = 20_000): Promise<void> {
  await page.waitForFunction(
    `(() => {
      const cell = jupyterapp.shell.currentWidget.content.widgets[${cell}];
      return /\\[\\d+\\]/.test(cell.promptNode?.textContent ?? cell.node.querySelector('.jp-InputPrompt').textContent);
    })()`,
    undefined,
    { timeout: limitMs },
  );
  await kernelStatus(page, 'idle', limitMs);
}

/** What stands on the page under a cell. */
export function outputText(page: Page, cell: number): Promise<string> {
  return page.evaluate<string>(
    `[...jupyterapp.shell.currentWidget.content.widgets[${cell}].node.querySelectorAll('.jp-OutputArea-output')]
      .map((output) => output.innerText.trim()).join('\\n')`,
  );
}

/** Waits until the kernel of the notebook in front has that status, as the page knows it. */
export async function kernelStatus(page: Page, status: 'idle' | 'busy', limitMs = 10_000): Promise<void> {
  await page.waitForFunction(
    `jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === '${status}'`,
    undefined,
    { timeout: limitMs },
  );
}
