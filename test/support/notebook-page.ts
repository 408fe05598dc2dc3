/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/** Opens a notebook in JupyterLab and waits for its kernel: the indicator says idle before there is one. */
export async function openNotebook(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.waitForSelector('.jp-NotebookPanel', { timeout: 60_000 });
  await page.evaluate(`(async () => {
    const { context, sessionContext } = jupyterapp.shell.currentWidget;
    await context.ready;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
  })()`);
}

/** Runs all cells; resolves when the last one has ended, or one has failed. */
export async function runAllCells(page: Page): Promise<void> {
  await page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')");
}

/** The errors in the outputs of the code cells, in their order. */
export function cellErrors(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .filter((cell) => cell.cell_type === 'code')
    .flatMap((cell) => cell.outputs)
    .filter((output) => output.output_type === 'error')
    .map((output) => output.ename + ': ' + output.evalue)`);
}

/** Scrolls to a cell, counted with the texts, and there to the top of its output: cells out of sight are not in the page. */
export async function scrollToOutput(page: Page, cell: number): Promise<void> {
  await page.evaluate(`(async () => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = ${cell};
    await notebook.scrollToItem(${cell}, 'start');
    notebook.widgets[${cell}].outputArea?.node.scrollIntoView();
  })()`);
  await page.waitForTimeout(1000);
}

/** Runs code in the notebook's kernel, outside its history, and gives what it printed. */
export function askKernel(page: Page, code: string): Promise<string> {
  return page.evaluate<string>(`(async () => {
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    let out = '';
    const future = kernel.requestExecute({ code: ${JSON.stringify(code)}, store_history: false });
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === 'stream' && content.name === 'stdout') out += content.text;
      if (header.msg_type === 'error') out += content.ename + ': ' + content.evalue;
    };
    await future.done;
    return out.trim();
  })()`);
}
