import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installKernelspec } from '../../kernel/install.ts';
import { kernelPeers } from '../support/kernel-peers.ts';
import { buildForTests } from '../support/scratch-kernel.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import type { AreaResult } from './area.ts';
import { kernelMemory } from './kernel-memory.ts';

const runs = 3;

/** The figures that the comparison gives of each kernel, by our names, which carry the unit. */
const compared = new Map([
  ['start_ms', 'start_ms'],
  ['first_ms', 'first_cell_ms'],
  ['rtt_p50_ms', 'rtt_p50_ms'],
  ['rtt_p95_ms', 'rtt_p95_ms'],
  ['decl_p50_ms', 'declare_p50_ms'],
  ['lines_per_s', 'lines_per_s'],
  ['lines_lost', 'lines_lost'],
  ['lines_late', 'lines_after_idle'],
  ['big_ms', 'print_megabyte_ms'],
  ['complete_first_ms', 'complete_member_first_ms'],
  ['complete_p50_ms', 'complete_member_p50_ms'],
  ['complete_prefix_p50_ms', 'complete_prefix_p50_ms'],
  ['inspect_p50_ms', 'inspect_p50_ms'],
  ['interrupt_ms', 'interrupt_ms'],
  ['rss_start_mib', 'rss_start_mib'],
  ['rss_idle_mib', 'rss_first_cell_mib'],
  ['rss_end_mib', 'rss_end_mib'],
  ['shutdown_ms', 'shutdown_ms'],
]);

/** Of ours, those that stand without the name of a kernel. */
const headlines = ['lines_lost', 'lines_after_idle', 'complete_member_p50_ms', 'rss_first_cell_mib'];

/** What `bench_kernel.py` writes of one kernel; a figure it could not take is missing or null. */
type Measured = Readonly<Record<string, unknown>> & { readonly kernel: string };

/**
 * The kernel as it is installed, with the prelude, beside the other kernels of the machine: each on fresh processes, in turn
 * (medians of three rounds, one with `short`), by `bench_kernel.py` of the anchors. Resident memory is that of the kernel's
 * own processes, summed; with the language service it is taken apart from the comparison.
 */
export async function kernel({ short }: { readonly short: boolean }): Promise<AreaResult> {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-bench-'));
  try {
    await buildForTests();
    const peers = kernelPeers([join(folder, 'share', 'jupyter')]);
    await installKernelspec({ prefix: folder, nodePath: process.execPath });
    const measured = await compare(folder, ['furrow', ...peers.names], short);
    const memory = await kernelMemory();
    const { missing } = measured;
    const all = [...missing, ...peers.missing];
    return {
      area: 'kernel',
      figures: { ...figuresOf(measured.kernels), ...memory },
      ratios: ratiosOf(measured.kernels),
      ...(all.length > 0 && { missing: all }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  folder: string,
  names: readonly string[],
  short: boolean,
): Promise<{ kernels: readonly Measured[]; missing: readonly string[] }> {
  const python = testPython();
  const script = sharedData('anchors', 'kernel', 'bench_kernel.py');
  if (python === undefined) return { kernels: [], missing: [`jupyter_client: ${withoutTestPython}`] };
  if (script === undefined) return { kernels: [], missing: [`bench_kernel.py: ${withoutSharedData}`] };
  const results = join(folder, 'results.json');
  const { environment, folder: cwd } = kernelPeers([join(folder, 'share', 'jupyter')]);
  const child = spawn(python, [script, ...names, '--runs', String(short ? 1 : runs), '--json', results], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2], // its table; the figures are in the file
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new ComparisonFailed(`${script} failed with exit code ${code}`);
  const { median } = JSON.parse(readFileSync(results, 'utf8')) as { median: readonly Measured[] };
  return { kernels: median, missing: [] };
}

function figuresOf(kernels: readonly Measured[]): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const measured of kernels)
    for (const [theirs, ours] of compared) {
      const value = measured[theirs];
      if (typeof value !== 'number') continue;
      const rounded = Number(value.toPrecision(4));
      if (measured.kernel === 'furrow' && headlines.includes(ours)) figures[ours] = rounded;
      else figures[`${measured.kernel}_${ours}`] = rounded;
    }
  return figures;
}

/** Each discipline against each peer: times as theirs over ours, rates as ours over theirs. */
function ratiosOf(kernels: readonly Measured[]): Record<string, number> {
  const own = kernels.find((measured) => measured.kernel === 'furrow');
  const ratios: Record<string, number> = {};
  for (const peer of kernels.filter((measured) => measured !== own))
    for (const [name, key, better] of [
      ['rtt', 'rtt_p50_ms', 'less'],
      ['declare', 'decl_p50_ms', 'less'],
      ['start', 'start_ms', 'less'],
      ['lines', 'lines_per_s', 'more'],
      ['rss_first_cell', 'rss_idle_mib', 'less'],
      ['shutdown', 'shutdown_ms', 'less'],
    ] as const) {
      const [ours, theirs] = [own?.[key], peer[key]];
      if (typeof ours !== 'number' || typeof theirs !== 'number') continue;
      const peerName = peer.kernel === 'python3' ? 'ipykernel' : peer.kernel;
      ratios[`${name}_vs_${peerName}`] = Number(
        (better === 'less' ? theirs / ours : ours / theirs).toFixed(2),
      );
    }
  return ratios;
}

/** The comparison ended without figures. */
class ComparisonFailed extends Error {
  override readonly name = 'ComparisonFailed';
}
