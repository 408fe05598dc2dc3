import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jupyterEnvironment } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { readBook, shownText, writeBook } from './books.ts';
import { sliderCells } from './slider.ts';
import { expect, performSteps, type Ran, runProgram, type Surroundings } from './steps.ts';

const goodCells = [
  'interface Field { name: string; hectares: number }\nconst fields: Field[] = [{ name: "north", hectares: 2.5 }];',
  'console.log(fields.length, "field");\nfields[0].hectares * 2',
  'await new Promise((done) => setTimeout(done, 20));\ndisplay.html(\'<b id="bold">rich</b>\');',
] as const;

/** The second line of the second cell, in a traceback. */
const place = /cell[ -]2(\.ts)?:2\b/;

/** `jupyter nbconvert --execute`: to a notebook, to a page, with a cell that fails, with widgets. */
export function driveNbconvert({ folder, prefix, short }: Surroundings): Promise<Check[]> {
  const convert = (name: string, ...args: string[]): Promise<Ran> =>
    runProgram('jupyter-nbconvert', ['--execute', ...args, `${name}.ipynb`], {
      cwd: folder,
      env: jupyterEnvironment(folder, prefix),
      limitMs: 60_000,
    });
  const executed = (name: string) => readBook(join(folder, `${name}.nbconvert.ipynb`));

  const toNotebook = async () => {
    writeBook(join(folder, 'good.ipynb'), 'typescript', goodCells);
    const { code, err } = await convert('good', '--to', 'notebook');
    expect(code === 0, err);
    const book = executed('good');
    const shown = [0, 1, 2].map((cell) => shownText(book, cell));
    expect(shown[0] === '' && shown[1] === '1 field\n\n5', `cells showed ${JSON.stringify(shown)}`);
    const html = book.cells[2]?.outputs[0]?.data?.['text/html'];
    expect(String(html).includes('<b id="bold">'), `the display was ${JSON.stringify(html)}`);
    const counts = book.cells.map(({ execution_count: count }) => count);
    expect(String(counts) === '1,2,3', `the execution counts were ${counts}`);
    const { language_info: language } = book.metadata as { language_info?: { name?: string } };
    expect(language?.name === 'typescript', `the language became ${JSON.stringify(language)}`);
  };

  const toPage = async () => {
    const { code, err } = await convert('good', '--to', 'html');
    expect(code === 0, err);
    const page = readFileSync(join(folder, 'good.html'), 'utf8');
    expect(page.includes('<b id="bold">rich</b>'), 'the page lacks the HTML that was displayed');
    expect(
      /<span class="kd">(const|interface)<\/span>|<span class="k\w*">const<\/span>/.test(page),
      'the cells are not highlighted as TypeScript',
    );
  };

  const failing = [
    "console.log('before');",
    'const row = undefined as unknown as { n: number };\nrow.n;',
    "'after'",
  ];
  const stops = async () => {
    writeBook(join(folder, 'bad.ipynb'), 'typescript', failing);
    const { code, err } = await convert('bad', '--to', 'notebook');
    expect(code !== 0 && code !== null, `the exit code was ${code}`);
    expect(/TypeError: Cannot read properties of undefined/.test(err), `no reason: ${err.slice(-800)}`);
    expect(place.test(err), `no line of the cell: ${err.slice(-800)}`);
    expect(!existsSync(join(folder, 'bad.nbconvert.ipynb')), 'it wrote a notebook all the same');
  };

  const goesOn = async () => {
    const { code, err } = await convert('bad', '--allow-errors', '--to', 'notebook');
    expect(code === 0, err);
    const book = executed('bad');
    const [output] = book.cells[1]?.outputs ?? [];
    expect(output?.output_type === 'error' && output.ename === 'TypeError', JSON.stringify(output));
    expect(place.test((output.traceback ?? []).join('\n')), `its lines: ${output.traceback}`);
    expect(shownText(book, 2) === "'after'", `the next cell showed ${shownText(book, 2)}`);
  };

  const widgets = async () => {
    writeBook(join(folder, 'slider.ipynb'), 'typescript', sliderCells);
    const { code, err } = await convert('slider', '--to', 'notebook');
    expect(code === 0, err);
    const book = executed('slider');
    const texts = [shownText(book, 0), shownText(book, 1)].join('|');
    expect(texts === 'IntSlider\nLabel|the kernel saw nothing yet', `the cells showed ${texts}`);
    const state = Object.values(
      book.metadata.widgets?.['application/vnd.jupyter.widget-state+json']?.state ?? {},
    );
    const slider = state.find(({ state }) => state.description === 'scale');
    expect(slider?.state.value === 3, `the state saved was ${JSON.stringify(state).slice(0, 600)}`);
  };

  const prelude = async () => {
    const cells = [
      "const plot = new SeriesPlot({ series: { points: [{ datetime: '2026-05-01T10:00:00Z', p25: 0.3, p50: 0.4, p75: 0.5, clear: 1 }] }, title: 'Saved' });\nplot",
    ];
    writeBook(join(folder, 'plot.ipynb'), 'furrow', cells);
    const { code, err } = await convert('plot', '--to', 'notebook');
    expect(code === 0, err);
    const text = JSON.stringify(executed('plot').metadata.widgets ?? {});
    expect(/"_model_name":"SeriesPlotModel"/.test(text), `the state saved was ${text.slice(0, 400)}`);
  };

  return performSteps(
    'nbconvert',
    [
      ['--to notebook keeps outputs, counts and language', toNotebook],
      ['a cell that fails ends it with the error and its place', stops],
      ['--allow-errors writes the error into the notebook and goes on', goesOn],
      ...(short
        ? []
        : ([
            ['--to html shows cells and outputs', toPage],
            ['the state of widgets is saved', widgets],
            ["the state of the prelude's widgets is saved", prelude],
          ] as const)),
    ],
    { limitMs: 70_000 },
  );
}
