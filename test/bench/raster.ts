import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { peerEnvironment } from '../support/peer-environment.ts';
import { granuleFolder, rasterPeers, withoutRasterPeers } from '../support/raster-peers.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { seededRandom } from '../support/synthetic-pixels.ts';
import { type AreaResult, median } from './area.ts';

const rounds = 3;
/** Windows take a tenth of a second, so that their noise is greater. */
const windowRounds = 7;
/** Reads of one process, as of a kernel that lives for hours; the first, with compilation in it, is told by itself. */
const passes = 3;
const tilePixels = 512;
const windowPixels = 200;
const warmWindows = 30;
const countedWindows = 40;
const codecs = {
  deflate: 'B04.tif',
  zstd: 'B04_zstd.tif',
  lzw: 'B04_lzw.tif',
  none: 'B04_none.tif',
} as const;

type Box = readonly [x: number, y: number, width: number, height: number];

interface Task {
  readonly file: string;
  readonly passes: number;
  /** Read before the clock starts; without any it starts before the file is opened. */
  readonly warm: readonly Box[];
  readonly windows: readonly Box[];
}

/**
 * Pixels decoded per CPU second of each codec, eight rows of tiles in one read; windows of a local file that stays open; windows over
 * HTTP with 30 ms of latency. The peer is rasterio (GDAL, one thread), in turn, on the same file and core; sums of pixels must agree.
 * Each process is started as its users start it: ours by `start.mjs`, with large pages, theirs plainly. It reads three times with
 * the file opened anew and takes its median; `..._first_vs_...` are of the first reads.
 */
export async function raster({ short }: { readonly short: boolean }): Promise<AreaResult> {
  const python = rasterPeers();
  if (python === undefined) return missing(`rasterio: ${withoutRasterPeers}`);
  const granule = granuleFolder(short ? 'small' : 'granule', (line) => console.error(line));
  const ranges = sharedData('anchors', 'raster', 'bench_range.py');
  if (granule === undefined || ranges === undefined) return missing(`the anchors: ${withoutSharedData}`);
  const side = short ? 1098 : 10980;
  const folder = mkdtempSync(join(tmpdir(), 'furrow-bench-'));
  try {
    const figures: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    const bench = { python, folder, rounds: short ? 1 : rounds };
    const rows: Box = [0, 0, side, Math.min(side, 8 * tilePixels)];
    for (const [name, file] of Object.entries(codecs)) {
      const task = { file: join(granule, file), passes, warm: [], windows: [rows] };
      const { own, peer, first } = pair(task, bench);
      const rate = (seconds: number): number => Math.round((rows[2] * rows[3]) / 1e6 / seconds);
      figures[`${name}_mpx_per_cpu_s`] = rate(own);
      figures[`gdal_${name}_mpx_per_cpu_s`] = rate(peer);
      figures[`${name}_first_vs_gdal`] = first;
      ratios[`${name}_vs_gdal`] = rounded(peer / own);
    }
    const random = seededRandom(1);
    const between = (from: number, to: number): number =>
      from + Math.floor(random() * (to - windowPixels - from));
    const warmRows = short ? side / 2 : 3 * tilePixels;
    const box = (top: number, bottom: number): Box => {
      const x = between(0, side);
      return [x, between(top, bottom), windowPixels, windowPixels];
    };
    // The first windows lie elsewhere, so that those that count find few tiles decoded before.
    const warm = Array.from({ length: warmWindows }, () => box(0, warmRows));
    const windows = Array.from({ length: countedWindows }, () => box(warmRows, side));
    const task = { file: join(granule, codecs.deflate), passes, warm, windows };
    const { own, peer, first } = pair(task, { ...bench, rounds: short ? 1 : windowRounds });
    figures.window_cpu_ms = rounded((own / windows.length) * 1000);
    figures.rasterio_window_cpu_ms = rounded((peer / windows.length) * 1000);
    figures.window_first_vs_rasterio = first;
    ratios.window_vs_rasterio = rounded(peer / own);
    const remote = remoteWindows(ranges, granule, bench);
    return {
      area: 'raster',
      figures: { ...figures, ...remote.figures },
      ratios: { ...ratios, ...remote.ratios },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function missing(what: string): AreaResult {
  return { area: 'raster', figures: {}, ratios: {}, missing: [what] };
}

interface Bench {
  readonly python: string;
  readonly folder: string;
  readonly rounds: number;
}

interface Pair {
  readonly own: number;
  readonly peer: number;
  /** The ratio of the first reads. */
  readonly first: number;
}

/** Medians of the CPU seconds of one task, ours and rasterio's processes in turn, all on one core. */
function pair(task: Task, { python, folder, rounds }: Bench): Pair {
  const list = join(folder, 'task.json');
  writeFileSync(list, JSON.stringify(task));
  const starter = join(packageRoot(), 'start.mjs');
  const script = (name: string): string => join(packageRoot(), 'test', 'bench', name);
  const own: (readonly number[])[] = [];
  const peer: (readonly number[])[] = [];
  for (let round = 0; round < rounds; round++) {
    const theirs = run(python, [script('rasterio_read_seconds.py'), list]);
    const ours = run(process.execPath, [starter, script('read-seconds.ts'), list]);
    const [a, b] = [ours, theirs].map((text) => JSON.parse(text) as { cpu_s: number[]; sums: number[] });
    const sums = [...(a?.sums ?? []), ...(b?.sums ?? [])];
    if (a === undefined || b === undefined || new Set(sums).size !== 1)
      throw new PeerFailed(`${task.file}: the pixels add up to ${a?.sums}, those of rasterio to ${b?.sums}`);
    own.push(a.cpu_s);
    peer.push(b.cpu_s);
  }
  const middle = (runs: typeof own): number => median(runs.map(median));
  const first = (runs: typeof own): number => median(runs.map(([seconds]) => seconds ?? Number.NaN));
  return { own: middle(own), peer: middle(peer), first: rounded(first(peer) / first(own)) };
}

/** The last core, as other work is wont to be on the first. */
function run(command: string, args: readonly string[], onOneCore = process.platform === 'linux'): string {
  const pinned = ['taskset', '-c', String(availableParallelism() - 1), command, ...args];
  const [program = command, ...rest] = onOneCore ? pinned : [command, ...args];
  const { stdout, stderr, status, error } = spawnSync(program, rest, {
    encoding: 'utf8',
    env: peerEnvironment(),
  });
  if (status !== 0) throw new PeerFailed(`${command} ${args.join(' ')} failed: ${error ?? stderr}`);
  return stdout;
}

/** Header and one tile: what range.ts reads before its clock. The peer does so before the server counts. */
const warmUpRequests = 2;

interface RangeLine {
  readonly peer: string;
  readonly mode: 'cold' | 'warm';
  readonly requests_per_window: number;
  readonly ms_per_window: number;
  readonly sum: number;
}

function remoteWindows(
  program: string,
  granule: string,
  { python, rounds }: Bench,
): Pick<AreaResult, 'figures' | 'ratios'> {
  const started = [process.execPath, join(packageRoot(), 'start.mjs')].join(' ');
  const own = `${started} ${join(packageRoot(), 'test', 'bench', 'range.ts')} {url} {list} {mode}`;
  const args = [program, '--dir', granule, '--latency', '30', '--node', process.execPath];
  args.push('--windows', String(countedWindows));
  const lines: RangeLine[] = [];
  for (let round = 0; round < rounds; round++) {
    const text = run(python, [...args, '--own', own], false);
    for (const line of text.trim().split('\n')) lines.push(JSON.parse(line) as RangeLine);
  }
  if (new Set(lines.map(({ sum }) => sum)).size !== 1)
    throw new PeerFailed(`windows over HTTP: the pixels add up differently: ${JSON.stringify(lines)}`);
  const of = (peer: string, mode: string, key: 'requests_per_window' | 'ms_per_window'): number =>
    median(lines.filter((line) => line.peer === peer && line.mode === mode).map((line) => line[key]));
  const counted = (mode: string): number =>
    rounded(of('own', mode, 'requests_per_window') - warmUpRequests / countedWindows);
  const figures: Record<string, number> = {
    remote_requests: counted('cold'),
    remote_warm_requests: counted('warm'),
    gdal_remote_requests: of('rasterio tuned', 'cold', 'requests_per_window'),
  };
  const ratios: Record<string, number> = {};
  for (const mode of ['cold', 'warm']) {
    const [ours, theirs] = [of('own', mode, 'ms_per_window'), of('rasterio tuned', mode, 'ms_per_window')];
    figures[`remote_${mode}_ms`] = ours;
    figures[`gdal_remote_${mode}_ms`] = theirs;
    ratios[`remote_${mode}_vs_gdal`] = rounded(theirs / ours);
  }
  return { figures, ratios };
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

/** A process ended with an error, or with other pixels. */
class PeerFailed extends Error {
  override readonly name = 'PeerFailed';
}
