import { openeoPrefix } from '../../../src/api/doors.ts';
import { linkSigner } from '../../../src/api/links.ts';
import type { DescribedRoute } from './described-routes.ts';
import type { House } from './house.ts';
import { rawHttp } from './raw-http.ts';
import type { Place } from './requests.ts';
import { requestOf } from './requests.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import type { Things } from './things.ts';

export interface TraversalOptions {
  readonly house: House;
  readonly routes: readonly DescribedRoute[];
  readonly owner: Tenant;
  readonly other: Tenant;
  readonly things: Things;
  readonly place: Place;
  /** At least so many. */
  readonly many: number;
  readonly tally: Tally;
}

/** What of the machine must never be in an answer: of its files, of the server's secrets, and of the error messages about them. */
function forbidden({ secret, data }: House, other: Tenant): readonly string[] {
  return [
    'root:x:0',
    'server-secret',
    secret,
    data,
    other.inside,
    'ENOENT',
    'EISDIR',
    'EACCES',
    'node_modules',
    '/src/',
    'BEGIN ',
  ];
}

/** Ways out of a folder, as they stand in one segment of an address. */
function* escapes(house: House): Generator<string> {
  const targets = [
    'etc/passwd',
    'server-secret',
    'demo/collection.json',
    'results',
    'proc/self/environ',
    `${house.data.slice(1)}/server-secret`,
  ];
  const ups = [
    '../',
    '..%2f',
    '%2e%2e%2f',
    '%2e%2e/',
    '..%5c',
    '%5c..%5c',
    '..%252f',
    '%252e%252e%252f',
    '..%c0%af',
    '%c0%ae%c0%ae%2f',
    '..%ef%bc%8f',
    '..%e2%88%95',
    '%uff0e%uff0e%2f',
    '....%2f%2f',
    '..;%2f',
    '.%00.%2f',
  ];
  for (const up of ups)
    for (const target of targets)
      yield up.repeat(8) + (up.endsWith('/') ? target : target.replaceAll('/', '%2f'));
  for (const target of targets) {
    const coded = encodeURIComponent(target);
    yield `%2f${coded}`;
    yield `%2f%2f${coded}`;
    yield `file:%2f%2f%2f${coded}`;
    yield `file%3a%2f%2flocalhost%2f${coded}`;
    yield `${coded}%00.tif`;
    yield `%00${coded}`;
    yield `C:%5c${coded}`;
    yield `%5c%5clocalhost%5c${coded}`;
    yield `s3:%2f%2fbucket%2f..%2f${coded}`;
    yield `http:%2f%2flocalhost%2f${coded}`;
    yield `~%2f${coded}`;
    yield `%7e root%2f${coded}`.replace(' ', '');
    yield `$(cat%20${coded})`;
    yield `%0d%0aX-Injected:%201%0d%0a${coded}`;
  }
  yield* [
    '..',
    '.',
    '%2e%2e',
    '%2e',
    '...',
    '%00',
    '-',
    '*',
    '%25',
    '%ff',
    '__proto__',
    'constructor',
    'con',
    'nul',
  ];
}

/**
 * Addresses that lead out of where a route's things lie, in every part of a path and in the names of things in requests. None finds
 * anything, none shows what lies on the machine, and none is an error of the server.
 */
export async function tryTraversal(options: TraversalOptions): Promise<void> {
  const { house, routes, owner, other, things, place, many, tally } = options;
  const words = forbidden(house, other);
  const inPath = routes.filter(
    ({ method, parameters }) => method === 'GET' && parameters.some((one) => one.in === 'path'),
  );
  const signed = linkSigner(house.secret, () => new Date());
  const templates = inPath.flatMap((route) => {
    const request = requestOf(route, owner, things, place);
    const full = typeof request === 'string' ? undefined : request.path;
    return route.parameters
      .filter((one) => one.in === 'path')
      .map(({ name }) => (way: string) => {
        if (full === undefined) return fill(route.path, name, way);
        const plain = requestOf(
          { ...route, path: route.path.replace(`{${name}}`, '~here~') },
          owner,
          things,
          place,
        );
        return typeof plain === 'string' ? fill(route.path, name, way) : plain.path.replace('~here~', way);
      });
  });
  const later = new Date(Date.now() + 3_600_000);
  // Even who had the key: names in a signed thing lead nowhere else.
  templates.push(
    (way) =>
      `/signed/${signed.sign({ what: `job-file/${way}/${way}`, owner: owner.name, expires: later })}/${way}`,
  );
  templates.push(
    (way) => `/signed/${signed.sign({ what: `job-file/x/y`, owner: decoded(way), expires: later })}/${way}`,
  );
  templates.push((way) => `/${way}`);
  templates.push((way) => `${openeoPrefix}/${way}`);
  templates.push(
    (way) =>
      `/query/chipsByLocation?aoi=${way}&year=2026&lon=1&lat=1&start_date=${way}&end_date=${way}&band=${way}`,
  );
  templates.push((way) => `/query/parcelTimeSeries?aoi=${owner.mark}&year=2026&pid=${way}&tsformat=csv`);
  let tried = 0;
  for (let turn = 0; tried < many && turn < templates.length; turn++)
    for (const [at, way] of [...escapes(house)].entries()) {
      const path = templates[(at + turn) % templates.length]?.(way) ?? '/';
      const answer = await rawHttp(house.server.url, {
        method: 'GET',
        path: sendable(path),
        headers: { authorization: `Bearer ${owner.token}` },
      });
      const text = answer.body.toString('latin1');
      const shown = words.find(
        (word) => text.includes(word) && !path.includes(word) && !decoded(path).includes(word),
      );
      const refused =
        [400, 401, 403, 404, 405, 410, 414].includes(answer.status) ||
        (answer.status === 200 && isEmpty(text));
      const injected = 'x-injected' in answer.headers;
      tally.try(
        'an address that leads out finds nothing',
        refused && shown === undefined && !injected
          ? undefined
          : `${path}: ${answer.status}${shown === undefined ? '' : ` shows '${shown}'`}${injected ? ', a header was injected' : ''}: ${text.slice(0, 150)}`,
      );
      tried += 1;
    }
}

function fill(path: string, name: string, way: string): string {
  return path.replace(`{${name}}`, way).replaceAll(/\{\w+\}/g, '1');
}

/** Node refuses to send what no address may hold; everything else goes as it is. */
function sendable(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]/g, (letter) => encodeURIComponent(letter));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An unknown parcel is answered by columns without rows; CSV by its line of names. */
function isEmpty(text: string): boolean {
  if (!text.startsWith('{')) return text.trim().split('\n').length <= 1;
  return Object.values(JSON.parse(text) as Record<string, unknown>).every(
    (column) => Array.isArray(column) && column.length === 0,
  );
}
