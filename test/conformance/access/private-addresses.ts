import { openeoPrefix } from '../../../src/api/doors.ts';
import { type EgressServers, insideWord } from './egress-servers.ts';
import type { House } from './house.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import { asTenant } from './things.ts';

export interface PrivateAddressesTrial {
  readonly house: House;
  readonly servers: EgressServers;
  readonly tenant: Tenant;
  readonly tally: Tally;
}

/** Spellings of this machine, and of others that are nobody's business, for a port. */
function hosts(port: number): string[] {
  const names = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '0x7f.1',
    '127.127.127.127',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '[::ffff:0:127.0.0.1]',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    '100.100.100.200',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    'a.of.127_0_0_1.test',
    'b.of.8_8_8_8+127_0_0_1.test',
    'c.of.xx1.test',
    'd.of.xxffffx127_0_0_1.test',
    'e.of.0_0_0_0.test',
    'f.of.10_0_0_1.test',
    'g.of.169_254_169_254.test',
  ];
  return names.map((name) => `http://${name}:${port}`);
}

/** Addresses that are no http or https, or hide what they are. */
function schemes(port: number): string[] {
  const host = `127.0.0.1:${port}`;
  return [
    '/etc/passwd',
    '../../../../etc/passwd',
    'file:///etc/passwd',
    'file://localhost/etc/passwd',
    'FILE:/etc/passwd',
    'demo/collection.json',
    's3://results/x.json',
    'ftp://127.0.0.1/x',
    `gopher://${host}/_x`,
    `dict://${host}/x`,
    `ldap://${host}/`,
    'unix:/var/run/docker.sock',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock/x',
    'data:application/json,{"stac_version":"1.0.0"}',
    'jar:file:///etc/passwd!/x',
    '/vsicurl/http://127.0.0.1/x',
    `zip+http://${host}/a.zip!/x.json`,
    `tar+http://${host}/a.tar!/x.json`,
    `/vsizip/{/vsicurl/http://${host}/a}/x`,
    'zip:///etc/a.zip!/x',
    `http://me:secret@${host}/x.json`,
    `http://example.org@${host}/x.json`,
    `http://${host}#@example.org/x.json`,
    `http://${host}\\@example.org/x.json`,
    `https://${host}/x.json`,
    `  http://${host}/x.json`,
    `ht\ntp://${host}/x.json`,
    `//${host}/x.json`,
    'javascript:1',
    'blob:null',
    '',
  ];
}

/**
 * Graphs of a caller that name places inside: by every spelling, after redirects, by names whose addresses change, and in the links and
 * files of documents from an allowed place. None is asked; FURROW_EGRESS_ALLOW opens the one place that it names, and what the
 * server's own collections may reach stays theirs.
 */
export async function tryPrivateAddresses(trial: PrivateAddressesTrial): Promise<void> {
  const { servers, tally } = trial;
  const { inside, named, configured } = servers;
  const group = 'private addresses in a graph are refused';
  const refuse = async (what: string, url: string, watched = inside.asked) => {
    const before = watched.length;
    const { status, text } = await load(trial, url);
    const hit = watched.length > before ? `reached ${watched.at(-1)}` : undefined;
    const shown = text.includes(insideWord) || text.includes('root:x:0') ? 'shows what it says' : undefined;
    const taken = status < 400 || status === 500 ? `answers ${status}: ${text.slice(0, 200)}` : undefined;
    const wrong = hit ?? shown ?? taken;
    tally.try(what, wrong && `${url}: ${wrong}`);
  };
  for (const host of hosts(inside.port)) await refuse(group, `${host}/x.json`);
  for (const url of schemes(inside.port)) await refuse(group, url);

  const at = `http://127.0.0.1:${named.port}`;
  for (const status of [301, 302, 303, 307, 308])
    for (const host of hosts(inside.port).slice(0, status === 302 ? undefined : 6))
      await refuse('after redirects too', `${at}/to?s=${status}&u=${encodeURIComponent(`${host}/x.json`)}`);
  for (const to of [
    'file:///etc/passwd',
    's3://results/x.json',
    '//127.0.0.1:1/x',
    `${at}/to?u=${encodeURIComponent(`http://localhost:${inside.port}/`)}`,
  ])
    await refuse('after redirects too', `${at}/to?u=${encodeURIComponent(to)}`);

  for (const turns of [
    '8_8_8_8-127_0_0_1',
    '127_0_0_1-8_8_8_8',
    '8_8_8_8-8_8_8_8-127_0_0_1',
    '8_8_8_8+127_0_0_1-127_0_0_1',
  ])
    await refuse('after rebinding too', `http://r.of.${turns}.test:${inside.port}/x.json`);

  for (const url of [
    ...hosts(inside.port)
      .slice(0, 20)
      .map((host) => `${host}/x.json`),
    '/etc/passwd',
    'file:///etc/passwd',
    's3://results/tenant-1/x.tif',
  ])
    for (const json of documents(url))
      await refuse('in documents too', `${at}/doc/x.json?json=${encodeURIComponent(JSON.stringify(json))}`);

  const asked = named.asked.length;
  await load(
    trial,
    `${at}/doc/open.json?json=${encodeURIComponent(JSON.stringify(itemWith(`${at}/x.tif`)))}`,
  );
  tally.try(
    'FURROW_EGRESS_ALLOW opens what it names',
    named.asked.length > asked ? undefined : 'it was not asked',
  );
  for (const other of [
    `http://localhost:${named.port}`,
    `http://[::1]:${named.port}`,
    `https://127.0.0.1:${named.port}`,
    `http://127.0.0.2:${named.port}`,
  ])
    await refuse('FURROW_EGRESS_ALLOW opens nothing else', `${other}/doc/x.json`, named.asked);

  const graph = {
    a: {
      process_id: 'load_collection',
      arguments: { id: 'inner', spatial_extent: null, temporal_extent: null },
      result: true,
    },
  };
  await run(trial, graph);
  tally.try(
    "the server's own collections are read",
    configured.asked.includes('/collection.json') ? undefined : 'the configured collection was not asked',
  );
  for (const path of ['/secret.json', '/collection.json?again', '/x.tif'])
    await refuse(
      'what they may reach stays theirs',
      `http://127.0.0.1:${configured.port}${path}`,
      configured.asked,
    );
  const led = `${at}/to?u=${encodeURIComponent(`http://127.0.0.1:${configured.port}/secret.tif`)}`;
  for (const json of documents(led))
    await refuse(
      'what they may reach stays theirs',
      `${at}/doc/x.json?json=${encodeURIComponent(JSON.stringify(json))}`,
      configured.asked,
    );
  for (const json of documents(`http://127.0.0.1:${configured.port}/secret.json`))
    await refuse(
      'what they may reach stays theirs',
      `${at}/doc/x.json?json=${encodeURIComponent(JSON.stringify(json))}`,
      configured.asked,
    );
  for (const id of [
    ...hosts(inside.port).slice(0, 4),
    '/etc/passwd',
    '../demo',
    's3://results/x',
    'file:///etc',
    '__proto__',
    'constructor',
    '',
  ])
    await refuseCollection(trial, id);
}

async function refuseCollection(trial: PrivateAddressesTrial, id: string): Promise<void> {
  const before = trial.servers.inside.asked.length;
  const { status, text } = await run(trial, {
    a: {
      process_id: 'load_collection',
      arguments: { id, spatial_extent: null, temporal_extent: null },
      result: true,
    },
  });
  const wrong = status < 400 || status >= 500 || trial.servers.inside.asked.length > before;
  trial.tally.try(
    'names of collections are no addresses',
    wrong ? `'${id}': ${status} ${text.slice(0, 200)}` : undefined,
  );
}

/** Documents that lead to an address by each of the ways that STAC has. */
function documents(url: string): unknown[] {
  const linked = (rel: string) => ({
    type: 'Catalog',
    stac_version: '1.0.0',
    id: 'x',
    description: 'x',
    links: [{ rel, href: url, type: 'application/json' }],
  });
  return [
    itemWith(url),
    { type: 'FeatureCollection', stac_version: '1.0.0', features: [itemWith(url)], links: [] },
    linked('item'),
    linked('child'),
  ];
}

function itemWith(href: string): unknown {
  return {
    type: 'Feature',
    stac_version: '1.0.0',
    id: 'x',
    collection: 'x',
    bbox: [11.8, 48.6, 11.9, 48.7],
    links: [],
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [11.8, 48.6],
          [11.9, 48.6],
          [11.9, 48.7],
          [11.8, 48.7],
          [11.8, 48.6],
        ],
      ],
    },
    properties: { datetime: '2026-03-13T10:00:00Z', 'proj:epsg': 32_632 },
    assets: {
      B04: {
        href,
        type: 'image/tiff; application=geotiff; profile=cloud-optimized',
        roles: ['data'],
        'eo:bands': [{ name: 'B04' }],
        'proj:shape': [10, 10],
        'proj:transform': [10, 0, 700_000, 0, -10, 5_390_000],
      },
    },
  };
}

async function load(trial: PrivateAddressesTrial, url: string) {
  return await run(trial, {
    load: {
      process_id: 'load_stac',
      arguments: { url, spatial_extent: null, temporal_extent: null, bands: ['B04'] },
    },
    save: {
      process_id: 'save_result',
      arguments: { data: { from_node: 'load' }, format: 'GTiff' },
      result: true,
    },
  });
}

async function run(
  { house, tenant }: PrivateAddressesTrial,
  graph: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await asTenant(house, tenant, 'POST', `${openeoPrefix}/result`, {
    process: { process_graph: graph },
  });
  return { status: answer.status, text: await answer.text() };
}
