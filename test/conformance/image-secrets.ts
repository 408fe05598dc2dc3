import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command, succeed } from './image-commands.ts';

/** What this machine's npm, pip, apt and TLS are told, as a build gets it, and what must be found nowhere in an image. */
export interface BuildSecrets {
  readonly arguments: readonly string[];
  readonly traces: readonly { readonly what: string; readonly text: string }[];
}

/**
 * Writes the secrets into `folder`. To each something is added that means nothing to its program and stands nowhere else,
 * `word` in it, so that it can be looked for. Registries are looked for by their host, where it is not the programs' own default.
 */
export async function writeSecrets(folder: string, word: string): Promise<BuildSecrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const npm = await npmSettings();
  const pip = await pipSettings();
  const certificate = await certificateOf(folder, word);
  const bundle = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PIP_CERT'].map((name) => process.env[name]);
  const authorities = [...bundle, '/etc/ssl/certs/ca-certificates.crt'].find(
    (file) => file && existsSync(file),
  );
  const files = {
    npmrc: `${npm.text}\n//${word}.invalid/:_authToken=npm-${word}\n`,
    'pip.conf': `[global]\n${pip.text}\n# pip-${word}\n`,
    'apt.conf': `${await aptSettings()}\n// apt-${word}\n`,
    'ca.pem': `${authorities ? readFileSync(authorities, 'utf8') : ''}\n${certificate}\n`,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const body = new X509Certificate(certificate).raw.toString('base64').slice(0, 48);
  return {
    arguments: Object.keys(files).flatMap((name) => ['--secret', `id=${name},src=${join(folder, name)}`]),
    traces: [
      { what: 'a line of npm, pip or apt settings', text: word },
      { what: 'a certificate of the builder', text: body },
      ...[...npm.hosts, ...pip.hosts].map((text) => ({ what: 'the host of a registry', text })),
    ],
  };
}

async function npmSettings() {
  const ask = async (args: readonly string[]) => (await succeed('npm', ['config', ...args])).trim();
  const file = await ask(['get', 'userconfig']);
  const own = existsSync(file) ? await readFile(file, 'utf8') : '';
  const registry = await ask(['get', 'registry']);
  const nowhere = ['--userconfig=/dev/null', '--globalconfig=/dev/null/none'];
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name)),
  );
  const usual = await succeed('npm', ['config', 'get', 'registry', ...nowhere], {
    cwd: '/',
    env: environment,
  });
  const text = `${own}\nregistry=${registry}`;
  return { text, hosts: otherHosts([registry], [usual.trim()]) };
}

/** Addresses and patience only: certificates are a secret of their own, and folders of this machine are not in the build. */
async function pipSettings() {
  const { stdout } = await command('python3', ['-m', 'pip', 'config', 'list']);
  const wanted = /\.(index-url|extra-index-url|trusted-host|proxy|default-timeout|timeout|retries)='(.*)'$/;
  const found = stdout.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = wanted.exec(line) ?? [];
    return name === '' ? [] : [[name.replace('default-', ''), value] as const];
  });
  const text = [...new Map(found)].map(([name, value]) => `${name} = ${value}`).join('\n');
  const addresses = found.filter(([name]) => name.endsWith('index-url')).map(([, value]) => value);
  return { text, hosts: otherHosts(addresses, ['https://pypi.org/']) };
}

async function aptSettings(): Promise<string> {
  const { stdout } = await command('apt-config', ['dump', 'Acquire']);
  return stdout
    .split('\n')
    .filter((line) => /^Acquire::https?::(Proxy|Timeout)/.test(line))
    .join('\n');
}

function otherHosts(addresses: readonly string[], usual: readonly string[]): string[] {
  const hosts = (list: readonly string[]) => list.map((address) => new URL(address).host);
  return hosts(addresses).filter((host) => !hosts(usual).includes(host));
}

/** A certificate that nobody trusts for anything, made now. */
async function certificateOf(folder: string, word: string): Promise<string> {
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  await succeed('openssl', ['req', '-x509', ...curve, '-subj', `/CN=${word}`, '-days', '1', '-out', file]);
  return readFile(file, 'utf8');
}
