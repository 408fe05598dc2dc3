import { openeoPrefix } from '../../../src/api/doors.ts';
import { seededRandom } from '../../support/synthetic-pixels.ts';
import type { DescribedRoute } from './described-routes.ts';
import type { House } from './house.ts';
import { rawHttp } from './raw-http.ts';
import type { Tally } from './tally.ts';
import { type Tenant, valuesOfTenant } from './tenants.ts';
import { makeJob } from './things.ts';

/** A question that every tenant may ask, and what its answer must hold of the tenant. */
interface Question {
  readonly route: string;
  path(tenant: Tenant, pid: number): string;
  /** What is missing in the answer, or not the tenant's. */
  problem(tenant: Tenant, answer: string): string | undefined;
}

const inside = ({ inside: word }: Tenant, answer: string) =>
  answer.includes(word) ? undefined : 'it holds nothing of the own';
const at = (tenant: Tenant) => `/parcels/${encodeURIComponent(tenant.dataset)}`;
const area = ({ mark, year }: Tenant, pid: number) => `aoi=${mark}&year=${year}&pid=${mark}-${pid}`;

const questions: readonly Question[] = [
  {
    route: '/parcels',
    path: () => '/parcels',
    problem: ({ dataset }, answer) => {
      const { datasets } = JSON.parse(answer) as { datasets: { name: string }[] };
      const names = datasets.map(({ name }) => name).join();
      return names === dataset ? undefined : `the datasets are ${names}`;
    },
  },
  { route: '/parcels/{dataset}/{pid}', path: (tenant, pid) => `${at(tenant)}/${pid}`, problem: inside },
  { route: '/parcels/{dataset}/items', path: (tenant) => `${at(tenant)}/items?limit=5`, problem: inside },
  {
    route: '/parcels/{dataset}/{pid}/series',
    path: (tenant, pid) => `${at(tenant)}/${pid}/series?band=B04`,
    problem: numbersProblem,
  },
  {
    route: '/query/parcelByID',
    path: (tenant, pid) => `/query/parcelByID?${area(tenant, pid)}`,
    problem: inside,
  },
  {
    route: '/query/parcelTimeSeries',
    path: (tenant, pid) => `/query/parcelTimeSeries?${area(tenant, pid)}`,
    problem: numbersProblem,
  },
  {
    route: `${openeoPrefix}/me`,
    path: () => `${openeoPrefix}/me`,
    problem: ({ name }, answer) =>
      (JSON.parse(answer) as { user_id: string }).user_id === name ? undefined : 'it is somebody else',
  },
  { route: `${openeoPrefix}/jobs`, path: () => `${openeoPrefix}/jobs`, problem: inside },
];

/** The means of an answer: there are some, and each is the tenant's. */
function numbersProblem({ number }: Tenant, answer: string): string | undefined {
  const { mean = [] } = JSON.parse(answer) as { mean?: number[] };
  if (mean.length === 0) return 'it has no rows';
  const foreign = mean.filter((value) => Math.floor(value / valuesOfTenant) !== number);
  return foreign.length === 0
    ? undefined
    : `${foreign.length} numbers of others: ${foreign.slice(0, 3).join(', ')}`;
}

export interface InterleavedOptions {
  readonly house: House;
  readonly routes: readonly DescribedRoute[];
  /** Of each tenant. */
  readonly requests: number;
  readonly tally: Tally;
  readonly tell: (line: string) => void;
}

const lanes = 24;
/** Beside those that count: requests whose sender goes away, which leave transactions in the middle. */
const shareLost = 0.05;

/**
 * All tenants ask at once, in an order by chance, a server with few connections to its store; some go away before the answer. Every
 * answer is looked through for words and numbers of others. Gives the requests a second.
 */
export async function tryInterleaved({
  house,
  routes,
  requests,
  tally,
  tell,
}: InterleavedOptions): Promise<number> {
  const { tenants, server } = house;
  const asked = questions.filter(({ route }) => routes.some(({ path }) => path === route));
  for (const { route } of questions)
    tally.try(
      'routes that tenants ask are described',
      routes.some(({ path }) => path === route) ? undefined : `no route ${route}`,
    );
  for (const tenant of tenants) await makeJob(house, tenant);
  const random = seededRandom(20_26);
  const order = shuffled(
    tenants.flatMap((tenant) => Array<Tenant>(requests).fill(tenant)),
    random,
  );
  let next = 0;
  const group = `${tenants.length} tenants at once see what is theirs`;
  const lane = async () => {
    for (let tenant = order[next++]; tenant !== undefined; tenant = order[next++]) {
      const question = asked[Math.floor(random() * asked.length)];
      const pid = tenant.pids[Math.floor(random() * tenant.pids.length)] ?? 0;
      if (question === undefined) return;
      const path = question.path(tenant, pid);
      const headers = { authorization: `Bearer ${tenant.token}` };
      if (random() < shareLost) await leave(server.url + path, headers, random() * 8);
      const { status, body } = await rawHttp(server.url, { method: 'GET', path, headers });
      const text = body.toString();
      const seen = tenants.find(
        (one) => one !== tenant && (text.includes(one.inside) || text.includes(one.mark)),
      );
      const problem =
        status !== 200
          ? `status ${status}: ${text.slice(0, 200)}`
          : seen
            ? `it shows what is of ${seen.name}`
            : question.problem(tenant, text);
      tally.try(group, problem === undefined ? undefined : `${tenant.name} ${path}: ${problem}`);
      if (next % 2000 === 0) tell(`${next} of ${order.length} interleaved requests`);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return order.length / ((performance.now() - start) / 1000);
}

/** Asks and goes away after so many milliseconds. */
async function leave(address: string, headers: Record<string, string>, afterMs: number): Promise<void> {
  const signal = AbortSignal.timeout(Math.ceil(afterMs));
  await fetch(address, { headers, signal }).then(
    (answer) => answer.arrayBuffer().catch(() => undefined),
    () => undefined,
  );
}

function shuffled<T>(list: T[], random: () => number): T[] {
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [list[at], list[other]] = [list[other] as T, list[at] as T];
  }
  return list;
}
