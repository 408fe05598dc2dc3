import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.ts';

const withoutPython = spawnSync('python3', ['--version']).status !== 0 && 'python3 is absent';

describe('what the hub takes from its environment', { skip: withoutPython }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-hub-settings-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs statements of Python beside the hub's modules, with this environment; `told` is what they print. */
  function ask(statements: string, environment: Readonly<Record<string, string>> = {}): string {
    const script = `import asyncio, json, os, sys
sys.path.insert(0, ${JSON.stringify(join(packageRoot(), 'docker'))})
try:
${statements.replaceAll(/^/gm, '    ')}
except Exception as error:
    print(type(error).__name__ + ': ' + str(error))
`;
    const env = { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...environment };
    return execFileSync('python3', ['-c', script], { env, encoding: 'utf8' }).trim();
  }
  const settings = (environment: Readonly<Record<string, string>>, what = "'accepted'") =>
    ask(`from hub.settings import read_settings\ns = read_settings(os.environ)\nprint(${what})`, environment);

  test('names that are roles, folders and prefixes at once', () => {
    const accepted = (names: readonly string[]) =>
      JSON.parse(
        ask(
          `from hub.names import InvalidName, check_name
def accepted(name):
    try:
        return check_name(name) == name
    except InvalidName:
        return False
print(json.dumps([name for name in json.loads(os.environ['NAMES']) if accepted(name)]))`,
          { NAMES: JSON.stringify(names) },
        ),
      ) as string[];
    const good = ['ada', 'ada.lovelace', 'student-07', 'a_b', `a${'b'.repeat(62)}`];
    assert.deepEqual(accepted(good), good);
    const bad = [
      '',
      'Ada',
      '7ada',
      'ada\n',
      'ada/..',
      '../ada',
      'ada b',
      'ada"',
      "ada'; drop role x",
      'adä',
      `a${'b'.repeat(63)}`,
      'furrow_owner',
      'furrowx',
      'pg_read_all_data',
      'postgres',
      'public',
      'none',
      'root',
      'oidc.idp.abc',
    ];
    assert.deepEqual(accepted(bad), []);
  });

  test('a log-in that is none has to be meant', () => {
    const dummy = {
      FURROW_HUB_AUTHENTICATOR: 'dummy',
      FURROW_HUB_USERS: 'ada',
      FURROW_HUB_DUMMY_PASSWORD: 'long-enough-for-it',
    };
    assert.match(settings(dummy), /InvalidSetting: .*FURROW_HUB_ALLOW_DUMMY=yes/);
    const meant = { ...dummy, FURROW_HUB_ALLOW_DUMMY: 'yes' };
    assert.equal(settings(meant), 'accepted');
    assert.match(settings({ ...meant, FURROW_HUB_DUMMY_PASSWORD: 'short' }), /12 characters/);
    assert.match(settings({ ...meant, FURROW_HUB_USERS: '' }), /FURROW_HUB_USERS must name/);
  });

  test('a provider of identities names users of this machine only where they are listed', () => {
    const urls = ['AUTHORIZE_URL', 'TOKEN_URL', 'USERDATA_URL', 'CALLBACK_URL'].map((name) => [
      `FURROW_HUB_OAUTH_${name}`,
      'https://id.example.org/x',
    ]);
    const oauth = {
      ...Object.fromEntries(urls),
      FURROW_HUB_AUTHENTICATOR: 'oauth',
      FURROW_HUB_OAUTH_CLIENT_ID: 'hub',
      FURROW_HUB_OAUTH_CLIENT_SECRET: 's3cret',
      FURROW_HUB_USERS: 'ada',
    };
    assert.equal(settings(oauth, 's.oauth["client_secret"]'), 's3cret');
    assert.match(
      settings({ ...oauth, FURROW_HUB_OAUTH_TOKEN_URL: '' }),
      /FURROW_HUB_OAUTH_TOKEN_URL is missing/,
    );
    assert.match(settings({ ...oauth, FURROW_HUB_OAUTH_ALLOW_ALL: 'yes' }), /users of this machine/);
  });

  test('secrets leave the environment of what the hub starts, also those that files hold', () => {
    const file = join(folder, 'store');
    writeFileSync(file, 'postgres://administrator:secret@store/furrow\n');
    const environment = { FURROW_HUB_STORE_FILE: file, FURROW_HUB_ADMIN_PASSWORD: 'secret' };
    assert.equal(
      settings(environment, 's.store, s.admin_password, "FURROW_HUB_ADMIN_PASSWORD" in os.environ'),
      'postgres://administrator:secret@store/furrow secret False',
    );
    assert.match(settings({ FURROW_HUB_STORE_FILE: join(folder, 'absent') }), /FURROW_HUB_STORE_FILE names/);
  });

  test('servers are handed no variable that is the hub’s own or sounds like a secret', () => {
    const kept = (names: string) =>
      ask(
        `from hub.settings import read_settings
from hub.server_environment import kept_variables
print(kept_variables(read_settings(os.environ)))`,
        { FURROW_HUB_SERVER_ENVIRONMENT: names },
      );
    assert.equal(kept('LANG,HTTPS_PROXY'), "['PATH', 'LANG', 'HTTPS_PROXY']");
    for (const name of [
      'FURROW_HUB_STORE',
      'AWS_SECRET_ACCESS_KEY',
      'CONFIGPROXY_AUTH_TOKEN',
      'DB_PASSWORD',
      'FURROW_STORE',
    ])
      assert.match(kept(name), /^InvalidSetting: .*may not hand/, name);
  });

  test('groups, and numbers, and names of folders and buckets are checked', () => {
    assert.equal(
      settings(
        { FURROW_HUB_GROUPS: 'students=*; teachers=ada bob' },
        '{k: sorted(v) for k, v in s.groups.items()}',
      ),
      "{'students': ['*'], 'teachers': ['ada', 'bob']}",
    );
    for (const [variable, value] of [
      ['GROUPS', 'students'],
      ['GROUPS', 'Students=*'],
      ['GROUPS', 'students=../x'],
      ['PORT', '99999'],
      ['PORT', '8e3'],
      ['SPAWNER', 'kubernetes'],
      ['WORKSPACE', '../../etc'],
      ['ADMINS', 'root'],
      ['S3_BUCKET', 'a/b'],
      ['TLS_KEY', '/key.pem'],
    ] as const)
      assert.match(
        settings({ [`FURROW_HUB_${variable}`]: value }),
        /^Invalid(Setting|Name): /,
        `${variable}=${value}`,
      );
    assert.match(settings({ FURROW_HUB_SPAWNER: 'docker' }), /FURROW_HUB_IMAGE/);
    assert.match(settings({ FURROW_HUB_S3_BUCKET: 'results' }), /FURROW_HUB_S3_KEYS_COMMAND or/);
  });

  test('keys come from a command or from a file that the hub alone reads', () => {
    const keys = (environment: Readonly<Record<string, string>>) =>
      ask(
        `from hub.settings import read_settings
from hub.object_access import object_variables
print(json.dumps(asyncio.run(object_variables('ada', read_settings(os.environ).objects)), sort_keys=True))`,
        { FURROW_HUB_S3_BUCKET: 'results', FURROW_HUB_S3_READ: 'season', ...environment },
      );
    const file = join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify({ ada: { accessKeyId: 'A', secretAccessKey: 'S' } }), { mode: 0o600 });
    assert.deepEqual(JSON.parse(keys({ FURROW_HUB_S3_KEYS_FILE: file })), {
      AWS_ACCESS_KEY_ID: 'A',
      AWS_REGION: 'us-east-1',
      AWS_SECRET_ACCESS_KEY: 'S',
      FURROW_RESULTS: 's3://results/users/ada',
      FURROW_S3_BUCKETS: 'results,season',
    });
    chmodSync(file, 0o644);
    assert.match(keys({ FURROW_HUB_S3_KEYS_FILE: file }), /^CommandFailed: .*chmod 600/);
    const command = (body: string) => {
      const program = join(folder, 'keys.sh');
      writeFileSync(program, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return keys({ FURROW_HUB_S3_KEYS_COMMAND: program });
    };
    assert.match(
      command('echo "{\\"accessKeyId\\": \\"$1\\", \\"secretAccessKey\\": \\"$2\\"}"'),
      /"AWS_ACCESS_KEY_ID": "ada".*"AWS_SECRET_ACCESS_KEY": "users\/ada"/,
    );
    assert.match(command('echo "{}"'), /^CommandFailed: .*did not give/);
    const failed = command('echo the-secret; echo no such user >&2; exit 3');
    assert.match(failed, /^CommandFailed: .*ended with 3: no such user/);
    assert.doesNotMatch(failed, /the-secret/);
    assert.doesNotMatch(command('echo the-secret'), /the-secret/);
    assert.match(
      keys({ FURROW_HUB_S3_KEYS_COMMAND: join(folder, 'absent') }),
      /^CommandFailed: .*cannot be started/,
    );
  });

  test('a folder for sockets is private, and no link of a user stands in its place', () => {
    const base = join(folder, 'run');
    const make = (place: string) =>
      ask(
        `import pwd
from pathlib import Path
from hub.local_user import make_runtime_folder
made = make_runtime_folder(Path(os.environ['PLACE']), pwd.getpwuid(os.getuid()))
print(oct(os.stat(made).st_mode & 0o777), oct(os.stat(made.parent).st_mode & 0o777))`,
        { PLACE: place },
      );
    assert.equal(make(base), '0o700 0o711');
    assert.equal(make(base), '0o700 0o711');
    chmodSync(base, 0o777);
    assert.match(make(base), /^UnsafeUser: .*hub alone writes/);
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    assert.match(make(link), /^UnsafeUser: /);
    assert.match(make(join(folder, 'x'.repeat(90))), /^UnsafeUser: .*too long/);
  });

  test('a home that others enter, a user of the system, and nobody get no server', () => {
    const user = (name: string, least: number) =>
      ask(
        `from hub.local_user import system_user\nprint(system_user(${JSON.stringify(name)}, ${least}).pw_uid)`,
      );
    assert.match(user('root', 1000), /^UnsafeUser: .*system/);
    assert.match(user('nobody-of-this-name', 1000), /^UnsafeUser: .*no user/);
    assert.match(user('daemon', 1), /^UnsafeUser: /);
  });
});
