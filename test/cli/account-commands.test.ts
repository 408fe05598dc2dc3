import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readAccountSettings } from '../../src/accounts/account-settings.ts';
import { urlFor } from '../../src/accounts/administrator.ts';
import { openAccounts } from '../../src/accounts/open-accounts.ts';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { CredentialsInvalid, TokenInvalid } from '../../src/errors.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { basic } from '../accounts/account-store.ts';
import { squareParcels } from '../store/sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const servicePassword = 'of-the-service-alone';
const folder = mkdtempSync(join(tmpdir(), 'furrow-accounts-'));

function furrow(store: string | undefined, line: string, { stdin = '', env = {} } = {}): Promise<Ran> {
  const { FURROW_STORE: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(packageRoot(), 'cli', 'main.ts'), ...line.split(' ')], {
    cwd: folder,
    env: {
      ...inherited,
      FURROW_DATA: folder,
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      ...(store === undefined ? {} : { FURROW_STORE: store }),
      ...env,
    },
    stdio: 'pipe',
  });
  child.stdin.end(stdin);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done) => child.on('close', (status) => done({ status, stdout, stderr })));
}

describe('furrow user, group, grant, token and store', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let administrator: string;
  let service: string;
  let store: Store;
  before(async () => {
    postgres = await startPostgres();
    administrator = postgres.url(await postgres.createDatabase());
    const { status, stdout, stderr } = await furrow(administrator, 'store prepare', {
      env: { FURROW_SERVICE_PASSWORD: servicePassword },
    });
    assert.equal(status, 0, stderr);
    assert.ok(!`${stdout}${stderr}`.includes(servicePassword));
    const { url } = JSON.parse(stdout) as { url: string };
    service = urlFor(url, 'furrow_service', servicePassword);
    store = await openPostgresStore(service);
  });
  after(async () => {
    await store?.close();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a command prints that succeeds, as the service. */
  async function asked(
    line: string,
    options: { stdin?: string; as?: string } = {},
  ): Promise<Record<string, unknown>[]> {
    const { status, stdout, stderr } = await furrow(options.as ?? service, line, options);
    assert.equal(status, 0, `${line}: ${stderr}`);
    const lines = stdout.split('\n').filter((text) => text !== '');
    return lines.map((text) => JSON.parse(text) as Record<string, unknown>);
  }
  async function refused(line: string, reason: RegExp, as: string | null = service): Promise<void> {
    const { status, stderr } = await furrow(as ?? undefined, line);
    assert.equal(status, 1, line);
    assert.match(stderr, reason, line);
  }
  const open = () => openAccounts(store, readAccountSettings({}), { clock: () => new Date() });
  const address = '192.0.2.7';

  test('an account is made, logs in, gets another password, is disabled and removed', async () => {
    await asked('user add alice --password-stdin --title Alice', { stdin: 'a long enough secret\n' });
    await asked('user ensure alice');
    const [made] = await asked('user add bob');
    const accounts = open();
    const login = (name: string, password: string) => open().authenticate(basic(name, password), { address });
    assert.equal((await login('alice', 'a long enough secret')).name, 'alice');
    assert.equal((await login('bob', String(made?.password))).name, 'bob');
    const { token } = await accounts.issueToken(await login('alice', 'a long enough secret'));
    const [changed] = await asked('user password alice');
    await assert.rejects(login('alice', 'a long enough secret'), CredentialsInvalid);
    await assert.rejects(open().authenticate(`Bearer ${token}`, { address }), TokenInvalid);
    assert.equal((await login('alice', String(changed?.password))).name, 'alice');
    await asked('user disable alice');
    await assert.rejects(login('alice', String(changed?.password)), CredentialsInvalid);
    const list = await asked('user list');
    assert.deepEqual(
      list.map(({ name, enabled, password, title }) => [name, enabled, password, title]),
      [
        ['alice', false, true, 'Alice'],
        ['bob', true, true, null],
      ],
    );
    assert.ok(!JSON.stringify(list).includes('scrypt'));
    await asked('user remove bob');
    await refused('user disable bob', /there is no account 'bob'.*\[AccountNotFound\]/);
    await asked('user enable alice');
  });

  test('a token is made for an account, listed without itself, and revoked', async () => {
    const [made] = await asked('token new alice --scopes parcels,openeo --days 2 --label maps');
    const caller = await open().authenticate(`Bearer basic//${made?.token}`, { address });
    assert.deepEqual([...caller.scopes], ['openeo', 'parcels']);
    const list = await asked('token list alice');
    assert.deepEqual([list.length, list[0]?.label, list[0]?.origin], [1, 'maps', 'administrator']);
    assert.ok(!JSON.stringify(list).includes(String(made?.token)));
    await asked(`token revoke ${made?.id}`);
    await assert.rejects(open().authenticate(`Bearer ${made?.token}`, { address }), TokenInvalid);
    await asked('token new alice');
    assert.deepEqual(await asked('token revoke --all alice'), [{ revoked: 1 }]);
    await refused('token revoke 999999', /there is no token 999999/);
    await refused(
      'token new alice --scopes all',
      /there is no scope 'all': there are openeo, parcels, publish/,
    );
    await refused('token new nobody', /there is no account 'nobody'/);
  });

  test('a group is granted a dataset, which its member reads by the own role, and that role manages nothing', async () => {
    await saveParcels(store, squareParcels('fields', 2));
    assert.deepEqual(await asked('group ensure course'), [{ name: 'course', made: true }]);
    assert.deepEqual(await asked('group ensure course'), [{ name: 'course', made: false }]);
    await asked('group join course alice');
    const [database] = await asked('user database carol --days 0.5 --ensure --join course --leave guests', {
      as: administrator,
    });
    const carol = String(database?.url);
    assert.match(carol, /^postgres:\/\/carol:[\w-]{43}@/);
    assert.deepEqual(await asked('grant', { as: carol }), []);
    await asked('grant fields --to group:course');
    assert.deepEqual(await asked('grant fields', { as: carol }), [
      { dataset: 'fields', to: 'furrow_service', access: 'own', by: null },
      { dataset: 'fields', to: 'group:course', access: 'read', by: 'furrow_service' },
    ]);
    await refused('grant fields --to alice', /belongs to 'furrow_service', who alone may grant it/, carol);
    await refused('user list', /managed by furrow_service or an administrator.*not by 'carol'/, carol);
    await refused('user database alice', /may not make roles/, service);
    await asked('grant fields --to group:course --revoke');
    assert.deepEqual(await asked('grant', { as: carol }), []);
    await asked('group leave course alice');
    assert.deepEqual(await asked('group list'), [
      { name: 'course', members: ['carol'] },
      { name: 'guests', members: [] },
    ]);
    await asked('group remove course');
    // Half of it can be done by the service alone: that is done, and the rest told.
    await refused('user disable carol', /may not make roles/, service);
    assert.equal((await asked('user list')).find(({ name }) => name === 'carol')?.enabled, false);
    await asked('user remove carol', { as: administrator });
  });

  test('datasets of one name are listed as they can be asked for, and written by OWNER/NAME where a name may mean two', async () => {
    const [made] = await asked('user database dave --ensure', { as: administrator });
    const dave = String(made?.url);
    const { collection, parcels } = await makeDemoSeason({
      folder: join(folder, 'small'),
      size: 128,
      dates: 1,
    });
    const theirs = await saveParcels(store, squareParcels('small', 2));
    await refused('dataset small', /there is no dataset 'small', or it may not be seen/, dave);
    await asked('grant small --to dave --write');
    const fact = { owner: 'furrow_service', aoi: null, year: null, kind: null, parcels: 2 };
    assert.deepEqual(await asked('dataset', { as: dave }), [{ name: 'small', ...fact }]);
    assert.deepEqual(await asked('dataset small --kind x', { as: dave }), [
      { name: 'small', ...fact, kind: 'x' },
    ]);

    const extract = `extract ${collection} ${parcels}`;
    const either =
      /'small' may be a new dataset or one that you may write to: .*dave\/small, furrow_service\/small/;
    await refused(extract, either, dave);
    await refused(`${extract} --dry-run`, either, dave);
    await asked(`${extract} --name dave/small`, { as: dave });
    const listed = await asked('dataset', { as: dave });
    assert.deepEqual(
      listed.map(({ name, owner }) => [name, owner]),
      [
        ['small', 'dave'],
        ['furrow_service/small', 'furrow_service'],
      ],
    );
    assert.equal(listed[1]?.parcels, 2);
    assert.ok((await asked('images small', { as: dave })).length > 0);
    assert.deepEqual(await asked('images furrow_service/small', { as: dave }), []);
    await asked(extract, { as: dave });

    const count = (of: string) => asked(`dataset ${of}`).then(([found]) => found?.parcels);
    const daves = await count('dave/small');
    await asked(`${extract} --name furrow_service/small`, { as: dave });
    assert.deepEqual([await count('small'), await count('dave/small')], [daves, daves]);
    assert.equal((await saveParcels(store, squareParcels('small', 2))).dataset, theirs.dataset);
    assert.equal(await count('dave/small'), daves);
    await asked('grant small --to dave');
    await refused(`${extract} --name furrow_service/small`, /somebody else's: it may be read/, dave);
    await refused('extract x y --name', /--name/, dave);
    await refused('dataset --aoi at', /furrow dataset DATASET --aoi/, dave);
  });

  test('what cannot be meant is refused in one sentence', async () => {
    for (const [line, reason] of [
      ['user', /say what to do; furrow user add\|/],
      ['user constructor', /what is 'constructor'\?/],
      ['user add furrow_x', /cannot be the name of an account/],
      [`user add x';drop`, /cannot be the name of an account/],
      ['user add dave --no-password --password-stdin', /only one of them/],
      ['user add dave --password-stdin', /standard input is empty/],
      ['user add sub --subject', /--subject needs FURROW_OIDC_ISSUER/],
      ['grant fields --write', /furrow grant DATASET --to NAME/],
      ['grant nothing --to alice', /there is no dataset 'nothing'/],
      ['token revoke', /token revoke NUMBER, or --all NAME/],
      ['store prepare', /FURROW_SERVICE_PASSWORD is missing/],
    ] as const)
      await refused(line, reason);
    for (const line of ['user list', 'grant', 'token list', 'group list'])
      await refused(line, /the embedded store has one user.*\[FeatureUnsupported\]/, null);
  });
});
