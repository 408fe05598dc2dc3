import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { settings } from '../../src/settings.ts';
import { command } from './image-commands.ts';
import type { Check } from './suite.ts';

/** The loader that Docker's own compose is made of. */
const version = 'v2.16.2';
const loader = `github.com/compose-spec/compose-go/v2/cmd@${version}`;

interface Port {
  readonly host_ip?: string;
  readonly published?: string;
}

interface Mount {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly target?: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly Port[];
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly volumes?: readonly Mount[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly container_name?: string;
  readonly profiles?: readonly string[];
}

export interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly name?: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file?: string }>>;
}

/** compose.yaml as the loader of Docker's compose reads it, which refuses what the specification does not know. */
export async function readCompose(): Promise<
  Project | { readonly skipped: string } | { readonly failed: string }
> {
  const cache = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'furrow-image',
    `compose-${version}`,
  );
  const program = join(cache, 'cmd');
  if (!existsSync(program)) {
    const go = await command('go', ['version']).catch(() => undefined);
    if (go?.code !== 0) return { skipped: 'the loader of compose files needs Go' };
    const folder = await mkdtemp(join(tmpdir(), 'furrow-compose-'));
    const env = { ...process.env, GOBIN: cache };
    const made = await command('go', ['install', loader], { cwd: folder, env });
    await rm(folder, { recursive: true, force: true });
    if (made.code !== 0) return { skipped: `go install ${loader} failed: ${made.output.slice(-500)}` };
  }
  const file = join(packageRoot(), 'docker', 'compose.yaml');
  const { code, output, stdout } = await command(program, ['-format', 'json', file], {
    // Only what the file itself says, whatever the variables of this machine are.
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  if (code !== 0) return { failed: output };
  return JSON.parse(stdout) as Project;
}

/** What must hold of the project so that its own words about risks are true. Each check lists what contradicts it. */
export function composeChecks(project: Project): Check[] {
  const services = Object.entries(project.services);
  const each = (broken: (service: Service, name: string) => string[]) =>
    services.flatMap(([name, service]) => broken(service, name).map((what) => `${name}: ${what}`));
  const ours = (service: Service) => service.image?.startsWith('furrow-') === true && !service.profiles;
  const known = knownVariables();
  const closed = new Set(['store', 'objects', 'prepare', 'worker', 'docker-api']);
  return [
    holds(
      'compose: the store, object storage, its proxy to Docker and the workers publish no port',
      each(({ ports }, name) => (closed.has(name) && ports?.length ? ['publishes a port'] : [])),
    ),
    holds(
      'compose: what is published is so on loopback only',
      each(({ ports = [] }) =>
        ports
          .filter(({ host_ip: host }) => host !== '127.0.0.1')
          .map(({ published }) => `port ${published} is open to the network`),
      ),
    ),
    holds("compose: Docker's socket is one container's, and the network to that one the hub's", [
      ...each(({ volumes = [] }, name) =>
        volumes
          .filter(({ source }) => source?.includes('docker.sock'))
          .flatMap((mount) => (name === 'docker-api' && mount.read_only ? [] : [`has ${mount.source}`])),
      ),
      ...each(({ networks = {} }, name) =>
        'docker' in networks && !['docker-api', 'hub'].includes(name) ? ['is in the network docker'] : [],
      ),
      ...['docker', 'kept']
        .filter((name) => !project.networks[name]?.internal)
        .map((name) => `network ${name} has a way out`),
    ]),
    holds(
      'compose: containers of ours are read-only and without capabilities',
      each((service) => {
        if (!ours(service)) return [];
        const { read_only: only, cap_drop: dropped, security_opt: options } = service;
        return [
          ...(only ? [] : ['can write its root']),
          ...(dropped?.includes('ALL') ? [] : ['keeps capabilities']),
          ...(options?.includes('no-new-privileges:true') ? [] : ['may gain privileges']),
        ];
      }),
    ),
    holds(
      'compose: secrets come as files only, each mounted where it is named',
      each(({ environment = {}, secrets = [] }) => {
        const mounted = new Set(secrets.map(({ source, target }) => target ?? `/run/secrets/${source}`));
        const files = Object.entries(environment).filter(([, value]) =>
          String(value).startsWith('/run/secrets/'),
        );
        const plain = Object.keys(environment).filter((name) =>
          /(PASSWORD|SECRET|_KEY|TOKEN|_STORE)$/.test(name),
        );
        return [
          ...plain.map((name) => `${name} holds a secret itself`),
          ...files
            .filter(([, file]) => !mounted.has(String(file)))
            .map(([name, file]) => `${name} names ${file}, which is not mounted`),
        ];
      }),
    ),
    holds('compose: what is named exists', [
      ...each(({ networks = {}, secrets = [], volumes = [], depends_on: needs = {} }) => [
        ...absent('network', Object.keys(networks), project.networks),
        ...absent(
          'secret',
          secrets.map(({ source }) => source),
          project.secrets,
        ),
        ...absent('service', Object.keys(needs), project.services),
        ...absent(
          'volume',
          volumes.flatMap(({ type, source }) => (type === 'volume' && source ? [source] : [])),
          project.volumes ?? {},
        ),
      ]),
      ...each(({ build }) =>
        build?.target && !targets().has(build.target)
          ? [`target ${build.target} is not in the Dockerfile`]
          : [],
      ),
    ]),
    holds(
      'compose: every variable is one that the program knows',
      each(({ environment = {} }) =>
        Object.keys(environment)
          .map((name) => name.replace(/_FILE$/, ''))
          .filter((name) => name.startsWith('FURROW_') && !known.has(name))
          .map((name) => `${name} is no setting`),
      ),
    ),
    holds('compose: nothing starts before the store is prepared, and workers can be many', [
      ...['api', 'worker', 'hub']
        .filter(
          (name) =>
            project.services[name]?.depends_on?.prepare?.condition !== 'service_completed_successfully',
        )
        .map((name) => `${name} does not wait for prepare`),
      ...(project.services.prepare?.depends_on?.store?.condition === 'service_healthy'
        ? []
        : ['prepare does not wait for the store']),
      ...(project.services.worker?.container_name ? ['worker has one name'] : []),
      ...(project.services.worker?.volumes ?? [])
        .filter(({ type, source }) => type === 'volume' && source)
        .map(({ source }) => `workers share ${source}`),
    ]),
    holds(
      'compose: docker/make-secrets makes every secret',
      Object.keys(project.secrets).filter(
        (name) => !new RegExp(`^secret ${name} `, 'm').test(textOf('make-secrets')),
      ),
    ),
    holds(
      'hooks: every secret setting may come as a file',
      Object.values(settings).flatMap((entry) =>
        'secret' in entry &&
        entry.variable.startsWith('FURROW_') &&
        !new RegExp(`\\b${entry.variable}\\b`).test(textOf('hooks/10-secrets.sh'))
          ? [entry.variable]
          : [],
      ),
    ),
    holds("hub: the proxy is the one of the project's lock file", versionsDiffer()),
  ];
}

function holds(name: string, against: readonly string[]): Check {
  return against.length === 0
    ? { name, status: 'passed' }
    : { name, status: 'failed', message: against.join('; ') };
}

function absent(what: string, names: readonly string[], known: Readonly<Record<string, unknown>>): string[] {
  return names.filter((name) => !(name in known)).map((name) => `${what} ${name} is not declared`);
}

function textOf(place: string): string {
  return readFileSync(join(packageRoot(), 'docker', place), 'utf8');
}

function targets(): Set<string> {
  return new Set([...textOf('Dockerfile').matchAll(/^FROM .* AS (\S+)$/gm)].map(([, name = '']) => name));
}

function knownVariables(): Set<string> {
  const hub = [...textOf('jupyterhub_config.py').matchAll(/\bFURROW_HUB_[A-Z0-9_]+/g)].map(([name]) => name);
  return new Set([...Object.values(settings).map(({ variable }) => variable), ...hub]);
}

function versionsDiffer(): string[] {
  const pin = (file: string) => /"configurable-http-proxy": "([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1];
  const [own, ours] = [
    pin(join(packageRoot(), 'package.json')),
    pin(join(packageRoot(), 'docker', 'hub-proxy', 'package.json')),
  ];
  return own === ours ? [] : [`${ours} in docker/hub-proxy, ${own} in package.json`];
}
