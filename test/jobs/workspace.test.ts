import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FileNotFound, InvalidArgument } from '../../src/errors.ts';
import { openWorkspace, type Workspace } from '../../src/jobs/workspace.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';

const text = (content: string) => new TextEncoder().encode(content);
const file = (name: string, content: string) => ({ name, mediaType: 'text/plain', bytes: text(content) });

for (const kind of ['a folder', 'S3'] as const)
  describe(`results in ${kind}`, {
    skip: kind === 'S3' && versitygw() === undefined ? withoutVersitygw : false,
  }, () => {
    const environment = { ...process.env };
    let folder: string;
    let gateway: S3Gateway | undefined;
    let workspace: Workspace;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'furrow-results-'));
      process.env.FURROW_RESULTS = join(folder, 'results');
      if (kind === 'S3') {
        gateway = await startS3Gateway();
        await gateway.makeBucket('results');
        const { endpoint, region, credentials } = gateway.settings;
        process.env.AWS_ENDPOINT_URL = endpoint.href;
        process.env.AWS_REGION = region;
        process.env.AWS_ACCESS_KEY_ID = credentials?.accessKeyId;
        process.env.AWS_SECRET_ACCESS_KEY = credentials?.secretAccessKey;
        process.env.FURROW_RESULTS = 's3://results/of/jobs';
      }
      workspace = openWorkspace({ dataDir: folder, storeUrl: undefined, collections: new Map() });
    });
    after(async () => {
      process.env = environment;
      await gateway?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const read = async (run: string, name: string) => {
      const source = await openSource(workspace.address('alice', 'j-1', run, name), { trust: 'user' });
      return new TextDecoder().decode(await source.read({ offset: 0, length: await source.size() }));
    };

    test('files of a run are written, read, and deleted run by run and with their job', async () => {
      const [stored] = await workspace.write('alice', 'j-1', 'r1', [file('a.txt', 'one')]);
      assert.equal(stored?.bytes, 3);
      // sha256sum of "one"
      assert.equal(stored?.sha256, '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');
      await workspace.write('alice', 'j-1', 'r2', [file('a.txt', 'two'), file('empty.txt', '')]);
      assert.equal(await read('r1', 'a.txt'), 'one');
      await workspace.removeRuns('alice', 'j-1', [{ run: 'r1', names: ['a.txt', 'not-there.txt'] }]);
      await assert.rejects(read('r1', 'a.txt'), FileNotFound);
      assert.equal(await read('r2', 'a.txt'), 'two');
      await workspace.removeJob('alice', 'j-1', [{ run: 'r2', names: ['a.txt', 'empty.txt'] }]);
      await assert.rejects(read('r2', 'a.txt'), FileNotFound);
    });

    test('no name of a file, run or job leads out of the owner’s place, and no owner into that of another', async () => {
      for (const name of ['..', '../x', 'a/b', '/etc/passwd', '.hidden', '', 'a\0b', 'x'.repeat(300)]) {
        assert.throws(() => workspace.address('alice', 'j-1', 'r1', name), InvalidArgument);
        assert.throws(() => workspace.address('alice', name, 'r1'), InvalidArgument);
        assert.throws(() => workspace.address('alice', 'j-1', name), InvalidArgument);
      }
      const owners = [
        'alice',
        '../alice',
        'Alice',
        'alice/',
        'alice/../bob',
        '..',
        '~alice',
        'oidc.test.abc',
      ];
      const places = owners.map((owner) => workspace.address(owner, 'j-1', 'r1'));
      assert.equal(new Set(places).size, owners.length);
      for (const place of places) assert.match(place, /(results|of\/jobs)\/[~\w.-]+\/j-1\/r1$/);
    });
  });
