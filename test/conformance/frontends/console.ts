import { jupyterEnvironment } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { pythonChecks, type Surroundings } from './steps.ts';

/** `jupyter console` in a pseudo-terminal: lines, continuation, completion, input, Ctrl-C, exit. */
export function driveConsole({ folder, prefix }: Surroundings): Promise<Check[]> {
  return pythonChecks('jupyter console', 'console_session.py', ['typescript'], {
    cwd: folder,
    env: { ...jupyterEnvironment(folder, prefix), TERM: 'xterm-256color', JUPYTER_PREFER_ENV_PATH: '0' },
    limitMs: 120_000,
  });
}
