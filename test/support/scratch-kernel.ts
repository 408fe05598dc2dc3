import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installKernelspec } from '../../kernel/install.ts';
import { packageRoot } from '../../src/config.ts';
import { build } from '../../start/build.ts';
import { jupyterEnvironment } from './jupyter.ts';
import { kernelPeers } from './kernel-peers.ts';

/** The kernel of this checkout, installed where nothing but one run of tests finds it. */
export interface ScratchKernel {
  /** Name of the kernelspec. */
  readonly name: 'furrow';
  /** An empty working folder. */
  readonly folder: string;
  /** For programs that start kernels by name: they also find the peers that are installed. */
  readonly environment: NodeJS.ProcessEnv;
  /** Where the peers are to be started: tslab needs the packages that lie there. */
  readonly peersFolder: string;
  readonly peers: readonly string[];
  /** Peers that are not installed, each with the command that installs it. */
  readonly missingPeers: readonly string[];
  remove(): void;
}

/** Builds what is out of date of `dist/`, without a word. */
export async function buildForTests(): Promise<void> {
  const silent = { update: () => undefined, done: () => undefined, abandon: () => undefined };
  await build({ root: packageRoot(), step: silent });
}

/** Builds the kernel if need be, and installs it into a new temporary folder. */
export async function installScratchKernel(): Promise<ScratchKernel> {
  await buildForTests();
  const base = mkdtempSync(join(tmpdir(), 'furrow-scratch-'));
  const [home, folder, prefix] = [join(base, 'home'), join(base, 'work'), join(base, 'prefix')];
  mkdirSync(home);
  mkdirSync(folder);
  await installKernelspec({ prefix, nodePath: process.execPath });
  const peers = kernelPeers([join(prefix, 'share', 'jupyter')]);
  return {
    name: 'furrow',
    folder,
    environment: {
      ...jupyterEnvironment(home, prefix),
      ...peers.environment,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    peersFolder: peers.folder,
    peers: peers.names,
    missingPeers: peers.missing,
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}
