import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/jupyter.ts';
import { accountChecks } from './image-accounts.ts';
import { type Builder, type BuiltImage, openBuilder, withoutBuilder } from './image-builder.ts';
import { composeChecks, readCompose } from './image-compose.ts';
import { runContainer, startContainer } from './image-container.ts';
import { hookChecks } from './image-hooks.ts';
import { labClient } from './image-lab.ts';
import { type BuildSecrets, writeSecrets } from './image-secrets.ts';
import { findLeftovers, findTraces } from './image-traces.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

const notebook = 'notebooks/01-first-season.ipynb';
const largestBytes = 1.1e9;
const token = randomBytes(16).toString('hex');

/** What the steps of the suite share. */
interface Run {
  readonly builder: Builder;
  readonly secrets: BuildSecrets;
  readonly checks: Check[];
  readonly figures: Record<string, number>;
  readonly tell: (line: string) => void;
}

/**
 * Images built from docker/Dockerfile on a Debian 12 made here, and run as their configuration says by their user without rights,
 * on a read-only root: JupyterLab answers and the first notebook runs in it, `furrow serve` and the hub answer too. Nothing of the
 * builder's registries and certificates is in them. `short`: only what needs no image (start hooks, compose.yaml).
 */
export async function image({ short, tell = () => undefined }: SuiteOptions): Promise<SuiteResult> {
  const startedAt = performance.now();
  const checks: Check[] = [...(await hookChecks()), ...(await compose())];
  const reason = short ? 'an image is built in full runs only' : withoutBuilder();
  if (reason !== undefined)
    return suiteResult('image', [...checks, { name: 'images', status: 'skipped', message: reason }]);
  const figures: Record<string, number> = {};
  await using builder = await openBuilder(tell);
  const secrets = await writeSecrets(
    join(builder.folder, 'secrets'),
    `furrow-${randomBytes(12).toString('hex')}`,
  );
  const run = { builder, secrets, checks, figures, tell };
  await singleuser(run);
  await api(run);
  await hub(run);
  figures.wall_s = secondsSince(startedAt);
  return suiteResult('image', checks, figures);
}

async function compose(): Promise<Check[]> {
  const name = 'compose: compose.yaml is what the specification knows';
  const project = await readCompose();
  if ('skipped' in project) return [{ name, status: 'skipped', message: project.skipped }];
  if ('failed' in project) return [{ name, status: 'failed', message: project.failed }];
  return [{ name, status: 'passed' }, ...composeChecks(project)];
}

async function build(run: Run, target: string): Promise<BuiltImage> {
  const { builder, secrets, figures, checks, tell } = run;
  tell(`building ${target}`);
  const startedAt = performance.now();
  const built = await builder.build(target, secrets);
  figures[`${target}_build_s`] = secondsSince(startedAt);
  figures[`${target}_mb`] = Math.round(built.bytes / 1e6);
  const { config, rootfs } = built;
  checks.push(
    check(`${target}: at most 1.1 GB`, built.bytes <= largestBytes, `${built.bytes} bytes`),
    check(`${target}: runs as user 1000 by number`, config.User === '1000:1000', config.User),
    check(
      `${target}: tini stands before the start hooks`,
      config.Entrypoint.join(' ') === 'tini -g -- start',
    ),
    check(`${target}: says how its health is asked`, config.Healthcheck?.Test[0] === 'CMD'),
    check(
      `${target}: is labelled`,
      ['title', 'description', 'licenses'].every((name) => config.Labels[`org.opencontainers.image.${name}`]),
    ),
    none(
      `${target}: nothing of the builder's settings is in its files`,
      await findTraces(rootfs, secrets.traces),
    ),
    none(
      `${target}: nothing of them is in its configuration`,
      secrets.traces.filter(({ text }) => JSON.stringify(config).includes(text)).map(({ what }) => what),
    ),
    none(
      `${target}: no settings, caches and lists of package managers are left`,
      await findLeftovers(rootfs),
    ),
  );
  return built;
}

/** JupyterLab on loopback, as the image starts it, and the first notebook in it. */
async function singleuser(run: Run): Promise<void> {
  const { builder, checks, figures, tell } = run;
  const built = await build(run, 'singleuser');
  checks.push(kernelspec(built.rootfs));
  const home = join(builder.folder, 'home-singleuser');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}/`;
  const loopback = [...built.config.Cmd, '--ServerApp.ip=127.0.0.1', '--ServerApp.port_retries=0'];
  const environment = { JUPYTER_TOKEN: token, JUPYTER_PORT: String(port) };
  tell('starting JupyterLab in the image');
  const startedAt = performance.now();
  await using container = await startContainer(built, home, { command: loopback, environment });
  await container.answers(`${address}api`, 180_000);
  figures.singleuser_ready_s = secondsSince(startedAt);
  const lab = labClient(address, token);
  const page = await lab.get('lab');
  checks.push(
    check(
      'singleuser: JupyterLab answers',
      page.status === 200 && String(page.body).includes('jupyter-config-data'),
    ),
  );
  const views = await lab.get('lab/extensions/furrow/package.json');
  checks.push(check('singleuser: the views of our widgets are served', views.status === 200));
  const healthy = await runContainer(built, join(builder.folder, 'home-health'), {
    entry: [],
    command: built.config.Healthcheck?.Test.slice(1) ?? [],
    environment,
  });
  checks.push(check('singleuser: its own health check says so', healthy.code === 0, healthy.output));

  tell('running the first notebook');
  const began = performance.now();
  const cells = await lab.run(notebook, await lab.codeCells(notebook), 180_000);
  figures.notebook_s = secondsSince(began);
  const bad = cells
    .filter(({ status }) => status !== 'ok')
    .map(({ source, error }) => `${error} in: ${source}`);
  checks.push(
    none('singleuser: every cell of the first notebook runs', bad),
    check(
      'singleuser: the notebook measured the demo season',
      cells.some(({ text }) => /extracted now:\s*[1-9]\d*/.test(text)),
      cells.at(-1)?.text ?? '',
    ),
  );
  const writes = await lab.run(notebook, [rootIsReadOnly, wrongType, patience, '1'], 60_000);
  const told = writes.map(({ text }) => text).join('\n');
  checks.push(
    check(
      'singleuser: outside the home nothing can be written',
      writes[0]?.text.trim() === 'EROFS EROFS EROFS',
      writes[0]?.text,
    ),
    check('singleuser: a wrong type in a cell is told', told.includes('TS2322'), told),
  );
  const others = (await container.processes()).filter(({ uids }) =>
    uids.some((uid) => uid !== '1000' && uid !== ''),
  );
  checks.push(
    none(
      'singleuser: all its processes are user 1000',
      others.map(({ command }) => command),
    ),
  );
  await stops(run, 'singleuser', () => container.stop(20_000));
}

const rootIsReadOnly = `import { writeFileSync } from 'node:fs';
const refused = ['/opt/furrow/x', '/usr/local/bin/x', '/tmp/x'].map((path) => {
  try { writeFileSync(path, ''); return 'written'; } catch (error) { return (error as NodeJS.ErrnoException).code; }
});
console.log(refused.join(' '));`;
const wrongType = `const wrongType: number = 'text';`;
/** The first cells do not wait for the compiler: what it finds late is told with a later one. */
const patience = 'await new Promise((done) => setTimeout(done, 15_000));';

/** `furrow serve` for one person on loopback; open to others only with accounts. */
async function api(run: Run): Promise<void> {
  const { builder, checks, figures, tell } = run;
  const built = await build(run, 'api');
  const python = ['usr/bin/python3', 'opt/venv'].filter((path) => exists(join(built.rootfs, path)));
  checks.push(none('api: there is no Python in it', python));
  const home = join(builder.folder, 'home-api');
  const refused = await runContainer(built, home, {});
  checks.push(
    check(
      'api: without accounts it does not open to the network',
      refused.code !== 0 && refused.output.includes('FURROW_ACCOUNTS=on'),
      `exit code ${refused.code}: ${refused.output}`,
    ),
  );
  tell('starting furrow serve in the image');
  const port = await freePort();
  const environment = { FURROW_HOST: '127.0.0.1', FURROW_PORT: String(port) };
  const startedAt = performance.now();
  await using container = await startContainer(built, home, { environment });
  await container.answers(`http://127.0.0.1:${port}/ready`, 120_000);
  figures.api_ready_s = secondsSince(startedAt);
  const answer = await fetch(`http://127.0.0.1:${port}/openeo/1.2/`);
  const capabilities = (await answer.json()) as { api_version?: string };
  checks.push(check('api: openEO answers', answer.status === 200 && capabilities.api_version !== undefined));
  await stops(run, 'api', () => container.stop(20_000));
  tell('furrow store prepare, serve and worker in the image, with accounts');
  checks.push(...(await accountChecks(built, builder.folder)));
}

/** The hub with its proxy; servers of users need an engine, which is not here. */
async function hub(run: Run): Promise<void> {
  const { builder, checks, figures, tell } = run;
  const built = await build(run, 'hub');
  tell('starting the hub in the image');
  const [port, internal, proxy] = [await freePort(), await freePort(), await freePort()];
  const environment = {
    FURROW_HUB_SPAWNER: 'docker',
    FURROW_HUB_IMAGE: 'furrow-singleuser',
    FURROW_HUB_ADMINS: 'teacher',
    FURROW_HUB_ADMIN_PASSWORD: randomBytes(16).toString('hex'),
    FURROW_HUB_IP: '127.0.0.1',
    FURROW_HUB_PORT: String(port),
    FURROW_HUB_INTERNAL_IP: '127.0.0.1',
    FURROW_HUB_INTERNAL_PORT: String(internal),
    FURROW_HUB_PROXY_API_PORT: String(proxy),
    DOCKER_HOST: 'tcp://127.0.0.1:1',
  };
  const startedAt = performance.now();
  await using container = await startContainer(built, join(builder.folder, 'home-hub'), { environment });
  await container.answers(`http://127.0.0.1:${port}/hub/health`, 120_000);
  await container.answers(`http://127.0.0.1:${port}/hub/login`, 30_000);
  figures.hub_ready_s = secondsSince(startedAt);
  checks.push(check('hub: its pages are reached through its proxy', true));
  const others = (await container.processes()).filter(({ uids }) =>
    uids.some((uid) => uid !== '1000' && uid !== ''),
  );
  checks.push(
    none(
      'hub: all its processes are user 1000',
      others.map(({ command }) => command),
    ),
  );
  await stops(run, 'hub', () => container.stop(20_000));
}

async function stops(
  { checks, figures }: Run,
  target: string,
  stop: () => Promise<number | null | undefined>,
) {
  const startedAt = performance.now();
  const code = await stop();
  figures[`${target}_stop_s`] = secondsSince(startedAt);
  checks.push(
    check(`${target}: ends by itself when it is told to`, code !== undefined, 'it was killed after 20 s'),
  );
}

/** The program that the kernelspec starts is Node itself: a script in between would hide its process from signals. */
function kernelspec(rootfs: string): Check {
  const folder = join(rootfs, 'opt', 'venv', 'share', 'jupyter', 'kernels', 'furrow');
  const { argv } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as { argv: string[] };
  const node = argv[0] ?? '';
  const file = openSync(join(rootfs, node), 'r');
  const magic = Buffer.alloc(4);
  readSync(file, magic, 0, 4, 0);
  closeSync(file);
  const real = magic.toString('latin1') === '\x7fELF' && lstatSync(join(rootfs, node)).isFile();
  const locked = /^\/opt\/furrow\/node_modules\/node-linux-(x64|arm64)\/bin\/node$/.test(node);
  return check('singleuser: the kernelspec names the binary of the locked Node', real && locked, node);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10;
}

function check(name: string, held: boolean, message = 'it does not'): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}

function none(name: string, found: readonly string[]): Check {
  return check(name, found.length === 0, `${found.length}: ${found.slice(0, 10).join('; ')}`);
}
