import type { Page } from 'playwright-core';
import { appendCell, cellEnded, outputText, startCell } from '../../support/lab-cells.ts';
import type { Picture } from './jupyterlab.ts';
import { expect, type Step } from './steps.ts';

const code = `function area(width: number, height: number) {
  const product = width * height;
  return product;
}
const total = area(3, 14);
total`;

/** The debugger of JupyterLab: switched on, stopped at a breakpoint, looked around, stepped, continued. */
export function debugSteps(page: Page, picture: Picture): Step[] {
  const panel = page.locator('.jp-DebuggerSidebar, #jp-debugger-sidebar').first();
  const bug = page.locator('.jp-NotebookPanel-toolbar .jp-DebuggerBugButton').first();
  let cell = 0;
  const stop: Step = [
    'stops at a breakpoint set in the gutter',
    async () => {
      await bug.click({ timeout: 10_000 });
      await page.locator('.jp-DebuggerBugButton[aria-pressed="true"]').waitFor({ timeout: 15_000 });
      cell = await appendCell(page, code);
      const editor = page.locator('.jp-Notebook-cell').nth(cell);
      const gutter = editor.locator('.cm-breakpoint-gutter .cm-gutterElement');
      await gutter.first().waitFor({ state: 'attached', timeout: 10_000 });
      await clickLine(page, cell, 3);
      await editor.locator('.cm-breakpoint-icon:visible').first().waitFor({ timeout: 10_000 });
      await page.keyboard.press('Escape');
      await page.evaluate(`jupyterapp.shell.currentWidget.content.activeCellIndex = ${cell}`);
      await page.keyboard.press('Control+Enter');
      await editor.locator('.jp-DebuggerEditor-highlight').waitFor({ timeout: 20_000 });
      const line = await editor.locator('.jp-DebuggerEditor-highlight').textContent();
      expect(line?.includes('return product') === true, `the line that is marked: ${line}`);
      await picture('breakpoint');
    },
  ];
  const look: Step = [
    'shows the call stack and the variables of the frame',
    async () => {
      const stack = await panel.locator('.jp-DebuggerCallstack-body').textContent({ timeout: 10_000 });
      expect(/area/.test(stack ?? ''), `the call stack: ${stack}`);
      const variables = panel.locator('.jp-DebuggerVariables-body:not(.lm-mod-hidden)');
      await variables.getByText('product').first().waitFor({ timeout: 10_000 });
      const text = ((await variables.textContent()) ?? '').replace(/\s+/g, ' ');
      await picture('variables');
      expect(/product:? *42/.test(text) && /width:? *3/.test(text), `the variables: ${text}`);
    },
  ];
  const goOn: Step = [
    'steps, continues and ends with the result',
    async () => {
      await panel.locator('[data-command="debugger:next"]').first().click({ timeout: 5000 });
      await page.waitForTimeout(1000);
      await panel.locator('[data-command="debugger:continue"]').first().click({ timeout: 5000 });
      await cellEnded(page, cell);
      const shown = await outputText(page, cell);
      await picture('continued');
      expect(shown === '42', `it showed ${shown}`);
      const next = await startCell(page, 'total + 1');
      await cellEnded(page, next);
      const after = await outputText(page, next);
      expect(after === '43', `the next cell showed ${after}`);
    },
  ];
  return [stop, look, goOn];
}

/** Clicks into the breakpoint gutter beside a line of a cell. */
async function clickLine(page: Page, cell: number, line: number): Promise<void> {
  const place = await page.evaluate<{ x: number; y: number }>(`(() => {
    const { node } = jupyterapp.shell.currentWidget.content.widgets[${cell}];
    const text = node.querySelectorAll('.cm-line')[${line - 1}].getBoundingClientRect();
    const gutter = node.querySelector('.cm-breakpoint-gutter').getBoundingClientRect();
    return { x: gutter.left + gutter.width / 2, y: text.top + text.height / 2 };
  })()`);
  await page.mouse.click(place.x, place.y);
}
