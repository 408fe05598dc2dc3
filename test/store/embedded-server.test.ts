import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, StoreUnavailable } from '../../src/errors.ts';
import { embeddedPlace, readState } from '../../src/store/embedded-place.ts';
import { ensureEmbeddedServer, runningServer, startEmbeddedServer } from '../../src/store/embedded-server.ts';
import { openEmbeddedStore } from '../../src/store/embedded-store.ts';
import type { Store } from '../../src/store/store.ts';

const writer = new URL('./endless-writer.ts', import.meta.url).pathname;

describe('the embedded store', () => {
  let root: string;
  let template: string;

  async function pidOf(dataDir: string): Promise<number> {
    const state = await readState(embeddedPlace(dataDir));
    assert.ok(state);
    return state.pid;
  }

  /** Kills the server of a folder with a signal and waits until it is gone. */
  async function end(dataDir: string, signal: NodeJS.Signals): Promise<void> {
    const pid = await pidOf(dataDir);
    process.kill(pid, signal);
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await delay(20);
    }
  }

  /** A data folder with a store that was closed in order; making one from nothing takes ten seconds. */
  async function folder(name: string): Promise<string> {
    const dataDir = join(root, name);
    await cp(template, dataDir, { recursive: true });
    return dataDir;
  }

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'furrow-embedded-'));
    template = join(root, 'template');
  });
  after(() => rm(root, { recursive: true, force: true }));

  test('the server survives kill -9 while it makes the database, and four openers at once share one', async () => {
    const first = startEmbeddedServer({ dataDir: template });
    first.catch(() => undefined);
    while ((await readState(embeddedPlace(template)))?.message === undefined) await delay(20);
    await delay(1500);
    await end(template, 'SIGKILL');
    await assert.rejects(first, StoreUnavailable);

    const said: string[] = [];
    const onProgress = ({ message }: { message: string }) => said.push(message);
    const stores = await Promise.all(
      [1, 2, 3, 4].map(() => openEmbeddedStore({ dataDir: template, idleMs: 60_000, onProgress })),
    );
    assert.ok(
      said.some((message) => message.includes('PostGIS')) &&
        said.some((message) => message.includes('migration')),
    );
    const [one, two] = stores;
    await one?.query(`insert into furrow.dataset (name) values ('shared')`);
    assert.deepEqual(await two?.query('select name from furrow.dataset'), [{ name: 'shared' }]);
    await Promise.all(stores.map((store) => store.close()));
    await end(template, 'SIGTERM');
    assert.equal(await readState(embeddedPlace(template)), undefined);
  });

  test('a start that takes too long leaves no process behind', async () => {
    const dataDir = join(root, 'late');
    const starting = ensureEmbeddedServer({ dataDir, timeoutMs: 3000 });
    starting.catch(() => undefined);
    while ((await readState(embeddedPlace(dataDir))) === undefined) await delay(20);
    const pid = await pidOf(dataDir);
    await assert.rejects(starting, StoreUnavailable);
    await untilGone(pid);
  });

  test('a start that is cancelled says so and leaves no server behind', async () => {
    const dataDir = await folder('cancelled');
    const controller = new AbortController();
    const starting = startEmbeddedServer({ dataDir, signal: controller.signal });
    starting.catch(() => undefined);
    while ((await readState(embeddedPlace(dataDir))) === undefined) await delay(20);
    const pid = await pidOf(dataDir);
    controller.abort();
    await assert.rejects(starting, Cancelled);
    await untilGone(pid);
  });

  test('only the owner can reach the socket', async () => {
    const dataDir = await folder('private');
    const server = await startEmbeddedServer({ dataDir });
    assert.equal((await stat(server.socketFolder)).mode & 0o777, 0o700);
    assert.equal((await stat(embeddedPlace(dataDir).folder)).mode & 0o777, 0o700);
    await server.close();
    assert.equal(await runningServer(dataDir), undefined);
    assert.doesNotMatch(await readFile(embeddedPlace(dataDir).log, 'utf8'), /rror/);
  });

  test('a folder too deep for a socket gets one in the temporary folder', async () => {
    const deep = join(await folder('deep'), 'a'.repeat(60), 'b'.repeat(60));
    await mkdir(deep, { recursive: true });
    await cp(template, deep, { recursive: true });
    const store = await openEmbeddedStore({ dataDir: deep, idleMs: 60_000 });
    const socket = (await readState(embeddedPlace(deep)))?.socketFolder ?? '';
    assert.ok(!socket.startsWith(deep));
    assert.equal((await stat(socket)).mode & 0o777, 0o700);
    assert.equal((await store.query('select 1 as one')).length, 1);
    await store.close();
    await end(deep, 'SIGINT');
    await assert.rejects(stat(socket), { code: 'ENOENT' });
  });

  test('a server started on demand ends when nobody has used it for a while, not while somebody does', async () => {
    const dataDir = await folder('idle');
    const store = await openEmbeddedStore({ dataDir, idleMs: 700 });
    await delay(1500);
    assert.notEqual(await runningServer(dataDir), undefined);
    await store.close();
    await untilEnded(dataDir);
  });

  test('a server that was killed is started again by the next query', async () => {
    const dataDir = await folder('revived');
    const store = await openEmbeddedStore({ dataDir, idleMs: 60_000 });
    const before = await pidOf(dataDir);
    await end(dataDir, 'SIGKILL');
    assert.deepEqual(await store.query('select name from furrow.dataset'), [{ name: 'shared' }]);
    assert.notEqual(await pidOf(dataDir), before);
    await store.close();
    await end(dataDir, 'SIGTERM');
  });

  test('it has locks for the months of many datasets', async () => {
    const dataDir = await folder('locks');
    const store = await openEmbeddedStore({ dataDir, idleMs: 60_000 });
    const locks = 'select count(pg_advisory_xact_lock(i)) as taken from generate_series(1, 30000) i';
    assert.deepEqual(await store.query(locks), [{ taken: 30_000 }]);
    await store.close();
    await end(dataDir, 'SIGTERM');
  });

  test('kill -9 of the server amid writes loses nothing that was committed, twice over', async () => {
    const dataDir = await folder('killed');
    for (let round = 0; round < 2; round++) {
      const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const committed = await linesUntil(child, 30 + round * 45);
      await end(dataDir, 'SIGKILL');
      child.kill('SIGKILL');
      const store = await openEmbeddedStore({ dataDir, idleMs: 60_000 });
      const rows = await store.query<{ name: string; parcels: number }>(
        `select d.name, (select count(*) from furrow.parcel p where p.dataset_id = d.id) as parcels
          from furrow.dataset d where d.name like 'written %'`,
      );
      const names = new Set(rows.map(({ name }) => name));
      assert.deepEqual(
        committed.filter((name) => !names.has(name)),
        [],
      );
      // Each transaction writes a dataset with its fifty parcels: all of it or nothing.
      assert.deepEqual(
        rows.filter(({ parcels }) => parcels !== 50),
        [],
      );
      await store.close();
    }
    await end(dataDir, 'SIGTERM');
  });

  test('a client that dies inside a transaction holds up neither the others nor the end of the server', async () => {
    const dataDir = await folder('client');
    const store = await openEmbeddedStore({ dataDir, idleMs: 1500 });
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [writer, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      await linesUntil(child, 3 + round);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const rows = await store.query(
        'select 1 from furrow.dataset d where not exists (select 1 from furrow.parcel p where p.dataset_id = d.id) and d.name <> $1',
        ['shared'],
      );
      assert.deepEqual(rows, []);
    }
    await store.close();
    await untilEnded(dataDir);
  });
  test('a client that stands still inside a transaction is thrown out when others wait, and only then', async () => {
    const pause = 6_000;
    const paused = async (store: Store) =>
      await store.transaction(async (queryable) => {
        await queryable.query(`insert into furrow.dataset (name) values ('unfinished')`);
        await delay(pause);
        return await queryable.query(
          `select count(*) as found from furrow.dataset where name = 'unfinished'`,
        );
      });
    const alone = async () => {
      const dataDir = await folder('alone');
      const store = await openEmbeddedStore({ dataDir, idleMs: 60_000 });
      assert.deepEqual(await paused(store), [{ found: 1 }]);
      await store.close();
      await end(dataDir, 'SIGTERM');
    };
    const waitedFor = async () => {
      const dataDir = await folder('waited');
      const [still, other] = await Promise.all(
        [1, 2].map(() => openEmbeddedStore({ dataDir, idleMs: 60_000 })),
      );
      assert.ok(still && other);
      const ended = assert.rejects(paused(still), StoreUnavailable);
      await delay(300);
      const from = performance.now();
      assert.deepEqual(await other.query(`select name from furrow.dataset where name = 'unfinished'`), []);
      assert.ok(performance.now() - from < pause - 500, 'it waited for the whole pause');
      await ended;
      assert.equal((await still.query('select 1 as one')).length, 1);
      await Promise.all([still.close(), other.close()]);
      await end(dataDir, 'SIGTERM');
    };
    await Promise.all([alone(), waitedFor()]);
  });
});

async function untilGone(pid: number): Promise<void> {
  for (let i = 0; i < 300; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(50);
  }
  process.kill(pid, 'SIGKILL');
  assert.fail(`process ${pid} went on`);
}

async function untilEnded(dataDir: string): Promise<void> {
  for (let i = 0; i < 200 && (await readState(embeddedPlace(dataDir))) !== undefined; i++) await delay(50);
  assert.equal(await runningServer(dataDir), undefined);
}

/** The first lines that a process prints. */
async function linesUntil(child: ChildProcess, count: number): Promise<string[]> {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > count) resolve();
  });
  await Promise.race([promise, once(child, 'exit')]);
  return text.split('\n').slice(0, -1);
}
