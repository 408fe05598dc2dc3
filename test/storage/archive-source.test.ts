import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  FileNotFound,
  FurrowError,
  InvalidArgument,
  InvalidFile,
  LimitExceeded,
  ObjectChanged,
  Unsupported,
} from '../../src/errors.ts';
import { openMember } from '../../src/storage/archive-source.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { MOST_KEPT_BYTES } from '../../src/storage/unpacked-members.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { writeZip } from '../support/write-zip.ts';
import { rangeServer } from './range-server.ts';

/** Archives as CPython's zipfile and tarfile write them. */
const maker = `
import hashlib, io, sys, tarfile, zipfile
folder = sys.argv[1]
files = {'a/raw.bin': b''.join(hashlib.sha512(str(i).encode()).digest() for i in range(3000)), 'text.txt': b'so it goes ' * 5000, 'ü 1.bin': b'12345', 'empty': b''}
def pack(name, method, zip64=False, comment=b''):
    with zipfile.ZipFile(f'{folder}/{name}.zip', 'w', method) as z:
        z.writestr('a/', b'')
        for key, data in files.items():
            with z.open(zipfile.ZipInfo(key) if method == 0 else key, 'w', force_zip64=zip64) as f: f.write(data)
        z.comment = comment
pack('stored', zipfile.ZIP_STORED); pack('deflated', zipfile.ZIP_DEFLATED, comment=b'PK\\5\\6 a comment'); pack('zip64', zipfile.ZIP_STORED, zip64=True)
pack('bzip2', zipfile.ZIP_BZIP2)
with zipfile.ZipFile(f'{folder}/many.zip', 'w') as z:
    for i in range(66000): z.writestr(f'{i:06d}', str(i))
for name, format in [('ustar', tarfile.USTAR_FORMAT), ('gnu', tarfile.GNU_FORMAT), ('pax', tarfile.PAX_FORMAT)]:
    with tarfile.open(f'{folder}/{name}.tar', 'w', format=format) as t:
        names = dict(files)
        if format == tarfile.USTAR_FORMAT: names['d' * 120 + '/' + 'f' * 90] = b'long'
        else: names['d' * 300 + '/' + 'f' * 200] = b'long'
        for key, data in names.items():
            info = tarfile.TarInfo(key); info.size = len(data); info.mtime = 1.5 if name == 'pax' else 1; t.addfile(info, io.BytesIO(data))
        info = tarfile.TarInfo('link'); info.type = tarfile.SYMTYPE; info.linkname = 'text.txt'; t.addfile(info)
        info = tarfile.TarInfo('text.txt'); info.size = 3; t.addfile(info, io.BytesIO(b'new'))
`;
const raw = Buffer.concat(
  Array.from({ length: 3000 }, (_, i) => createHash('sha512').update(`${i}`).digest()),
);
const text = Buffer.from('so it goes '.repeat(5000));

describe('files inside archives', { skip: testPython() === undefined && withoutTestPython }, () => {
  let folder = '';
  const bytes = new Map<string, Buffer>();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-archive-'));
    const made = spawnSync(testPython() ?? '', ['-c', maker, folder], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    for (const name of ['stored.zip', 'deflated.zip', 'zip64.zip', 'ustar.tar', 'gnu.tar', 'pax.tar'])
      bytes.set(name, await readFile(join(folder, name)));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const name of ['stored.zip', 'deflated.zip', 'zip64.zip', 'ustar.tar', 'gnu.tar', 'pax.tar'])
    test(`${name} is read by range and whole`, async () => {
      const kind = name.slice(-3);
      const source = await openSource(`${kind}+file://${folder}/${name}!/a/raw.bin`);
      assert.equal(await source.size(), raw.length);
      const parts = await source.readMany([
        { offset: 150_000, length: 1000 },
        { offset: 10, length: 20 },
        { offset: raw.length - 5, length: 100 },
      ]);
      assert.deepEqual(
        Buffer.concat(parts),
        Buffer.concat([raw.subarray(150_000, 151_000), raw.subarray(10, 30), raw.subarray(-5)]),
      );
      assert.deepEqual(Buffer.from(await source.read({ offset: 0, length: raw.length })), raw);
      await assert.rejects(source.read({ offset: raw.length + 1, length: 1 }), InvalidFile);
      assert.equal((await openSource(source.url)).url, source.url);
      const other = await openSource(`/vsi${kind}/${folder}/${name}/ü 1.bin`);
      assert.equal(Buffer.from(await other.read({ offset: 0, length: 5 })).toString(), '12345');
      assert.equal(await (await openSource(`${kind}://${folder}/${name}!/empty`)).size(), 0);
      const document = await openSource(`${kind}://${folder}/${name}!/text.txt`);
      const read = Buffer.from(await document.read({ offset: 0, length: await document.size() }));
      assert.deepEqual(read, kind === 'tar' ? Buffer.from('new') : text);
    });

  test('long names of ustar, pax and GNU are found; links and unknown methods are refused by name', async () => {
    for (const [name, member] of [
      ['ustar', `${'d'.repeat(120)}/${'f'.repeat(90)}`],
      ['gnu', `${'d'.repeat(300)}/${'f'.repeat(200)}`],
      ['pax', `${'d'.repeat(300)}/${'f'.repeat(200)}`],
    ])
      assert.equal(await (await openSource(`tar://${folder}/${name}.tar!/${member}`)).size(), 4);
    await assert.rejects(openSource(`tar://${folder}/gnu.tar!/link`), Unsupported);
    await assert.rejects(openSource(`zip://${folder}/bzip2.zip!/text.txt`), /method 12/);
    await assert.rejects(
      openSource(`zip://${folder}/stored.zip!/nothing`),
      (error) => error instanceof FileNotFound && /'text.txt'/.test(error.message),
    );
    await assert.rejects(openSource(`zip://${folder}/stored.zip`), InvalidArgument);
    await assert.rejects(openSource(`tar://${folder}/stored.zip!/text.txt`), InvalidFile);
    await assert.rejects(openSource(`zip://${folder}/gnu.tar!/text.txt`), InvalidFile);
  });

  test('more members than 16 bits count need zip64, and their number is bounded', async () => {
    const source = await openSource(`zip://${folder}/many.zip!/065999`);
    assert.equal(Buffer.from(await source.read({ offset: 0, length: 9 })).toString(), '65999');
    process.env.FURROW_MAX_ARCHIVE_ENTRIES = '1000';
    try {
      const copy = memorySource(await readFile(join(folder, 'many.zip')));
      await assert.rejects(openMember(copy, 'zip', '065999'), LimitExceeded);
    } finally {
      delete process.env.FURROW_MAX_ARCHIVE_ENTRIES;
    }
  });

  test('a compressed member is unpacked within its limit only, a stored one is never read whole', async () => {
    await using server = await rangeServer({ '/s.zip': bytes.get('stored.zip') ?? Buffer.alloc(0) });
    process.env.FURROW_MAX_ARCHIVE_MEMBER_BYTES = '50000';
    try {
      await assert.rejects(openSource(`zip://${folder}/deflated.zip!/text.txt`), LimitExceeded);
      const source = await openSource(`zip+${server.origin}/s.zip!/a/raw.bin`, { trust: 'user' });
      await source.read({ offset: 100_000, length: 100 });
    } finally {
      delete process.env.FURROW_MAX_ARCHIVE_MEMBER_BYTES;
    }
    // The first 32 KB, the end with the directory, the member's header with its first bytes, the range.
    assert.equal(server.ranges.length, 4);
  });

  test('a changed archive is told, and opened anew with its new members', async () => {
    const path = join(folder, 'changing.zip');
    await writeFile(path, bytes.get('stored.zip') ?? '');
    const source = await openSource(`zip://${path}!/a/raw.bin`);
    await writeFile(path, bytes.get('deflated.zip') ?? '');
    await assert.rejects(source.read({ offset: 100_000, length: 10 }), ObjectChanged);
    const again = await openSource(`zip://${path}!/a/raw.bin`);
    assert.deepEqual(
      Buffer.from(await again.read({ offset: 100_000, length: 10 })),
      raw.subarray(100_000, 100_010),
    );
  });

  test('a deflated member is unpacked once for all who open it, anew when the archive changes', async () => {
    const path = join(folder, 'again.zip');
    await writeFile(path, bytes.get('deflated.zip') ?? '');
    const whole = async (): Promise<Uint8Array> => {
      const source = await openSource(`zip://${path}!/text.txt`);
      return source.read({ offset: 0, length: await source.size() });
    };
    const first = await whole();
    assert.equal((await whole()).buffer, first.buffer);
    await writeFile(path, writeZip({ 'text.txt': { bytes: Buffer.from('another text'), deflate: true } }));
    assert.equal(Buffer.from(await whole()).toString(), 'another text');
  });

  test('unpacked members are kept within 32 MiB, those asked for last, and a larger one is not', async () => {
    const path = join(folder, 'budget.zip');
    const member = { bytes: Buffer.alloc(0.4 * MOST_KEPT_BYTES, 'x'), deflate: true };
    const large = { bytes: Buffer.alloc(MOST_KEPT_BYTES + 1, 'x'), deflate: true };
    await writeFile(path, writeZip({ a: member, b: member, c: member, large }));
    const buffer = async (name: string): Promise<ArrayBufferLike> =>
      (await (await openSource(`zip://${path}!/${name}`)).read({ offset: 0, length: 100_000 })).buffer;
    const a = await buffer('a');
    const b = await buffer('b');
    assert.equal(await buffer('a'), a);
    const c = await buffer('c');
    assert.notEqual(await buffer('large'), await buffer('large'));
    assert.equal(await buffer('a'), a);
    assert.equal(await buffer('c'), c);
    assert.notEqual(await buffer('b'), b);
  });

  const date = { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' };
  for (const [stated, options, kept] of [
    ['a strong ETag', { etag: '"1"' }, true],
    ['a weak ETag', { etag: 'W/"1"' }, false],
    ['a date', { etag: null, extra: date }, false],
    ['no version', { etag: null }, false],
    ['an empty ETag', { etag: '' }, false],
  ] as const)
    test(`of a server that states ${stated} ${kept ? 'what was' : 'nothing'} unpacked is kept`, async () => {
      await using server = await rangeServer(
        { '/d.zip': bytes.get('deflated.zip') ?? Buffer.alloc(0) },
        options,
      );
      const whole = async (): Promise<Uint8Array> => {
        const source = await openSource(`zip+${server.origin}/d.zip!/text.txt`, { trust: 'user' });
        return source.read({ offset: 0, length: await source.size() });
      };
      const first = await whole();
      assert.equal((await whole()).buffer === first.buffer, kept);
    });

  test('a damaged header of a tar archive is told', async () => {
    const copy = Buffer.from(bytes.get('ustar.tar') ?? []);
    const at = copy.indexOf('text.txt');
    copy[at] = (copy[at] ?? 0) ^ 1;
    await assert.rejects(
      openMember(memorySource(copy), 'tar', 'a/raw.bin'),
      /tar header at byte \d+ is damaged/,
    );
  });

  test('one damaged byte of a member read whole is told', async () => {
    for (const name of ['stored.zip', 'deflated.zip']) {
      const copy = Buffer.from(bytes.get(name) ?? []);
      const at = copy.indexOf('text.txt') + 60;
      copy[at] = (copy[at] ?? 0) ^ 0x10;
      const read = async (): Promise<void> => {
        const source = await openMember(memorySource(copy), 'zip', 'text.txt');
        await source.read({ offset: 0, length: await source.size() });
      };
      await assert.rejects(read(), InvalidFile, name);
    }
  });

  test('overlapping members, contradicting lengths and members outside their folder are refused', async () => {
    const stored = bytes.get('stored.zip') ?? Buffer.alloc(0);
    const entry = (archive: Buffer, name: string): number => archive.lastIndexOf(name) - 46;
    const edited = (edit: (archive: Buffer) => void): Promise<unknown> => {
      const copy = Buffer.from(stored);
      edit(copy);
      return openMember(memorySource(copy), 'zip', 'text.txt');
    };
    await edited(() => undefined);
    const start = stored.readUInt32LE(entry(stored, 'a/raw.bin') + 42);
    await assert.rejects(
      edited((copy) => copy.writeUInt32LE(start, entry(copy, 'text.txt') + 42)),
      /overlaps/,
    );
    const longer = (copy: Buffer): void => {
      for (const field of [20, 24]) copy.writeUInt32LE(raw.length + 100, entry(copy, 'a/raw.bin') + field);
    };
    await assert.rejects(edited(longer), /'a\/raw.bin' overlaps/);
    await assert.rejects(
      edited((copy) => copy.writeUInt32LE(5, entry(copy, 'text.txt') + 24)),
      /two lengths/,
    );
    await assert.rejects(
      edited((copy) => copy.writeUInt16LE(1, entry(copy, 'text.txt') + 8)),
      /encrypted/,
    );
    await assert.rejects(
      edited((copy) => copy.writeUInt16LE(60_000, copy.indexOf('text.txt') - 2)),
      /overlaps/,
    );
    await assert.rejects(
      edited((copy) => copy.write('texx', copy.indexOf('text.txt'))),
      InvalidFile,
    );
    const packed = Buffer.from(bytes.get('deflated.zip') ?? []);
    packed.writeUInt32LE(200_000_000, entry(packed, 'text.txt') + 24);
    await assert.rejects(openMember(memorySource(packed), 'zip', 'text.txt'), /cannot hold/);
    for (const name of ['../x.txt', '..\\x.txt', '/ext.txt', 'c:/x.txt']) {
      const copy = Buffer.from(stored);
      copy.write(name, copy.lastIndexOf('text.txt'));
      await assert.rejects(openMember(memorySource(copy), 'zip', name), /outside/, name);
    }
    const twice = Buffer.from(stored);
    twice.write('text.txt', twice.lastIndexOf('ü 1.bin'));
    await assert.rejects(openMember(memorySource(twice), 'zip', 'text.txt'), /2 times/);
  });

  test('whatever bytes are cut or changed, an archive gives its bytes or a typed error', async () => {
    const names = [...bytes.keys()];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255), fc.boolean()), {
          maxLength: 4,
        }),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        async (name, edits, cut) => {
          const copy = Buffer.from(bytes.get(name) ?? []);
          const directory = name.endsWith('zip') ? copy.indexOf('PK\x01\x02') : 0;
          for (const [place, value, inDirectory] of edits) {
            const from = inDirectory ? directory : 0;
            copy[from + Math.floor(place * (copy.length - 1 - from))] = value;
          }
          const archive = cut === null ? copy : copy.subarray(0, Math.floor(cut * copy.length));
          try {
            const source = await openMember(
              memorySource(archive),
              name.endsWith('zip') ? 'zip' : 'tar',
              'a/raw.bin',
            );
            const read = Buffer.from(await source.read({ offset: 0, length: await source.size() }));
            // A tar has no checksum of what its members hold.
            if (name.endsWith('zip')) assert.deepEqual(read, raw);
          } catch (error) {
            if (!(error instanceof FurrowError)) throw error;
          }
        },
      ),
      { numRuns: 400, seed: 7 },
    );
  });
});
