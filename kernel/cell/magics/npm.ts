import { stripVTControlCharacters } from 'node:util';
import { MagicMisused } from '../../errors.ts';
import { report } from '../channel.ts';
import { runCommand } from './child.ts';
import { type MagicUse, misused } from './magic-use.ts';
import { wordsOf } from './words.ts';

/** Milliseconds that npm has to put back what it half changed. */
const patienceMs = 2000;

/** npm as in a notebook: no colours, nothing redrawn in place, no advertisements. A person's own settings win. */
const plain = {
  npm_config_color: 'false',
  npm_config_progress: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

/** `%npm ARGUMENTS`: runs npm in the notebook's folder; then imports and types see what it changed. */
export async function npm({ argument, folder, signal }: MagicUse): Promise<void> {
  const words = wordsOf(argument);
  if (words === undefined) throw new MagicMisused(`%npm: a quote in ${argument} is left open`);
  if (words.length === 0) throw misused('npm', '%npm takes a command');
  try {
    await runCommand(
      {
        program: 'npm',
        arguments: words,
        folder,
        called: `npm ${argument}`,
        missing: 'npm comes with Node.js: install that, or put npm in the PATH of the kernel',
        environment: { ...plain, ...own(process.env), NO_COLOR: '1', FORCE_COLOR: '0' },
        clean: (_name, text) => stripVTControlCharacters(text),
        patienceMs,
      },
      { signal: signal() },
    );
  } finally {
    report({ type: 'folder-changed' });
  }
}

/** Without the silence of the `npm run -s` that may have started Jupyter: it was not asked for this command. */
function own({ npm_config_loglevel: inherited, ...environment }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return environment.npm_lifecycle_event === undefined && inherited !== undefined
    ? { ...environment, npm_config_loglevel: inherited }
    : environment;
}
