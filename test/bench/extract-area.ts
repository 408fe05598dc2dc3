import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { peerEnvironment } from '../support/peer-environment.ts';
import { granuleFolder, rasterPeers, withoutRasterPeers } from '../support/raster-peers.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { type AreaResult, median } from './area.ts';

const rounds = 3;
const bands = ['B02', 'B03', 'B08', 'B04'];

interface Run {
  readonly peer: string;
  readonly seconds: number;
  readonly cpu_s: number;
  readonly peak_rss_mb: number;
  readonly error?: string;
}

/** One setting of the anchor's comparison: ours and the peers one after another, in processes of their own. */
interface Setting {
  readonly name: string;
  readonly cores: number;
  readonly bands: readonly string[];
  readonly peers: readonly string[];
  /** What is compared. */
  readonly by: 'cpu_s' | 'seconds';
  /** Ratio by peer. */
  readonly ratios: Readonly<Record<string, string>>;
}

const settings: readonly Setting[] = [
  {
    name: 'one_core_one_band',
    cores: 1,
    bands: ['B04'],
    peers: ['numba', 'exactextract_raster'],
    by: 'cpu_s',
    ratios: { numba: 'core_vs_numba', exactextract_raster: 'core_vs_exactextract' },
  },
  {
    name: 'one_core_four_bands',
    cores: 1,
    bands,
    peers: ['numba'],
    by: 'cpu_s',
    ratios: { numba: 'core_vs_numba_4' },
  },
  {
    name: 'two_cores_four_bands',
    cores: 2,
    bands,
    peers: ['numba', 'exactextract_raster'],
    by: 'seconds',
    ratios: { numba: 'two_cores_vs_numba', exactextract_raster: 'two_cores_vs_exactextract' },
  },
];

/**
 * Parcel statistics of the generated granule (10,980 px, 20,000 parcels) beside numba and exactextract by the anchor's program: CPU seconds on one
 * core, wall seconds on two. Every value is compared with numba's. The short form takes the small set, once.
 */
export async function extract({ short }: { readonly short: boolean }): Promise<AreaResult> {
  const program = sharedData('anchors', 'raster', 'bench_extract_peers.py');
  const python = rasterPeers();
  const granule = granuleFolder(short ? 'small' : 'granule', (line) => console.error(line));
  if (program === undefined || python === undefined || granule === undefined)
    return {
      area: 'extract',
      figures: {},
      ratios: {},
      missing: [program === undefined ? withoutSharedData : withoutRasterPeers],
    };
  const runs = new Map<string, number[]>();
  let peak = 0;
  let differing = 0;
  let compared = 0;
  for (let round = 0; round < (short ? 1 : rounds); round++)
    for (const setting of settings) {
      const folder = mkdtempSync(join(tmpdir(), 'furrow-bench-'));
      try {
        for (const run of compare(python, program, granule, folder, setting)) {
          const key = `${setting.name} ${run.peer}`;
          runs.set(key, [...(runs.get(key) ?? []), run[setting.by]]);
          if (run.peer === 'own') peak = Math.max(peak, run.peak_rss_mb);
        }
        for (const band of setting.bands) {
          const [values, wrong] = differences(
            readDump(join(folder, `numba.${band}.json`)),
            readDump(join(folder, `own.${band}.json`)),
          );
          compared += values;
          differing += wrong;
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  const of = (setting: string, peer: string): number => median(runs.get(`${setting} ${peer}`) ?? []);
  const figures: Record<string, number> = {};
  const ratios: Record<string, number> = {};
  for (const { name, by, peers, ratios: names } of settings) {
    const unit = by === 'cpu_s' ? 'cpu_s' : 'wall_s';
    for (const peer of ['own', ...peers]) figures[`${name}_${peer}_${unit}`] = round(of(name, peer), 3);
    for (const [peer, ratio] of Object.entries(names))
      ratios[ratio] = round(of(name, peer) / of(name, 'own'), 2);
  }
  return {
    area: 'extract',
    figures: { ...figures, peak_mb: peak, values_compared: compared, values_differing: differing },
    ratios,
  };
}

function compare(
  python: string,
  program: string,
  granule: string,
  folder: string,
  { cores, bands, peers }: Setting,
): readonly Run[] {
  const json = join(folder, 'results.json');
  const own = [
    process.execPath,
    join(packageRoot(), 'start.mjs'),
    join(packageRoot(), 'test/bench/extract.ts'),
  ];
  const args = [
    program,
    ...['--raster', bands.map((band) => join(granule, `${band}.tif`)).join(',')],
    ...['--parcels', join(granule, 'parcels.geojson'), '--peers', peers.join(','), '--cores', String(cores)],
    ...['--dump', folder, '--json', json],
    ...['--own', `${own.map((part) => `'${part}'`).join(' ')} {raster} {parcels} {cores} {dump}`],
  ];
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8', env: peerEnvironment() });
  if (status !== 0) throw new PeerFailed(`bench_extract_peers.py failed: ${stdout}\n${stderr}`);
  return (JSON.parse(readFileSync(json, 'utf8')) as { results: Run[] }).results;
}

interface Dump {
  readonly stats: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

function readDump(file: string): Dump {
  return JSON.parse(readFileSync(file, 'utf8')) as Dump;
}

/** How many values there are, and how many of ours are other ones: std beyond 1e-12 of its size, all others at all. */
function differences(expected: Dump, actual: Dump): [values: number, wrong: number] {
  const own = new Map(actual.rows.map(([pid, ...values]) => [pid, values]));
  let values = Math.abs(expected.rows.length - actual.rows.length) * expected.stats.length;
  let wrong = values;
  for (const [pid, ...row] of expected.rows)
    for (const [i, stat] of expected.stats.entries()) {
      const one = row[i] ?? null;
      const other = own.get(pid)?.[actual.stats.indexOf(stat)] ?? null;
      const near =
        stat === 'std' && one !== null && other !== null && Math.abs(one - other) <= 1e-12 * Math.abs(one);
      values++;
      if (one !== other && !near) wrong++;
    }
  return [values, wrong];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** A peer ended with an error instead of a figure. */
class PeerFailed extends Error {
  override readonly name = 'PeerFailed';
}
