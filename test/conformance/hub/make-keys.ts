import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { signV4 } from '../../../src/storage/sign-v4.ts';
import { SetupFailed } from '../../support/setup-failed.ts';

/**
 * make-keys.ts ADMINISTRATOR NAME PREFIX: the command that the hub asks for a user's keys. ADMINISTRATOR is a file of mode 0600
 * with the address and keys of the storage's administrator and the names of its buckets. Prints the keys as JSON: they open
 * the season for reading and PREFIX of the results for writing, by policies of the buckets.
 */
interface Administrator {
  readonly program: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly season: string;
  readonly results: string;
}

const [, , file = '', name = '', prefix = ''] = process.argv;
const administrator = JSON.parse(readFileSync(file, 'utf8')) as Administrator;
const { program, endpoint, accessKeyId, secretAccessKey, season, results } = administrator;

function admin(...words: string[]): string {
  const how = [
    'admin',
    '--access',
    accessKeyId,
    '--secret',
    secretAccessKey,
    '--endpoint-url',
    endpoint.replace(/\/$/, ''),
  ];
  return execFileSync(program, [...how, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const known = () =>
  [...admin('list-users').matchAll(/^([a-z][a-z0-9._-]*)\s+user\b/gm)].map(([, user = '']) => user);
const secret = randomBytes(24).toString('base64url');
if (known().includes(name)) admin('update-user', '--access', name, '--secret', secret);
else admin('create-user', '--access', name, '--secret', secret, '--role', 'user');

const users = known();
await putPolicy(season, [allow(users, ['s3:GetObject'], `${season}/*`)]);
await putPolicy(
  results,
  users.map((user) =>
    allow(
      [user],
      ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      `${results}/${user === name ? prefix : `users/${user}`}/*`,
    ),
  ),
);
console.log(JSON.stringify({ accessKeyId: name, secretAccessKey: secret }));

function allow(principals: readonly string[], actions: readonly string[], what: string) {
  return {
    Effect: 'Allow',
    Principal: { AWS: principals },
    Action: actions,
    Resource: `arn:aws:s3:::${what}`,
  };
}

async function putPolicy(bucket: string, statements: readonly unknown[]): Promise<void> {
  const url = new URL(`/${bucket}?policy=`, endpoint);
  const body = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const signing = {
    payloadHash,
    service: 's3',
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    date: new Date(),
  };
  const headers = signV4({ method: 'PUT', url, headers: {}, ...signing });
  const answer = await request(url, { method: 'PUT', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode >= 300)
    throw new SetupFailed(`the policy of ${bucket}: ${answer.statusCode} ${text}`);
}
