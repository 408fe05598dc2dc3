/// <reference lib="dom" />
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { course, rightAnswers } from '../../notebooks/course-answers.ts';
import { coloursOfMap } from '../../support/map-colours.ts';
import {
  askKernel,
  cellErrors,
  openNotebook,
  runAllCells,
  scrollToOutput,
} from '../../support/notebook-page.ts';
import { expect, type Step } from '../frontends/steps.ts';
import { writeAs } from './school.ts';
import type { SystemUser } from './system-users.ts';

/** The notebook's place in a student's workspace. */
export const notebookPath = join('work', course.notebook);

/** The page's own objects are within reach of the test, and no question about news covers the notebook. */
export async function prepareHome(user: SystemUser): Promise<void> {
  const own = join(user.home, '.jupyter');
  await writeAs(user, join(own, 'jupyter_lab_config.py'), 'c.LabApp.expose_app_in_browser = True\n');
  for (const folder of ['lab', 'lab/user-settings', 'lab/user-settings/@jupyterlab'])
    await writeAs(user, join(own, folder, '.made'), '');
  await writeAs(
    user,
    join(own, 'lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings'),
    '{"fetchNews":"false","checkForUpdates":false}',
  );
}

/** What is printed under the cell that holds this text. */
async function printedUnder(page: Page, text: string): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { cells } = jupyterapp.shell.currentWidget.content.model.sharedModel;
    const cell = cells.find(({ cell_type, source }) => cell_type === 'code' && source.includes(${JSON.stringify(text)}));
    return cell.outputs.map(({ text = '' }) => [text].flat().join('')).join('');
  })()`);
}

/** A student's hour: the notebook as it was handed out, with right answers, the widgets, and the image that is saved. */
export function lessonSteps(
  page: Page,
  hub: string,
  user: SystemUser,
  { results, saved }: { readonly results: string; readonly saved: (address: string) => Promise<void> },
): Step[] {
  return [
    [
      'opens the notebook of the course through the proxy',
      () => openNotebook(page, `${hub}user/${user.name}/lab/tree/${course.notebook}?reset`),
    ],
    [
      'answers its tasks and runs it on rasters in S3 and signatures in PostGIS',
      async () => {
        await page.evaluate(`(() => {
          const answers = ${JSON.stringify(rightAnswers)};
          for (const cell of jupyterapp.shell.currentWidget.content.model.sharedModel.cells)
            for (const tag of cell.metadata.tags ?? [])
              if (answers[tag] !== undefined) cell.setSource(answers[tag]);
        })()`);
        await runAllCells(page);
        const errors = await cellErrors(page);
        expect(errors.length === 0, `cells ended in errors: ${errors.join('; ')}`);
      },
    ],
    [
      'is told that both answers are right',
      async () => {
        const season = await printedUnder(page, 'checkSeason(rows');
        expect(/Right\. \d+ clear days/.test(season), season);
        const peak = await printedUnder(page, 'checkPeak(peakDay');
        expect(/Right\. On 2026-\d\d-\d\d/.test(peak), peak);
      },
    ],
    [
      'cannot change the published dataset, and is told why',
      async () => {
        const told = await printedUnder(page, 'Not refused');
        expect(/^Refused: dataset '.*' is somebody else's: it may be read/.test(told), told);
      },
    ],
    [
      'sees parcels and the image of a date that is clicked',
      async () => {
        await showWidgets(page);
      },
    ],
    [
      'saves the day as a COG below the prefix of its own',
      async () => {
        const told = (await printedUnder(page, 'ndvi.save')).trim();
        expect(
          new RegExp(`^s3://${results}/users/${user.name}/course/maize-2026-\\d\\d-\\d\\d\\.tif$`).test(told),
          `it was saved as ${told}`,
        );
        await saved(told);
      },
    ],
  ];
}

/** The map draws its parcels' tiles; a date of the plot is clicked, and the preview draws the tiles of its image. */
async function showWidgets(page: Page): Promise<void> {
  const cell = await page.evaluate<number>(
    "jupyterapp.shell.currentWidget.content.model.sharedModel.cells.findIndex(({ source }) => source.includes('new ParcelMap'))",
  );
  await scrollToOutput(page, cell);
  await page.waitForFunction(
    `(() => {
      const map = document.querySelector('.furrow-map')?.furrowMap;
      return map?.loaded() === true && map.queryRenderedFeatures().length > 0;
    })()`,
    undefined,
    { timeout: 45_000 },
  );
  await page.waitForFunction("document.querySelectorAll('.scatterlayer .point').length > 10", undefined, {
    timeout: 45_000,
  });
  const dates = await page.evaluate<
    { x: number; y: number }[]
  >(`[...document.querySelectorAll('.scatterlayer .point')]
    .filter((point) => typeof point.__data__?.data === 'number')
    .map((point) => point.getBoundingClientRect())
    .map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))`);
  const date = dates[Math.floor(dates.length / 2)];
  expect(date !== undefined, 'the plot has no dates');
  await page.mouse.move(date.x, date.y);
  await page.waitForTimeout(200);
  await page.mouse.click(date.x, date.y);
  await page.waitForFunction(
    "[...document.querySelectorAll('.furrow-bar')].some((bar) => /\\d{4}-\\d\\d-\\d\\d/.test(bar.textContent))",
    undefined,
    { timeout: 45_000 },
  );
  const item = await askKernel(page, 'console.log(plot.selection.value?.itemId)');
  expect(/^S2/.test(item), `the date that was clicked is ${item}`);
  let colours = 0;
  for (let tried = 0; tried < 20 && colours <= 50; tried++) {
    await page.waitForTimeout(1000);
    colours = await coloursOfMap(
      page,
      "[...document.querySelectorAll('.furrow-map')].filter((box) => box.furrowMap)[1].furrowMap",
    );
  }
  expect(colours > 50, `the image has ${colours} colours`);
}
