import { openeoPrefix } from '../../../src/api/doors.ts';
import type { DescribedRoute } from './described-routes.ts';
import type { House } from './house.ts';
import { rawHttp } from './raw-http.ts';
import { type Place, type RouteRequest, requestOf } from './requests.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import { makeJob, makeService, type Things } from './things.ts';

export interface RefusalTrial {
  readonly house: House;
  readonly routes: readonly DescribedRoute[];
  /** Whose things are asked for. */
  readonly owner: Tenant;
  readonly things: Things;
  /** Who has another dataset. */
  readonly other: Tenant;
  readonly place: Place;
  readonly tally: Tally;
}

const refused: ReadonlySet<number> = new Set([401, 403, 404]);

/** `Authorization` headers that prove nothing, by what they are. */
function worthless(owner: Tenant, other: Tenant): ReadonlyMap<string, string | undefined> {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const unsigned = [
    { alg: 'none', typ: 'JWT' },
    { sub: owner.name, iss: 'https://id.example', aud: 'furrow' },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const last = owner.token.at(-1) === 'A' ? 'B' : 'A';
  return new Map([
    ['no token', undefined],
    ['an empty header', ''],
    ['a scheme alone', 'Bearer'],
    ['the empty token', 'Bearer basic//'],
    ['null', 'Bearer null'],
    ['an expired token', `Bearer ${owner.expired}`],
    ['an expired token in the form of openEO', `Bearer basic//${owner.expired}`],
    ['a token with another last letter', `Bearer ${owner.token.slice(0, -1)}${last}`],
    ['a token and more', `Bearer ${owner.token}A`],
    ['a token in small letters', `Bearer ${owner.token.toLowerCase()}`],
    ['a token without a scheme', owner.token],
    ['two tokens', `Bearer ${other.token}, Bearer ${owner.token}`],
    ['an unsigned JWT', `Bearer oidc/egi/${unsigned}.`],
    ['a token as a password', basic(`${owner.name}:${owner.token}`)],
    ['no name', basic(`:${owner.password}`)],
    ['another scheme', `Digest username="${owner.name}"`],
    ['SQL', `Bearer ' or 1=1 --`],
  ]);
}

/** Every route x every caller who must not get through. What the owner itself gets proves that there was something to refuse. */
export async function tryRefusals(trial: RefusalTrial): Promise<void> {
  const { routes, owner, things, place, tally } = trial;
  for (const route of routes.filter(({ open }) => !open)) {
    const plain = requestOf(route, owner, things, place);
    if (typeof plain === 'string') {
      tally.try('every route is known to the suite', plain);
      continue;
    }
    tally.try('every route is known to the suite', undefined);
    await tryWithoutRights(trial, plain);
    await tryDisguises(trial, plain);
    await tryOthers(trial, route, plain);
    await tryScopes(trial, route);
  }
}

async function tryWithoutRights(trial: RefusalTrial, request: RouteRequest): Promise<void> {
  const { owner, other, tally } = trial;
  for (const [what, authorization] of worthless(owner, other)) {
    // One guess at a password per route would be stopped by counting them, not by the guard that is tried here.
    if (what === 'a token as a password' && tally.tries('a wrong password is refused') > 4) continue;
    const answer = await send(trial, request, authorization === undefined ? {} : { authorization });
    const group = what === 'a token as a password' ? 'a wrong password is refused' : `refused with ${what}`;
    tally.try(group, refusalProblem(trial, request, answer));
  }
  const elsewhere = `${request.path}${request.path.includes('?') ? '&' : '?'}access_token=${owner.token}&token=${owner.token}`;
  const smuggled = await send(
    trial,
    { ...request, path: elsewhere },
    { cookie: `token=${owner.token}`, 'x-authorization': `Bearer ${owner.token}` },
  );
  tally.try('a token that is not in its header counts for nothing', refusalProblem(trial, request, smuggled));
}

/** Other spellings of the same address, and what proxies and frameworks take for another method or address. */
async function tryDisguises(trial: RefusalTrial, request: RouteRequest): Promise<void> {
  const { path } = request;
  const [, first = '', rest = ''] = /^(\/[^/?]*)(.*)$/.exec(path) ?? [];
  const coded = first.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  const [before = '', query] = path.split('?');
  const spellings = [
    `/${path}`,
    `${before}/${query === undefined ? '' : `?${query}`}`,
    `${before}//${query === undefined ? '' : `?${query}`}`,
    coded + rest,
    first.toUpperCase() + rest,
    `/.${path}`,
    `/health/..${path}`,
    `/health/%2e%2e${path}`,
    `/health;${path}`,
    `${before};x=1${query === undefined ? '' : `?${query}`}`,
    `${before}%00${query === undefined ? '' : `?${query}`}`,
    `${before}.json${query === undefined ? '' : `?${query}`}`,
    `/%2f${path.slice(1)}`,
    `\\${path.slice(1)}`,
  ];
  for (const spelling of spellings) {
    const answer = await send(trial, { ...request, path: spelling }, {});
    trial.tally.try(
      'refused under every spelling of the address',
      refusalProblem(trial, request, answer, [400, 405, 414]),
    );
  }
  const pretending: Record<string, string>[] = [
    { 'x-http-method-override': request.method, 'x-method-override': 'GET' },
    { 'x-original-url': path, 'x-rewrite-url': path },
    { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    {
      'x-forwarded-user': trial.owner.name,
      'x-remote-user': trial.owner.name,
      remote_user: trial.owner.name,
    },
    { 'x-furrow-identity': trial.owner.name, 'furrow.identity': trial.owner.name },
    { host: 'localhost' },
  ];
  for (const headers of pretending)
    trial.tally.try(
      'headers make nobody of another',
      refusalProblem(trial, request, await send(trial, request, headers)),
    );
  if (request.method === 'GET')
    trial.tally.try(
      'HEAD is guarded as GET is',
      refusalProblem(trial, request, await send(trial, { ...request, method: 'HEAD' }, {})),
    );
}

/** Who is logged in, and asks for what is somebody else's. */
async function tryOthers(trial: RefusalTrial, route: DescribedRoute, request: RouteRequest): Promise<void> {
  const { other, owner, things, place, tally } = trial;
  const authorization = `Bearer ${other.token}`;
  const answer = await send(trial, request, { authorization });
  tally.try(
    request.names ? "another's things are refused" : "lists hold nothing of another's",
    request.names ? refusalProblem(trial, request, answer) : leakProblem(trial, request, answer),
  );
  const own = requestOf(route, other, things, place);
  if (typeof own === 'string' || !request.names) return;
  // Own names with one of the owner's each: the own dataset with the other's parcel, and the other way round.
  for (const [mine, foreign] of [
    [other.mark, owner.mark],
    [encodeURIComponent(other.dataset), encodeURIComponent(owner.dataset)],
    [
      encodeURIComponent(other.dataset).replaceAll('%20', '+'),
      encodeURIComponent(owner.dataset).replaceAll('%20', '+'),
    ],
  ] as const) {
    const parts = own.path.split(mine);
    for (let at = 1; at < parts.length; at++) {
      const path = parts.slice(0, at).join(mine) + foreign + parts.slice(at).join(mine);
      if (path === request.path) continue;
      const mixed = await send(trial, { ...own, path }, { authorization });
      tally.try(
        "another dataset's parcels are not there in one's own",
        leakProblem(trial, { ...own, path }, mixed),
      );
    }
  }
}

/** A token opens the routes of its scope: of three with one scope each, one gets through, and gets what the owner may have. */
async function tryScopes(trial: RefusalTrial, route: DescribedRoute): Promise<void> {
  const { house, owner, things, place, tally } = trial;
  const job =
    route.method === 'GET'
      ? resultsOf(things)
      : route.path.includes('{job_id}')
        ? await makeJob(house, owner)
        : things.job;
  const service =
    route.method === 'GET' || !route.path.includes('{service_id}')
      ? things.service
      : await makeService(house, owner);
  const request = requestOf(route, owner, { job, service, log: things.log }, place);
  if (typeof request === 'string') return;
  // A login takes a password, whatever a token may be used for.
  const login = route.path === `${openeoPrefix}/credentials/basic`;
  const through: string[] = [];
  for (const [scope, token] of Object.entries(owner.scoped)) {
    const answer = await send(trial, request, { authorization: `Bearer ${token}` });
    if (answer.status !== 403) through.push(`${scope} ${answer.status}`);
    else tally.try('refused with a token of another scope', refusalProblem(trial, request, answer));
  }
  const right = /^\w+ 2\d\d$/.test(through.join());
  tally.try(
    'the owner, with the scope of the route, gets through',
    right || (login && through.length === 0)
      ? undefined
      : `${route.method} ${route.path}: of the scopes these get through: ${through.join(', ') || 'none'}`,
  );
}

function resultsOf({ finished, job }: Things): string {
  return typeof finished === 'string' ? finished : job;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(
  { house }: RefusalTrial,
  { method, path, body }: RouteRequest,
  headers: Record<string, string>,
): Promise<Answer> {
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await rawHttp(house.server.url, {
    method,
    path,
    headers: { ...json, ...headers },
    body: body === undefined || method === 'HEAD' ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, text: answer.body.toString('latin1') };
}

function refusalProblem(
  { owner }: RefusalTrial,
  { method, path }: RouteRequest,
  { status, text }: Answer,
  also: readonly number[] = [],
): string | undefined {
  if (!refused.has(status) && !also.includes(status))
    return `${method} ${path} answers ${status}: ${text.slice(0, 200)}`;
  return text.includes(owner.inside) ? `${method} ${path}: the refusal shows what it refuses` : undefined;
}

function leakProblem(
  { owner }: RefusalTrial,
  { method, path }: RouteRequest,
  { status, text }: Answer,
): string | undefined {
  if (status >= 500) return `${method} ${path} answers ${status}: ${text.slice(0, 200)}`;
  return text.includes(owner.inside) ? `${method} ${path}: the answer holds what is another's` : undefined;
}
