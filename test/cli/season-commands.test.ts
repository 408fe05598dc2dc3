import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { embeddedPlace, readState } from '../../src/store/embedded-place.ts';

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('furrow COMMAND', () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-cli-'));
  const at = (...path: string[]) => join(folder, ...path);

  before(async () => {
    await makeDemoSeason({ folder: at('demo'), size: 160, dates: 6 });
    const [report] = await asked('extract', 'demo', 'demo');
    assert.ok(Number(report?.rows) > 0);
    assert.deepEqual([report?.failed, report?.done], [[], used(report)]);
  });
  after(async () => {
    // The embedded store outlives the command that started it.
    const server = embeddedPlace(folder);
    const { pid } = (await readState(server)) ?? {};
    if (pid !== undefined) process.kill(pid);
    for (let tries = 0; tries < 100 && (await readState(server)) !== undefined; tries += 1) await delay(50);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the command line; `onPrinted` is told what it has printed so far, with a way to send it a signal. */
  function furrow(
    args: readonly string[],
    onPrinted: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
  ): Promise<Ran> {
    const { FURROW_STORE: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [join(packageRoot(), 'cli', 'main.ts'), ...args], {
      cwd: folder,
      env: { ...inherited, FURROW_DATA: folder, NODE_COMPILE_CACHE: at('compiled') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onPrinted(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    return new Promise((done) => child.on('close', (status) => done({ status, stdout, stderr })));
  }

  /** What a command that succeeds prints, as JSON. */
  async function asked(...args: string[]): Promise<Record<string, unknown>[]> {
    const { status, stdout, stderr } = await furrow(args);
    assert.equal(status, 0, stderr);
    return rowsOf(stdout);
  }

  test('help has one line a command, and no line is longer than 110 columns', async () => {
    const { status, stdout } = await furrow(['help']);
    assert.equal(status, 0);
    const names = stdout.match(/^ {2}[a-z]+/gm)?.map((name) => name.trim());
    const kernel = ['kernel', 'kernel', 'kernel'];
    assert.deepEqual(names, [
      ...commands.slice(0, -accountCommands.length),
      ...serving,
      ...accountCommands,
      ...kernel,
    ]);
    assert.ok(stdout.split('\n').length < 40, stdout);
    assert.ok(Math.max(...stdout.split('\n').map(({ length }) => length)) <= 110);
  });

  test('each command has a help that names its call and --json, without a store', async () => {
    const all = await Promise.all(commands.map((name) => furrow([name, '--help'])));
    for (const [place, name] of commands.entries()) {
      const { status, stdout, stderr } = all[place] ?? assert.fail();
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^furrow ${name} `));
      assert.match(stdout, /--json/);
    }
  });

  test('what cannot be meant is refused in one sentence, with exit code 1', async () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['nonsense', /there is no such command; furrow help lists them/],
      ['demo more', /it takes options only, what is 'more'/],
      ['extract demo', /PARCELS is missing/],
      ['extract demo demo --workers 0', /--workers takes a whole number from 1 to/],
      ['extract demo demo --threads two', /--threads takes a whole number/],
      ['extract demo demo --from yesterday', /--from takes a date as 2026-03-01/],
      ['extract demo demo --every 20s', /--every and --for say how --watch watches/],
      ['extract demo demo --watch --dry-run', /exclude each other/],
      ['extract demo demo --max-cloud 101', /--max-cloud takes a number from 0 to 100/],
      ['images demo --status lost', /--status takes waiting, claimed, done, failed, dropped/],
      ['images', /DATASET is missing/],
      ['retry demo --all', /Unknown option '--all'; furrow retry --help lists/],
      ['series demo --from', /'--from <value>' argument missing; furrow series/],
      ['series demo --bbox 1,2,3', /--bbox takes 4 numbers/],
      ['series demo --clear 2', /--clear takes a number from 0 to 1/],
      ['range demo --stat best --day 2026-03-08', /--stat takes mean, median/],
      ['range demo --least 0', /on a day, or from a time to another/],
      ['peers demo first', /PID is the number of a parcel/],
      ['peers demo 1 --min-area=-1', /--min-area takes a number of at least 0/],
      ['archive demo --month 2026-03', /--month goes with --restore/],
      ['archive demo --restore --detach', /--restore goes with --month only/],
      ['maintain demo --before never', /--before takes a date/],
      ['parcels nothing.geojson', /nothing stands at/],
    ];
    const half = Math.ceil(refused.length / 2);
    for (const group of [refused.slice(0, half), refused.slice(half)])
      await Promise.all(
        group.map(async ([line, sentence]) => {
          const { status, stdout, stderr } = await furrow(line.split(' '));
          assert.deepEqual([status, stdout], [1, ''], line);
          assert.match(stderr, sentence);
          assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
        }),
      );
  });

  test('extracting again does nothing, and a dry run says so', async () => {
    const [estimate] = await asked('extract', 'demo', 'demo', '--dry-run');
    assert.equal(estimate?.toDo, 0);
    const line = ['extract', 'demo', 'demo', '--workers', '2', '--threads', '2'];
    const [again] = await asked(...line);
    assert.deepEqual([again?.done, again?.rows], [0, 0]);
    assert.equal(again?.skipped, used(again));
  });

  test('a dry run says which rows a lower bound of clouds would delete', async () => {
    const [estimate] = await asked('extract', 'demo', 'demo', '--dry-run', '--max-cloud', '0');
    const removed = estimate?.removed as { readonly rows: number }[];
    assert.ok(removed.length > 0 && removed.every(({ rows }) => rows > 0));
    const [again] = await asked('extract', 'demo', 'demo');
    assert.deepEqual([again?.done, again?.removed], [0, []]);
  });

  test('watching ends well at Ctrl-C, and says what each look found', async () => {
    const line = ['extract', 'demo', 'demo', '--watch', '--every', '10s'];
    const { status, stdout, stderr } = await furrow(line, (printed, kill) => {
      if (printed.includes('\n')) kill('SIGINT');
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(
      rowsOf(stdout).map(({ look, done }) => [look, done]),
      [[1, 0]],
    );
  });

  test('images are listed, explained, and wait again', async () => {
    const images = await asked('images', 'demo', '--status', 'done');
    const [first] = images;
    assert.ok(first?.status === 'done' && Number(first.rows) > 0);
    assert.equal((await furrow(['images', 'demo', '--failed'])).status, 0);
    const item = String(first.item);
    assert.deepEqual(await asked('retry', 'demo', '--item', item), [{ item }]);
    assert.deepEqual(
      (await asked('images', 'demo', '--status', 'waiting')).map((image) => image.item),
      [item],
    );
    const missing = await furrow(['retry', 'demo', '--item', 'none']);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /'none' is no image of this dataset/);
    const [again] = await asked('extract', 'demo', 'demo');
    assert.equal(again?.done, 1);
  });

  test('series, an image and a range agree, and files hold as many rows', async () => {
    const series = await asked('series', 'demo', '--pid', '1', '--pid', '2');
    const row = series.find(({ pid }) => pid === 2) ?? assert.fail('parcel 2 has no row');
    const [shown] = await asked('image', 'demo', '--item', String(row.item), '--pid', '2');
    assert.deepEqual(shown, row);
    const day = String(row.datetime).slice(0, 10);
    const within = await asked('range', 'demo', '--day', day, '--least', '-1', '--pid', '2');
    assert.ok(within.some(({ item, mean }) => item === row.item && mean === row.mean));
    const out = at('series.csv');
    const [written] = await asked('series', 'demo', '--pid', '1', '--pid', '2', '--out', out);
    assert.deepEqual(written, { written: out, rows: series.length });
    assert.equal(readFileSync(out, 'utf8').trimEnd().split('\n').length, series.length + 1);
  });

  test('a question without an answer says so beside an empty output', async () => {
    const { status, stdout, stderr } = await furrow(['series', 'demo', '--from', '2090-01-01']);
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /^no rows: 'demo' has no 'ndvi'/);
  });

  test('an index that was not extracted is refused with the names of those that were', async () => {
    const { status, stdout, stderr } = await furrow(['series', 'demo', '--index', 'evi']);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /dataset 'demo' has no band or index 'evi'; it has .*ndvi/);
  });

  test('peers come nearest first', async () => {
    const found = await asked('peers', 'demo', '1', '--crop', 'any', '--min-area', '0', '--rows', '3');
    const distances = found.map(({ distance }) => Number(distance));
    assert.equal(distances.length, 3);
    assert.deepEqual(
      distances,
      [...distances].sort((one, other) => one - other),
    );
  });

  test('parcels go to each format and back', async () => {
    const [whole] = await asked('parcels', 'demo');
    for (const end of ['geojson', 'gpkg', 'parquet', 'zip']) {
      const path = at(`fields.${end}`);
      await asked('parcels', 'demo', '--out', path);
      const [back] = await asked('parcels', path);
      assert.deepEqual([back?.parcels, back?.hectares], [whole?.parcels, whole?.hectares], end);
    }
    writeFileSync(at('none.geojson'), '{');
    const { status, stderr } = await furrow(['parcels', at('none.geojson')]);
    assert.equal(status, 1);
    assert.match(stderr, /^furrow parcels: .*none\.geojson/);
  });

  test('months are rewritten, leave for files, are read from there and come back', async () => {
    const end = ['--before', '2030-01-01'];
    const [kept] = await asked('maintain', 'demo', ...end);
    assert.ok(Number(kept?.months) > 0 && kept?.refused === 0);
    const line = ['series', 'demo', '--pid', '1'];
    const series = await asked(...line);
    const gone = await asked('archive', 'demo', '--out', at('archive'), '--detach', ...end);
    assert.ok(gone.length > 0 && gone.every(({ state }) => state === 'detached'));
    assert.deepEqual(await asked('archive', 'demo'), gone);
    assert.deepEqual(await asked(...line), series);
    const [moved] = await asked('images', 'demo', '--status', 'done');
    const [late, month] = [String(moved?.item), String(moved?.datetime).slice(0, 7)];
    assert.match(String(moved?.choice), /its rows lie in .*archive with the month/);
    await asked('retry', 'demo', '--item', late);
    const [report] = await asked('extract', 'demo', 'demo');
    assert.deepEqual(report?.divided, [{ month, location: at('archive'), images: 1 }]);
    const [why] = await asked('images', 'demo', '--why', late);
    assert.match(String(why?.choice), new RegExp(`furrow archive demo --restore --month ${month} brings`));
    const [divided] = await asked('archive', 'demo', '--out', at('archive'), ...end);
    assert.deepEqual([divided?.month, divided?.state, divided?.beside], [month, 'detached', 1]);
    assert.deepEqual(await asked(...line), series);
    const back = await asked('archive', 'demo', '--restore');
    assert.deepEqual(
      back.map(({ month, state }) => [month, state]),
      gone.map(({ month }) => [month, 'restored']),
    );
    assert.deepEqual(await asked(...line), series);
    assert.equal((await furrow(['archive', 'demo', '--restore'])).status, 1);
  });
});

const accountCommands = ['user', 'group', 'grant', 'token', 'store'];
/** Those that answer in other ways than rows. */
const serving = ['serve', 'worker', 'settings'];
const commands = [
  'demo',
  'parcels',
  'extract',
  'images',
  'retry',
  'series',
  'image',
  'peers',
  'range',
].concat(['dataset', 'weather', 'maintain', 'archive'], accountCommands);

function rowsOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function used(report: Record<string, unknown> | undefined): number {
  return Number(report?.images) - Number(report?.dropped);
}
