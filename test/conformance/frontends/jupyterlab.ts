import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageRoot } from '../../../src/config.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Jupyter, startJupyter } from '../../support/jupyter.ts';
import {
  appendCell,
  cellEnded,
  kernelStatus,
  outputText,
  runCell,
  sourceOf,
  startCell,
} from '../../support/lab-cells.ts';
import { openNotebook } from '../../support/notebook-page.ts';
import type { Check } from '../suite.ts';
import { writeBook } from './books.ts';
import { debugSteps } from './debugger.ts';
import { sliderCells } from './slider.ts';
import { expect, performSteps, type Step, type Surroundings } from './steps.ts';

/** JupyterLab in a headless Chromium, by mouse and keyboard; pictures go to test/artefacts. */
export async function driveJupyterLab({ folder, prefix, short }: Surroundings): Promise<Check[]> {
  const root = join(folder, 'notebooks');
  mkdirSync(root);
  const pictures = join(packageRoot(), 'test', 'artefacts');
  mkdirSync(pictures, { recursive: true });
  writeBook(join(root, 'lab.ipynb'), 'typescript', []);
  let jupyter: Jupyter | undefined;
  let browser: Browser | undefined;
  try {
    [jupyter, browser] = await Promise.all([startJupyter({ folder, root, prefix }), openBrowser()]);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const { address, token } = jupyter;
    const open: Step = [
      'opens a notebook with a kernel',
      () => openNotebook(page, `${address}lab/tree/lab.ipynb?token=${token}&reset`),
    ];
    const picture = (name: string) => page.screenshot({ path: join(pictures, `lab-${name}.png`) });
    const steps = [
      open,
      ...writingSteps(page, picture, short),
      ...kernelSteps(page, picture, short),
      ...debugSteps(page, picture),
    ];
    return await performSteps('JupyterLab', steps, {
      limitMs: 40_000,
      failed: (step) => picture(`failed-${step.replaceAll(' ', '-').slice(0, 40)}`),
    });
  } finally {
    await browser?.close();
    await jupyter?.stop();
  }
}

export type Picture = (name: string) => Promise<unknown>;

function writingSteps(page: Page, picture: Picture, short: boolean): Step[] {
  const run: Step = [
    'runs a cell and shows its result',
    async () => {
      const shown = await runCell(page, 'const nums: number[] = [1, 2, 3];\nnums.map((n) => n * 2)');
      expect(shown === '[ 2, 4, 6 ]', `it showed ${shown}`);
      await picture('run');
    },
  ];
  const complete: Step = [
    'completes by Tab and takes what is chosen',
    async () => {
      const cell = await appendCell(page, 'nums.');
      await page.keyboard.press('Tab');
      const list = page.locator('.jp-Completer:not(.lm-mod-hidden)');
      await list.locator('.jp-Completer-item').first().waitFor({ timeout: 15_000 });
      const items = await list.locator('.jp-Completer-item').allInnerTexts();
      expect(
        ['push', 'map', 'length'].every((name) => items.some((item) => item.includes(name))),
        `offered were ${items.slice(0, 12).join(', ')}`,
      );
      await picture('complete');
      await page.keyboard.type('reduceR');
      await page.waitForFunction("document.querySelectorAll('.jp-Completer-item').length === 1");
      await page.keyboard.press('Enter');
      const source = await sourceOf(page, cell);
      expect(source === 'nums.reduceRight', `the cell became ${source}`);
    },
  ];
  const hover: Step = [
    'shows signature and documentation by Shift+Tab',
    async () => {
      await appendCell(page, 'nums.indexOf');
      await page.keyboard.press('Shift+Tab');
      const tip = page.locator('.jp-Tooltip');
      await tip.waitFor({ timeout: 15_000 });
      const text = (await tip.textContent()) ?? '';
      await picture('hover');
      expect(/indexOf\(searchElement: number/.test(text), `no signature in: ${text}`);
      expect(/index of the first occurrence/i.test(text), `no documentation in: ${text}`);
      await page.keyboard.press('Escape');
    },
  ];
  const input: Step = [
    'asks for input and hands it to the cell',
    async () => {
      const cell = await startCell(page, "const who = await input('who? ');\n'hello ' + who");
      const box = page.locator('.jp-Stdin-input');
      await box.waitFor({ timeout: 10_000 });
      await box.fill('Ada');
      await box.press('Enter');
      await cellEnded(page, cell);
      const shown = await outputText(page, cell);
      expect(shown.includes("'hello Ada'"), `it showed ${shown}`);
    },
  ];
  const errors: Step = [
    'shows an error with the lines of the cell',
    async () => {
      const shown = await runCell(page, 'function deep() {\n  throw new RangeError("too deep");\n}\ndeep()');
      await picture('error');
      expect(
        /RangeError: too deep/.test(shown) && /cell[ -]\d+(\.ts)?:2\b/.test(shown),
        `it showed ${shown}`,
      );
      const ansi = shown.includes('\u001b');
      expect(!ansi, 'escape sequences stand in the page');
    },
  ];
  return [run, complete, ...(short ? [] : [hover, input, errors])];
}

function kernelSteps(page: Page, picture: Picture, short: boolean): Step[] {
  const toolbar = (command: string) =>
    page.locator(`.jp-NotebookPanel-toolbar [data-command="${command}"]`).first();
  const interrupt: Step = [
    'interrupts a busy loop by the button and keeps the state',
    async () => {
      const cell = await startCell(page, 'let spins = 0;\nwhile (true) spins++;');
      await kernelStatus(page, 'busy');
      await page.waitForTimeout(500);
      await toolbar('notebook:interrupt-kernel').click();
      await kernelStatus(page, 'idle');
      await cellEnded(page, cell);
      const shown = await outputText(page, cell);
      await picture('interrupt');
      expect(/interrupt/i.test(shown), `it showed ${shown}`);
      const after = await runCell(page, 'spins > 1000 && nums.length === 3');
      expect(after === 'true', `the state afterwards: ${after}`);
    },
  ];
  const restart: Step = [
    'restarts: the state is gone, the kernel works',
    async () => {
      await toolbar('notebook:restart-kernel').click();
      await page.locator('.jp-Dialog .jp-mod-accept').click({ timeout: 5000 });
      await page.waitForFunction(
        `!document.querySelector('.jp-Dialog') && ['restarting', 'autorestarting', 'starting', 'unknown', 'idle']
          .includes(jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status)`,
      );
      await page.evaluate(`(async () => {
        const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
        await kernel.info;
      })()`);
      // By eval: a name that is not declared is a type error, which would be told later.
      const shown = await runCell(page, "eval('typeof nums')");
      expect(shown === "'undefined'", `the state afterwards: ${shown}`);
      const again = await runCell(page, 'const nums = [7];\nnums[0]');
      expect(again === '7', `it showed ${again}`);
    },
  ];
  const slider: Step = [
    'shows a slider of ipywidgets and tells the kernel where it is moved',
    async () => {
      await runCell(page, sliderCells[0]);
      const cell = (await appendCell(page, sliderCells[1])) - 1;
      await page.keyboard.press('Control+Enter');
      const handle = page.locator('.jp-OutputArea-output .noUi-handle');
      await handle.waitFor({ timeout: 15_000 });
      await handle.focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
      for (const text of ['the kernel saw 7', 'the label has 7'])
        await page.getByText(text).waitFor({ timeout: 10_000 });
      await page.evaluate(`jupyterapp.shell.currentWidget.content.scrollToItem(${cell}, 'end')`);
      await picture('slider');
    },
  ];
  return [interrupt, ...(short ? [] : [restart, slider])];
}
