import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { type CommandResult, command } from './image-commands.ts';
import type { Check } from './suite.ts';

const docker = join(packageRoot(), 'docker');

/** The entry of the images, run by this machine's shell: hooks in order, failures named, secrets from files. */
export async function hookChecks(): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-hooks-'));
  const start = (hooks: string, script: string, more: NodeJS.ProcessEnv = {}) =>
    command(join(docker, 'start'), ['sh', '-c', script], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        FURROW_DATA: join(folder, 'data'),
        FURROW_START_HOOKS: hooks,
        ...more,
      },
      limitMs: 20_000,
    });
  const withHooks = async (
    name: string,
    hooks: Readonly<Record<string, string>>,
    plain: readonly string[] = [],
  ) => {
    await mkdir(join(folder, name));
    for (const [file, text] of Object.entries(hooks)) {
      await writeFile(join(folder, name, file), text);
      await chmod(join(folder, name, file), plain.includes(file) ? 0o644 : 0o755);
    }
    return start(join(folder, name), 'echo started $FROM_HOOK');
  };
  try {
    const order = await withHooks('order', {
      '20-second': '#!/bin/sh\necho second\n',
      '10-first.sh': 'echo first\nexport FROM_HOOK=by-hook\n',
      '30-third': '#!/bin/sh\necho third\n',
    });
    const failing = await withHooks('failing', {
      '10-a': '#!/bin/sh\nexit 7\n',
      '20-b': '#!/bin/sh\necho later\n',
    });
    const sourced = await withHooks('sourced', { '10-a.sh': 'false\n', '20-b': '#!/bin/sh\necho later\n' });
    const plain = await withHooks('plain', { '10-a': '#!/bin/sh\n' }, ['10-a']);
    const [token, empty] = [join(folder, 'token'), join(folder, 'empty')];
    await writeFile(token, 'from a file\n');
    await writeFile(empty, '');
    const own = join(docker, 'hooks');
    const secret = await start(own, 'echo "<$FURROW_TOKEN><$FURROW_TOKEN_FILE>"', {
      FURROW_TOKEN_FILE: token,
    });
    const none = await start(own, 'echo started', { FURROW_TOKEN_FILE: join(folder, 'absent') });
    const nothing = await start(own, 'echo started', { FURROW_TOKEN_FILE: empty });
    const home = await start(own, 'echo started', { HOME: join(folder, 'nowhere') });
    return [
      said(
        'hooks run in the order of their names, and set variables',
        order,
        0,
        /^first\nsecond\nthird\nstarted by-hook\n$/,
      ),
      said(
        'a hook that fails is named, and nothing is started',
        failing,
        7,
        /^start: .*10-a failed with exit code 7.*\n$/,
      ),
      said(
        'a hook that is read in and fails is named too',
        sourced,
        1,
        /^start: .*10-a\.sh failed with exit code 1.*\n$/,
      ),
      said('a hook that cannot be run is named', plain, 126, /10-a is neither executable nor named/),
      said('a secret comes out of the file that names it', secret, 0, /^<from a file><>\n$/),
      said(
        'an absent file of a secret stops the start',
        none,
        1,
        /FURROW_TOKEN_FILE names .*absent.*so nothing is started\n$/s,
      ),
      said(
        'an empty file of a secret stops the start',
        nothing,
        1,
        /which is empty.*so nothing is started\n$/s,
      ),
      said(
        'a home that cannot be written stops the start',
        home,
        1,
        /the home .*nowhere cannot be written.*so nothing is started\n$/s,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function said(name: string, { code, output }: CommandResult, expected: number, text: RegExp): Check {
  if (code === expected && text.test(output)) return { name: `start: ${name}`, status: 'passed' };
  return { name: `start: ${name}`, status: 'failed', message: `exit code ${code}: ${output.trim()}` };
}
