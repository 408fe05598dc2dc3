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

export async function runAllCells(page: Page): Promise<void> {
  await page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')");
}

/** Runs code in the notebook's kernel, outside its history, and gives what it printed. */
export function askKernel(page: Page, code: string): Promise<string> {
  return page.evaluate<string>(`(async () => {
    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
    let out = '';
    const future = kernel.requestExecute({ code: ${JSON.stringify(code)}, store_history: false });
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === 'stream' && content.name === 'stdout') out += content.text;
    };
    await future.done;
    return out.trim();
  })()`);
}
