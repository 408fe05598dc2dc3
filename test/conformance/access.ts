import { withoutPostgres } from '../store/scratch-postgres.ts';
import { tryDatabaseRole } from './access/database-role.ts';
import { describedRoutes } from './access/described-routes.ts';
import { openEgressServers } from './access/egress-servers.ts';
import { tryForgedLinks } from './access/forged-links.ts';
import { openHouse } from './access/house.ts';
import { tryInterleaved } from './access/interleaved.ts';
import { tryOddNames } from './access/odd-names.ts';
import { tryPrivateAddresses } from './access/private-addresses.ts';
import { tryRefusals } from './access/refusals.ts';
import { trySharedNames } from './access/shared-names.ts';
import { trySockets } from './access/sockets.ts';
import { Tally } from './access/tally.ts';
import { makeThings } from './access/things.ts';
import { tryTraversal } from './access/traversal.ts';
import type { SuiteOptions, SuiteResult } from './suite.ts';
import { suiteResult } from './suite.ts';

/**
 * Everything that must be refused, tried at a real server with accounts on PostgreSQL: each route of its own description by callers
 * without the right to it.
 */
export async function access({ short, tell = () => undefined }: SuiteOptions): Promise<SuiteResult> {
  if (withoutPostgres !== undefined)
    return suiteResult('access', [
      { name: 'a PostgreSQL with PostGIS', status: 'skipped', message: withoutPostgres },
    ]);
  const tally = new Tally();
  tell('a server, its tenants and their data');
  await using servers = await openEgressServers();
  await using house = await openHouse({ tenants: short ? 3 : 10, environment: servers.environment });
  const routes = await describedRoutes(house.server.url);
  const [owner, other, third] = house.tenants;
  if (owner === undefined || other === undefined || third === undefined) return suiteResult('access', []);
  const things = await makeThings(house, owner, (part) => routes.some(({ path }) => path.endsWith(part)));
  if (typeof things.finished !== 'string') tally.try('a job of a tenant finishes', things.finished.failed);
  tell(`${routes.length} routes`);
  const { place } = house;
  await tryRefusals({ house, routes, owner, other, things, place, tally });
  tell('forged links');
  await tryForgedLinks({ house, owner, other, links: things.links, many: short ? 200 : 500, tally });
  tell('paths that lead out');
  await tryTraversal({ house, routes, owner, other, things, place, many: short ? 200 : 500, tally });
  tell('WebSockets');
  await trySockets({ house, owner, other, things, tally });
  tell('private addresses');
  await tryPrivateAddresses({ house, servers, tenant: owner, tally });
  tell('a role of the database');
  await tryDatabaseRole({ house, own: owner, others: house.tenants.slice(1), tally });
  const perTenant = short ? 100 : 2000;
  tell(`${house.tenants.length} x ${perTenant} interleaved requests`);
  const perSecond = await tryInterleaved({ house, routes, requests: perTenant, tally, tell });
  tell('one name, several owners');
  await trySharedNames({ house, private: [owner, other], publisher: third, tally });
  tell('odd names');
  await tryOddNames({ house, maker: other, reader: owner, tally });
  return {
    suite: 'access',
    ...tally.counts(),
    skipped: 0,
    details: tally.details(),
    figures: { routes: routes.length, interleaved_requests_per_s: Math.round(perSecond) },
  };
}
