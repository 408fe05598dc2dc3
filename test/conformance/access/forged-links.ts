import { createHmac } from 'node:crypto';
import { linkSigner } from '../../../src/api/links.ts';
import { seededRandom } from '../../support/synthetic-pixels.ts';
import type { House } from './house.ts';
import { rawHttp } from './raw-http.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';

export interface ForgedLinksOptions {
  readonly house: House;
  readonly owner: Tenant;
  readonly other: Tenant;
  /** Addresses that the server signed for the owner. */
  readonly links: readonly string[];
  readonly many: number;
  readonly tally: Tally;
}

interface Forgery {
  readonly token: string;
  readonly name: string;
}

/** Links as the server signed them open; changed ones, ones of another key and ones that are over do not. */
export async function tryForgedLinks(options: ForgedLinksOptions): Promise<void> {
  const { house, links, many, tally } = options;
  const open = async (path: string) => await rawHttp(house.server.url, { method: 'GET', path });
  const right: Forgery[] = [];
  for (const link of links) {
    const { pathname } = new URL(link);
    const [, , token = '', name = ''] = pathname.split('/');
    const { status, body } = await open(pathname);
    tally.try(
      'a signed link opens',
      status === 200 && body.length > 0 ? undefined : `${pathname}: ${status}`,
    );
    right.push({ token, name });
  }
  if (right.length === 0) {
    tally.try('a signed link opens', 'there is none: the job has no results');
    return;
  }
  const tried = [...forgeries(right, options)];
  const random = seededRandom(7);
  // Single bits make up the number.
  while (tried.length < many) {
    const { token, name } = right[tried.length % right.length] as Forgery;
    const bytes = Buffer.from(token);
    const place = Math.floor(random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << Math.floor(random() * 7));
    const changed = encodeURIComponent(bytes.toString('latin1'));
    if (changed !== token) tried.push({ token: changed, name });
  }
  const sizes = new Set<number>();
  for (const { token, name } of tried) {
    const { status, body } = await open(`/signed/${token}/${name}`);
    const refused = [400, 401, 403, 404, 410, 414].includes(status);
    const quiet = !body.includes(options.owner.inside) && body.length < 20_000;
    sizes.add(status);
    tally.try(
      'a forged link is refused',
      refused && quiet
        ? undefined
        : `/signed/${token.slice(0, 80)}/${name.slice(0, 80)}: ${status}, ${body.length} bytes`,
    );
  }
}

function* forgeries(
  right: readonly Forgery[],
  { house, owner, other }: ForgedLinksOptions,
): Generator<Forgery> {
  const clock = () => new Date();
  const later = new Date(Date.now() + 86_400_000);
  const signer = linkSigner(house.secret, clock);
  const coded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const { token, name } of right) {
    const [payload = '', signature = ''] = token.split('.');
    const [what, , seconds] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
      string,
      string,
      number,
    ];
    const again = (value: unknown) => ({ token: `${coded(value)}.${signature}`, name });
    // Another time, owner or thing under the signature that was given.
    for (const more of [1, 60, 3600, 86_400, 1e9, -1e9]) yield again([what, owner.name, seconds + more]);
    for (const end of [null, 'never', 1e308, [], '9999-12-31']) yield again([what, owner.name, end]);
    for (const who of [other.name, 'furrow_service', 'owner', 'postgres', '', null, ['x']])
      yield again([what, who, seconds]);
    for (const thing of [what.replace(/.$/, '!'), `${what}/../x`, 'job-file/../../server-secret', '', null])
      yield again([thing, owner.name, seconds]);
    yield again({ what, owner: owner.name, expires: seconds });
    // The same bytes otherwise written, cut off, or with more.
    for (let length = 0; length < token.length; length += 17) yield { token: token.slice(0, length), name };
    for (const end of ['=', '==', '.', '%00', '%20', 'A', `.${signature}`, '%0d%0aX-Injected:1', '?', '%2e'])
      yield { token: token + end, name };
    for (const start of ['=', '.', '%00', '%20', 'A', '..', '%2e%2e%2f'])
      yield { token: start + token, name };
    yield { token: token.toUpperCase(), name };
    yield { token: token.toLowerCase(), name };
    yield { token: `${payload}.`, name };
    yield { token: payload, name };
    yield { token: `.${signature}`, name };
    yield { token: `${signature}.${payload}`, name };
    yield { token: `${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`, name };
    yield {
      token: `${payload}.${encodeURIComponent(Buffer.from(signature, 'base64url').toString('base64'))}`,
      name,
    };
    yield { token: `${Buffer.from(payload, 'base64url').toString('hex')}.${signature}`, name };
    yield { token: `${payload.replaceAll('-', '+').replaceAll('_', '/')}A.${signature}`, name };
    // Signed by others, by nobody, and by what a verifier may take for a key.
    for (const key of [
      '',
      'secret',
      'furrow',
      owner.token,
      '0'.repeat(32),
      `${house.secret} `,
      house.secret.toUpperCase(),
    ]) {
      const mac = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
      yield { token: `${payload}.${mac(`furrow link\n${payload}`)}`, name };
      yield { token: `${payload}.${mac(payload)}`, name };
    }
    yield {
      token: `${payload}.${createHmac('sha1', house.secret).update(`furrow link\n${payload}`).digest('base64url')}`,
      name,
    };
    yield { token: `${coded({ alg: 'none' })}.${payload}.`, name };
    // Rightly signed, and over, or of another kind of thing, or of somebody who has no such thing.
    yield { token: signer.sign({ what, owner: owner.name, expires: new Date(Date.now() - 1000) }), name };
    yield { token: signer.sign({ what, owner: other.name, expires: later }), name };
    yield { token: signer.sign({ what: `${what}x`, owner: owner.name, expires: later }), name };
    for (const kind of ['job-log', 'service', 'dataset', '../job-file', 'job-file//', '__proto__'])
      yield {
        token: signer.sign({ what: what.replace(/^[^/]+/, kind), owner: owner.name, expires: later }),
        name,
      };
    // A right link, asked for another file.
    for (const file of [
      'results.json',
      'x',
      '..',
      '%2e%2e',
      '%2e%2e%2f%2e%2e%2fserver-secret',
      `${name}%00`,
      `${name}%2f..`,
      `x%2f..%2f${name}`,
      `${name}.aux.xml`,
      `.%2f${name}`,
    ])
      if (file !== name) yield { token, name: file };
  }
}
