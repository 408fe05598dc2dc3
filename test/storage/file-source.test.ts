import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  Cancelled,
  FileNotFound,
  InvalidArgument,
  InvalidFile,
  LimitExceeded,
  ObjectChanged,
  StorageFailure,
} from '../../src/errors.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { readJson } from '../../src/storage/read-json.ts';
import { writeFileWhole } from '../../src/storage/write-file.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-storage-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const bytes = new Uint8Array(100_000).map((_, i) => (i * 11) & 0xff);
async function file(name: string, content: string | Uint8Array = bytes): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('reading a local file', () => {
  test('by path and by file URL, one range or many', async () => {
    const path = await file('a b.bin');
    for (const address of [path, pathToFileURL(path).href]) {
      const source = await openSource(address);
      assert.equal(await source.size(), bytes.length);
      assert.deepEqual(
        new Uint8Array(await source.read({ offset: 99_990, length: 100 })),
        bytes.subarray(99_990),
      );
      const parts = await source.readMany([
        { offset: 50, length: 5 },
        { offset: 0, length: 3 },
        { offset: 90_000, length: 0 },
      ]);
      assert.deepEqual(
        parts.map((part) => [...part]),
        [[...bytes.subarray(50, 55)], [...bytes.subarray(0, 3)], []],
      );
    }
  });

  test('a read beyond the end, a negative one and one over the budget are refused', async () => {
    const source = await openSource(await file('b.bin'));
    await assert.rejects(source.read({ offset: 100_000, length: 1 }), InvalidFile);
    await assert.rejects(source.read({ offset: -1, length: 1 }), InvalidArgument);
    await assert.rejects(async () => source.readMany([{ offset: 2 ** 60, length: 1 }]), InvalidArgument);
    process.env.FURROW_MAX_READ_BYTES = '1000';
    try {
      await assert.rejects(source.read({ offset: 0, length: 1001 }), LimitExceeded);
    } finally {
      delete process.env.FURROW_MAX_READ_BYTES;
    }
  });

  test('a file that changes after it was opened is ObjectChanged; its version tells', async () => {
    const path = await file('c.bin');
    const source = await openSource(path);
    await appendFile(path, 'more');
    await assert.rejects(source.read({ offset: 0, length: 1 }), ObjectChanged);
    assert.notEqual(await (await openSource(path)).version(), await source.version());
  });

  test('nothing there, a folder, an aborted read', async () => {
    await assert.rejects(openSource(join(folder, 'nothing')), FileNotFound);
    await assert.rejects(openSource(folder), FileNotFound);
    const source = await openSource(await file('d.bin'));
    await assert.rejects(source.read({ offset: 0, length: 1 }, { signal: AbortSignal.abort() }), Cancelled);
  });
});

describe('JSON documents', () => {
  test('are parsed with or without a byte-order mark; others are InvalidFile with the place', async () => {
    assert.deepEqual(await readJson(await file('a.json', '\uFEFF{"a": [1]}')), { a: [1] });
    await assert.rejects(
      readJson(await file('b.json', '{"a": ')),
      (error) => error instanceof InvalidFile && /b\.json/.test(error.message),
    );
    await assert.rejects(readJson(await file('c.json', new Uint8Array([0x22, 0xff, 0x22]))), InvalidFile);
  });
});

describe('writing a file whole', () => {
  test('makes folders, replaces the old content and leaves nothing else', async () => {
    const path = join(folder, 'new', 'deep', 'x.txt');
    await writeFileWhole(path, new TextEncoder().encode('one'));
    await writeFileWhole(
      path,
      (async function* () {
        yield new TextEncoder().encode('tw');
        yield new TextEncoder().encode('o');
      })(),
    );
    assert.equal(await readFile(path, 'utf8'), 'two');
    assert.deepEqual(await readdir(join(folder, 'new', 'deep')), ['x.txt']);
  });

  test('a source that fails halfway leaves the old content and no temporary file', async () => {
    const path = join(folder, 'half', 'x.txt');
    await writeFileWhole(path, new TextEncoder().encode('old'));
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('new');
      throw new StorageFailure('the source broke');
    };
    await assert.rejects(writeFileWhole(path, broken()), StorageFailure);
    assert.equal(await readFile(path, 'utf8'), 'old');
    assert.deepEqual(await readdir(join(folder, 'half')), ['x.txt']);
    await assert.rejects(writeFileWhole(join(path, 'below-a-file'), bytes), StorageFailure);
  });
});
