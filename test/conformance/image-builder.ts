import { existsSync, renameSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from '../support/setup-failed.ts';
import { type CommandResult, command, succeed } from './image-commands.ts';
import type { BuildSecrets } from './image-secrets.ts';

/** What an image says about how it is run, as `docker inspect` has it. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

export interface BuiltImage {
  readonly config: ImageConfig;
  /** Bytes of its layers, unpacked. */
  readonly bytes: number;
  /** The folder where its files are mounted, writable: `startContainer` mounts it read-only. */
  readonly rootfs: string;
}

/** buildah with a storage of its own in a temporary folder, which goes with it. */
export interface Builder extends AsyncDisposable {
  readonly folder: string;
  build(target: string, secrets: BuildSecrets): Promise<BuiltImage>;
  /** A build that may fail, of any Dockerfile, on the same base. */
  tryBuild(context: string, args: readonly string[]): Promise<CommandResult>;
}

const debianPackages = new Map([
  ['buildah', '/usr/bin/buildah'],
  ['debootstrap', '/usr/sbin/debootstrap'],
  ['openssl', '/usr/bin/openssl'],
]);
const aptWait = ['-o', 'DPkg::Lock::Timeout=600'];
const release = 'bookworm';

/** The reason why no image can be built here; undefined where one can. */
export function withoutBuilder(): string | undefined {
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) return;
  return 'building an image in a chroot needs Debian and root';
}

/** Installs buildah where it is absent and imports Debian 12, made by debootstrap and kept in the user's cache. Throws `SetupFailed`. */
export async function openBuilder(tell: (line: string) => void): Promise<Builder> {
  await installPackages(tell);
  const folder = await mkdtemp(join(tmpdir(), 'furrow-image-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  // buildah keeps what RUN --mount=type=cache names below TMPDIR.
  const env = { ...process.env, TMPDIR: temporary };
  const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
  let driver = 'overlay';
  const buildah = (args: readonly string[]) =>
    succeed('buildah', [...storage, '--storage-driver', driver, ...args], { env, limitMs: 1_200_000 });
  const dispose = async () => {
    for (const last of [
      ['umount', '--all'],
      ['rm', '--all'],
    ])
      await buildah(last).catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const base = await debianArchive(tell);
    const container = await buildah(['from', 'scratch']).catch(async () => {
      // Inside another container there is often no overlay of overlays.
      driver = 'vfs';
      await rm(join(folder, 'storage'), { recursive: true, force: true });
      return buildah(['from', 'scratch']);
    });
    await buildah(['add', '--quiet', container.trim(), base, '/']);
    await buildah(['commit', '--quiet', '--rm', container.trim(), 'furrow-base']);
    const built = (context: string, args: readonly string[]) => [
      'build',
      ...['--isolation', 'chroot', '--format', 'docker', '--pull=never'],
      // Copies of all files for every layer would fill the disk.
      `--layers=${driver === 'overlay'}`,
      ...['--build-arg', 'BASE_IMAGE=localhost/furrow-base', ...args, context],
    ];
    return {
      folder,
      tryBuild: (context, args) =>
        command('buildah', [...storage, '--storage-driver', driver, ...built(context, args)], { env }),
      build: async (target, secrets) => {
        const name = `furrow-${target}`;
        const dockerfile = join(packageRoot(), 'docker', 'Dockerfile');
        const chosen = ['--file', dockerfile, '--target', target, '--tag', name];
        await buildah(built(packageRoot(), [...chosen, ...secrets.arguments]));
        const made = (await buildah(['from', '--pull=never', `localhost/${name}`])).trim();
        const rootfs = (await buildah(['mount', made])).trim();
        const images = JSON.parse(await buildah(['images', '--json'])) as {
          names?: string[];
          size: string;
        }[];
        const size = images.find(({ names }) => names?.includes(`localhost/${name}:latest`))?.size ?? '';
        const facts = JSON.parse(await buildah(['inspect', '--type', 'image', `localhost/${name}`])) as {
          Docker: { config: ImageConfig };
        };
        return { config: facts.Docker.config, bytes: bytesOf(size), rootfs };
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function installPackages(tell: (line: string) => void): Promise<void> {
  const missing = [...debianPackages].filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  tell(`apt-get install ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await succeed('apt-get', [...aptWait, 'update', '-qq'], { env });
  await succeed('apt-get', [...aptWait, 'install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env,
  });
}

/** Path of a tar archive with Debian 12 and nothing more, like the official slim image; made once. */
async function debianArchive(tell: (line: string) => void): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'furrow-image');
  const archive = join(cache, `debian-${release}.tar`);
  if (existsSync(archive)) return archive;
  tell('debootstrap of Debian 12, once');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'making-'));
  try {
    const sources = await aptSources();
    const [main] = sources;
    if (main === undefined) throw new SetupFailed(`apt on this machine has no source of Debian ${release}`);
    const rootfs = join(folder, 'rootfs');
    await succeed('debootstrap', ['--variant=minbase', release, rootfs, main.address]);
    const lines = sources.map(({ address, suite }) => `deb ${address} ${suite} main\n`);
    await writeFile(join(rootfs, 'etc', 'apt', 'sources.list'), lines.join(''));
    await writeFile(join(rootfs, 'etc', 'dpkg', 'dpkg.cfg.d', 'unsafe-io'), 'force-unsafe-io\n');
    const left = ['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale', 'var/cache/apt'];
    const logs = ['var/lib/apt/lists', 'var/log', 'dev'];
    const without = [...left, ...logs].map((place) => `--exclude=./${place}/*`);
    const draft = join(folder, 'draft.tar');
    await succeed('tar', ['--create', '--file', draft, ...without, '--directory', rootfs, '.']);
    renameSync(draft, archive);
    return archive;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where this machine's apt gets Debian 12 from: the release itself first, then its updates. */
async function aptSources(): Promise<{ address: string; suite: string }[]> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = await succeed('apt-get', ['indextargets', '--format', format, 'Identifier: Packages']);
  const found = targets
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, suite, component]) => suite?.split('-')[0] === release && component === 'main')
    .map(([address = '', suite = '']) => ({ address: address.replace(/\/$/, ''), suite }))
    .filter(({ address }) => /\bdebian(-security)?$/.test(address));
  return found.sort((a, b) => a.suite.length - b.suite.length);
}

/** buildah prints `703 MB`. */
function bytesOf(size: string): number {
  const [, number = '', unit = ''] = /^([\d.]+) ([kMG]?)B$/.exec(size) ?? [];
  const bytes = Number(number) * ({ '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit] ?? Number.NaN);
  if (!(bytes > 0)) throw new SetupFailed(`buildah gives the size '${size}'`);
  return bytes;
}
