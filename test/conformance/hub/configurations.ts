import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config.ts';
import { expect, type Step } from '../frontends/steps.ts';

const oauth = {
  FURROW_HUB_AUTHENTICATOR: 'oauth',
  FURROW_HUB_USERS: 'ada',
  FURROW_HUB_OAUTH_CLIENT_ID: 'hub',
  FURROW_HUB_OAUTH_CLIENT_SECRET: 'secret-of-the-hub',
  FURROW_HUB_OAUTH_AUTHORIZE_URL: 'https://id.example.org/authorize',
  FURROW_HUB_OAUTH_TOKEN_URL: 'https://id.example.org/token',
  FURROW_HUB_OAUTH_USERDATA_URL: 'https://id.example.org/userinfo',
  FURROW_HUB_OAUTH_CALLBACK_URL: 'https://hub.example.org/hub/oauth_callback',
};
const docker = {
  FURROW_HUB_SPAWNER: 'docker',
  FURROW_HUB_IMAGE: 'furrow-singleuser',
  DOCKER_HOST: 'tcp://docker-api:2375',
};
const dummy = {
  FURROW_HUB_AUTHENTICATOR: 'dummy',
  FURROW_HUB_ALLOW_DUMMY: 'yes',
  FURROW_HUB_DUMMY_PASSWORD: 'one-for-all-of-them',
  FURROW_HUB_USERS: 'ada',
};

/** What the hub becomes by its environment, and what it refuses to become. */
const cases: readonly (readonly [
  what: string,
  environment: Readonly<Record<string, string>>,
  wanted: RegExp,
])[] = [
  [
    'local, native',
    {},
    /"authenticator": "Native", "spawner": "LocalProcessSpawner", "unknown": \[\], "admins": \["grace"\]/,
  ],
  ['docker, native', docker, /"authenticator": "Native", "spawner": "DockerSpawner", "unknown": \[\]/],
  ['docker, oauth', { ...docker, ...oauth }, /"authenticator": "GenericOAuthenticator".*"unknown": \[\]/],
  ['local, dummy', dummy, /"authenticator": "DummyAuthenticator".*"unknown": \[\]/],
  [
    'dummy that nobody meant',
    { ...dummy, FURROW_HUB_ALLOW_DUMMY: '' },
    /InvalidSetting: .*FURROW_HUB_ALLOW_DUMMY/,
  ],
  ["Docker's socket itself", { ...docker, DOCKER_HOST: '' }, /InvalidSetting: .*the socket itself is root/],
  [
    'a secret for servers',
    { FURROW_HUB_SERVER_ENVIRONMENT: 'DB_PASSWORD' },
    /InvalidSetting: .*may not hand/,
  ],
];

/** Loads the configuration that is shipped by JupyterHub's own classes: settings that none of them has would be passed over silently. */
export function configurationSteps(python: string): Step[] {
  return cases.map(([what, environment, wanted]) => [
    `is configured or refused: ${what}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'furrow-hub-config-'));
      try {
        const config = join(packageRoot(), 'docker', 'jupyterhub_config.py');
        const { stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'load_config.py'), config], {
          env: {
            PATH: process.env.PATH,
            FURROW_HUB_DATA: folder,
            FURROW_HUB_ADMINS: 'grace',
            ...environment,
          },
          encoding: 'utf8',
        });
        expect(wanted.test(stdout + stderr), `${stdout}${stderr}`.slice(-1200));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  ]);
}
