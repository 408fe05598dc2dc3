import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  Cancelled,
  EgressRefused,
  FileNotFound,
  InvalidArgument,
  LimitExceeded,
  ObjectChanged,
  StorageFailure,
  Unsupported,
} from '../../src/errors.ts';
import { allowHostOf } from '../../src/storage/egress.ts';
import { openHttp } from '../../src/storage/http-source.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { readJson } from '../../src/storage/read-json.ts';
import { TRIES } from '../../src/storage/retry.ts';
import type { ByteSource } from '../../src/storage/source.ts';
import { type Fault, type RangeServer, rangeServer } from './range-server.ts';

const object = new Uint8Array(300_000).map((_, i) => (i * 7 + (i >> 8)) & 0xff);
const quick = { sleep: async () => undefined, random: () => 0.5 };

async function serve(options: Parameters<typeof rangeServer>[1] = {}): Promise<RangeServer> {
  const server = await rangeServer(
    { '/a.bin': object, '/empty': new Uint8Array(0), '/small.json': new TextEncoder().encode('{"a":1}') },
    options,
  );
  allowHostOf(new URL(server.origin));
  return server;
}

function open(server: RangeServer, path = '/a.bin'): Promise<ByteSource> {
  return openHttp(new URL(path, server.origin), quick);
}

describe('reading over http', () => {
  test('size, version and the first 32 KB come with one request', async () => {
    await using server = await serve();
    const source = await open(server);
    assert.equal(await source.size(), object.length);
    assert.equal(await source.version(), '"first"');
    assert.deepEqual(
      await source.read({ offset: 100, length: 1000 }),
      Buffer.from(object.subarray(100, 1100)),
    );
    assert.deepEqual(server.ranges, ['bytes=0-32767']);
  });

  test('neighbouring ranges are merged, far ones are not, answers keep their order', async () => {
    await using server = await serve();
    const source = await open(server);
    const asked = [
      { offset: 250_000, length: 10 },
      { offset: 60_000, length: 100 },
      { offset: 61_000, length: 50 },
      { offset: 299_990, length: 100 },
    ];
    const parts = await source.readMany(asked);
    for (const [i, { offset, length }] of asked.entries())
      assert.deepEqual(Buffer.from(parts[i] ?? []), Buffer.from(object.subarray(offset, offset + length)));
    assert.deepEqual(server.ranges.slice(1).sort(), ['bytes=250000-299999', 'bytes=60000-61049']);
  });

  for (const fault of ['unavailable', 'truncated', 'reset', 'wrong-range'] as const satisfies Fault[])
    test(`an answer that is ${fault} is asked for again`, async () => {
      await using server = await serve();
      const source = await open(server);
      server.faults.push(fault, fault);
      const bytes = await source.read({ offset: 100_000, length: 50_000 });
      assert.deepEqual(Buffer.from(bytes), Buffer.from(object.subarray(100_000, 150_000)));
      assert.equal(server.ranges.length, 4);
    });

  test('the opening request is tried again too', async () => {
    await using server = await serve();
    server.faults.push('unavailable', 'reset', 'truncated');
    assert.equal(await (await open(server)).size(), object.length);
  });

  test('a server that stays broken gives StorageFailure after a bounded number of tries', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push(...new Array<Fault>(20).fill('unavailable'));
    await assert.rejects(
      source.read({ offset: 100_000, length: 10 }),
      (error) => error instanceof StorageFailure && /503/.test(error.message),
    );
    assert.equal(server.ranges.length, 1 + TRIES);
  });

  test('another ETag in the middle of reading is ObjectChanged, never mixed bytes', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('changed');
    await assert.rejects(source.read({ offset: 100_000, length: 10 }), ObjectChanged);
  });

  test('a server that sends everything for a range is heard to the end of the range, not asked again', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('whole');
    const bytes = await source.read({ offset: 100_000, length: 50_000 });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(object.subarray(100_000, 150_000)));
    assert.equal(server.ranges.length, 2);
  });

  test('later requests ask for the object that was opened', async () => {
    await using server = await serve();
    const source = await open(server);
    await source.read({ offset: 100_000, length: 10 });
    assert.equal(server.headers[1]?.['if-match'], '"first"');
  });

  test('an object is read whole with one request, without the range that would lose its checksum', async () => {
    await using server = await serve();
    const source = await open(server);
    const bytes = await source.read({ offset: 0, length: object.length });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(object));
    assert.deepEqual(server.ranges, ['bytes=0-32767', '']);
  });

  test('a range that starts in the bytes at hand is asked for without them', async () => {
    await using server = await serve();
    const source = await open(server);
    const bytes = await source.read({ offset: 30_000, length: 10_000 });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(object.subarray(30_000, 40_000)));
    assert.equal(server.ranges[1], 'bytes=32768-39999');
  });

  test('an answer that drips is given up and asked for again', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('drip');
    process.env.FURROW_MAX_REQUEST_MS = '100';
    try {
      const bytes = await source.read({ offset: 100_000, length: 500 });
      assert.deepEqual(Buffer.from(bytes), Buffer.from(object.subarray(100_000, 100_500)));
    } finally {
      delete process.env.FURROW_MAX_REQUEST_MS;
    }
    assert.equal(server.ranges.length, 3);
  });

  test('a refusal is not repeated; a missing object is FileNotFound', async () => {
    await using server = await serve();
    server.faults.push('forbidden');
    await assert.rejects(
      open(server),
      (error) => error instanceof StorageFailure && /403/.test(error.message),
    );
    await assert.rejects(open(server, '/nothing'), FileNotFound);
    assert.equal(server.ranges.length, 2);
  });

  test('compressed ranges are refused by name', async () => {
    await using server = await serve();
    server.faults.push('gzip');
    await assert.rejects(open(server), Unsupported);
  });

  test('a read that is aborted ends as Cancelled, also against a silent server', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('silent');
    const signal = AbortSignal.timeout(50);
    await assert.rejects(source.read({ offset: 100_000, length: 10 }, { signal }), Cancelled);
  });

  test('a read that is aborted ends at once where no connection comes about, many of them too', async () => {
    const sockets: Socket[] = [];
    // It accepts connections and says nothing, so that no TLS comes about.
    const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/a`);
      allowHostOf(url);
      const started = performance.now();
      const signal = AbortSignal.timeout(50);
      await Promise.all(
        Array.from({ length: 20 }, () => assert.rejects(openHttp(url, { signal }), Cancelled)),
      );
      assert.ok(performance.now() - started < 3000);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  test('reads that were cancelled cost the next no connections beyond those that were under way', async () => {
    let connections = 0;
    const server = createHttpServer((request, response) => {
      const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const part = object.subarray(Number(start), Number(end) + 1);
      const range = `bytes ${start}-${Number(start) + part.length - 1}/${object.length}`;
      response.writeHead(206, { etag: '"first"', 'content-range': range });
      setTimeout(20).then(() => response.end(part));
    }).on('connection', () => void (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`);
      allowHostOf(url);
      const source = await openHttp(url);
      const readAll = (signal?: AbortSignal): Promise<unknown>[] =>
        Array.from({ length: 200 }, () => source.read({ offset: 100_000, length: 10 }, { signal }));
      // Before they are sent, and after: what was sent can be cancelled only by ending its connection.
      for (const [pause, most] of [
        [() => setImmediate(), 17],
        [() => setTimeout(10), 33],
      ] as const) {
        const stop = new AbortController();
        const reads = readAll(stop.signal).map((reading) => assert.rejects(reading, Cancelled));
        await pause();
        stop.abort();
        await Promise.all(reads);
        await Promise.all(readAll());
        assert.ok(connections <= most, `${connections} connections`);
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('the reason of a refusal is not waited for without end, and an abort meanwhile is an abort', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('forbidden-drip', 'forbidden-drip');
    const range = { offset: 100_000, length: 10 };
    const signal = AbortSignal.timeout(50);
    await assert.rejects(source.read(range, { signal }), Cancelled);
    process.env.FURROW_MAX_REQUEST_MS = '200';
    try {
      const started = performance.now();
      await assert.rejects(source.read(range), StorageFailure);
      assert.ok(performance.now() - started < 3000);
    } finally {
      delete process.env.FURROW_MAX_REQUEST_MS;
    }
  });

  test('a range that is refused does not wait for another that hangs', async () => {
    await using server = await serve();
    const source = await open(server);
    server.faults.push('silent', 'forbidden');
    const started = performance.now();
    await assert.rejects(
      source.readMany([50_000, 190_000].map((offset) => ({ offset, length: 10 }))),
      (error) => error instanceof StorageFailure && /refuses with 403/.test(error.message),
    );
    assert.ok(performance.now() - started < 3000);
  });

  for (const chunked of [false, true])
    test(`a server without ranges is read whole (${chunked ? 'length unknown' : 'length known'}), within the budget`, async () => {
      await using server = await serve({ ranges: false, chunked });
      const source = await open(server);
      assert.deepEqual(
        Buffer.from(await source.read({ offset: 200_000, length: 9 })),
        Buffer.from(object.subarray(200_000, 200_009)),
      );
      assert.equal(server.ranges.length, 1);
      process.env.FURROW_MAX_READ_BYTES = '100000';
      try {
        await assert.rejects(open(server), LimitExceeded);
      } finally {
        delete process.env.FURROW_MAX_READ_BYTES;
      }
    });

  test('an empty object has no bytes, a small document is read in one request', async () => {
    await using server = await serve();
    assert.equal(await (await open(server, '/empty')).size(), 0);
    assert.deepEqual(await readJson(`${server.origin}/small.json`), { a: 1 });
    assert.equal(server.ranges.length, 2);
  });
});

describe('redirects and egress', () => {
  test('a redirect is followed; an address from data does not reach a private host through it', async () => {
    await using inner = await rangeServer({ '/a.bin': object });
    await using server = await serve({
      redirects: {
        '/moved': '/a.bin',
        '/inside': `${inner.origin}/a.bin`,
        '/loop': '/loop',
        '/odd': 'ftp://h/x',
      },
    });
    assert.equal(await (await open(server, '/moved')).size(), object.length);
    await assert.rejects(open(server, '/inside'), EgressRefused);
    await assert.rejects(open(server, '/odd'), EgressRefused);
    await assert.rejects(open(server, '/loop'), StorageFailure);
    assert.equal(inner.ranges.length, 0);
  });

  test('a private address from data is refused, typed by the user it is read', async () => {
    await using server = await rangeServer({ '/a.bin': object });
    const address = `${server.origin}/a.bin`;
    await assert.rejects(openSource(address), EgressRefused);
    await assert.rejects(openSource(address.replace('127.0.0.1', 'localhost')), EgressRefused);
    assert.equal(server.ranges.length, 0);
    assert.equal(await (await openSource(address, { trust: 'user' })).size(), object.length);
    assert.equal(await (await openSource(address)).size(), object.length);
  });
});

describe('bytes that changed on their way', () => {
  const digest = createHash('sha256').update(object).digest('base64');

  test('a checksum of the store finds them, and they are asked for again', async () => {
    await using server = await serve({ extra: { 'repr-digest': `sha-256=:${digest}:` } });
    const source = await open(server);
    server.faults.push('flipped', 'flipped');
    const bytes = await source.read({ offset: 0, length: object.length });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(object));
    assert.equal(server.ranges.length, 4);
    server.faults.push(...new Array<Fault>(TRIES).fill('flipped'));
    await assert.rejects(
      source.read({ offset: 0, length: object.length }),
      (error) => error instanceof StorageFailure && /repr-digest/.test(error.message),
    );
  });

  test('an ETag that looks like an MD5 and is none does not make an object unreadable', async () => {
    const etag = createHash('md5').update(object).digest('hex');
    await using server = await serve({ extra: { 'x-amz-request-id': '1' }, etag: `"${etag}"` });
    const source = await open(server);
    server.faults.push('flipped');
    const bytes = await source.read({ offset: 0, length: object.length });
    assert.deepEqual(Buffer.from(bytes), Buffer.from(object));
    assert.equal(server.ranges.length, 3);

    const odd = { extra: { 'x-amz-request-id': '1' }, etag: `"${'0'.repeat(32)}"` };
    await using other = await serve(odd);
    const again = await (await open(other)).read({ offset: 0, length: object.length });
    assert.deepEqual(Buffer.from(again), Buffer.from(object));
    assert.equal(other.ranges.length, 3);
  });

  test('FURROW_VERIFY_READS=twice takes the bytes of a range when two answers are alike', async () => {
    await using server = await serve();
    process.env.FURROW_VERIFY_READS = 'twice';
    try {
      const source = await open(server);
      assert.equal(server.ranges.length, 2);
      server.faults.push('ok', 'flipped');
      const bytes = await source.read({ offset: 100_000, length: 500 });
      assert.deepEqual(Buffer.from(bytes), Buffer.from(object.subarray(100_000, 100_500)));
      assert.equal(server.ranges.length, 5);
      process.env.FURROW_VERIFY_READS = 'thrice';
      await assert.rejects(open(server), InvalidArgument);
    } finally {
      delete process.env.FURROW_VERIFY_READS;
    }
  });
});
