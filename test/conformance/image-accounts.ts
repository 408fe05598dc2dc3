import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';
import { freePort } from '../support/jupyter.ts';
import type { BuiltImage } from './image-builder.ts';
import { runContainer, startContainer } from './image-container.ts';
import type { Check } from './suite.ts';

/**
 * The three commands that compose.yaml gives to the image `api`, with a PostgreSQL of this machine and secrets in files: the store is
 * prepared, the server answers and asks who is there, a worker waits for jobs, and both end when they are told to.
 */
export async function accountChecks(image: BuiltImage, folder: string): Promise<Check[]> {
  const whole = 'api: prepares a PostgreSQL, serves accounts from it, and works for it';
  if (withoutPostgres !== undefined) return [{ name: whole, status: 'skipped', message: withoutPostgres }];
  const port = await freePort();
  // The client that makes databases in the scratch cluster takes its port from here.
  process.env.PGPORT = String(port);
  const postgres = await startPostgres({ settings: [`listen_addresses='127.0.0.1'`, `port=${port}`] });
  try {
    const database = await postgres.createDatabase();
    const password = randomBytes(16).toString('hex');
    const address = (role: string) => `postgres://${role}@127.0.0.1:${port}/${database}`;
    const home = (name: string) => join(folder, `home-${name}`);
    const secrets = {
      admin: address('postgres'),
      service: address(`furrow_service:${password}`),
      password,
      links: randomBytes(32).toString('hex'),
    };
    for (const name of ['prepare', 'serve', 'worker']) await writeSecrets(home(name), secrets);
    const prepared = await runContainer(image, home('prepare'), {
      command: ['furrow', 'store', 'prepare', '--json'],
      environment: { FURROW_STORE_FILE: secret('admin'), FURROW_SERVICE_PASSWORD_FILE: secret('password') },
    });
    const checks = [
      check('api: furrow store prepare makes a PostgreSQL ready', prepared.code === 0, prepared.output),
      check(
        'api: it does not print the password',
        !prepared.output.includes(password),
        'the password stands in its output',
      ),
    ];
    if (prepared.code !== 0) return checks;
    const served = await freePort();
    const environment = {
      FURROW_ACCOUNTS: 'on',
      FURROW_STORE_FILE: secret('service'),
      FURROW_SECRET_FILE: secret('links'),
      FURROW_HOST: '127.0.0.1',
      FURROW_PORT: String(served),
    };
    await using server = await startContainer(image, home('serve'), {
      environment: { ...environment, FURROW_JOB_SLOTS: '0' },
    });
    await using worker = await startContainer(image, home('worker'), {
      command: ['furrow', 'worker'],
      environment,
    });
    await server.answers(`http://127.0.0.1:${served}/ready`, 60_000);
    const { status } = await fetch(`http://127.0.0.1:${served}/openeo/1.2/jobs`);
    checks.push(check('api: with accounts it asks who is there', status === 401, `status ${status}`));
    const ended = await Promise.race([worker.ended.then((code) => ({ code })), sleep(3000)]);
    checks.push(
      check('api: a worker goes on waiting for jobs', ended === undefined, worker.log().slice(-500)),
    );
    for (const [what, container] of [['server', server] as const, ['worker', worker] as const])
      checks.push(
        check(
          `api: the ${what} ends by itself`,
          (await container.stop(20_000)) !== undefined,
          container.log(),
        ),
      );
    return checks;
  } finally {
    await postgres.stop();
    delete process.env.PGPORT;
  }
}

/** Files for the container's user below its home, where compose would mount them in /run/secrets. */
async function writeSecrets(home: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(home, 'secrets'), { recursive: true });
  for (const [name, text] of Object.entries(secrets))
    await writeFile(join(home, 'secrets', name), `${text}\n`, { mode: 0o444 });
}

function secret(name: string): string {
  return `/home/furrow/secrets/${name}`;
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}
