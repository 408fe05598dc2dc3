import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { s3Settings } from '../../src/storage/s3-source.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'furrow-aws-'));
  await mkdir(join(home, '.aws'));
  const credentials = `# keys
[default]
aws_access_key_id = first
aws_secret_access_key=one=1
[agency]
aws_access_key_id = second
aws_secret_access_key = two
aws_session_token = token
`;
  const config = `[default]
region = eu-west-3
s3 =
  addressing_style = path
[profile agency]
region = eu-north-1
[profile sso]
sso_session = x
`;
  await writeFile(join(home, '.aws', 'credentials'), credentials);
  await writeFile(join(home, '.aws', 'config'), config);
});
after(() => rm(home, { recursive: true, force: true }));

const keysOf = (environment: NodeJS.ProcessEnv) => {
  const { region, credentials } = s3Settings({ HOME: home, ...environment });
  return {
    region,
    id: credentials?.accessKeyId,
    key: credentials?.secretAccessKey,
    token: credentials?.sessionToken,
  };
};

test('keys and region come from the profile of the AWS tools, and the environment goes before', () => {
  assert.deepEqual(keysOf({}), { region: 'eu-west-3', id: 'first', key: 'one=1', token: undefined });
  assert.deepEqual(keysOf({ AWS_PROFILE: 'agency' }), {
    region: 'eu-north-1',
    id: 'second',
    key: 'two',
    token: 'token',
  });
  const own = { AWS_ACCESS_KEY_ID: 'own', AWS_SECRET_ACCESS_KEY: 'three', AWS_REGION: 'us-west-2' };
  assert.deepEqual(keysOf(own), { region: 'us-west-2', id: 'own', key: 'three', token: undefined });
  assert.equal(keysOf({ AWS_NO_SIGN_REQUEST: 'YES' }).id, undefined);
  assert.equal(keysOf({ AWS_PROFILE: 'sso' }).id, undefined);
});

test('without the files requests go unsigned; a profile that is named and absent is told', () => {
  assert.deepEqual(keysOf({ HOME: join(home, 'nobody') }), {
    region: 'us-east-1',
    id: undefined,
    key: undefined,
    token: undefined,
  });
  assert.throws(() => keysOf({ AWS_PROFILE: 'nothing' }), InvalidArgument);
});
