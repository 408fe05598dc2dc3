import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../src/config.ts';

const run = promisify(execFile);
const requirement = 'schemathesis==4.32.5';

/** The command of Schemathesis, installed into `.peers/schemathesis` at the first call; a text says why there is none. */
export async function schemathesisCommand(): Promise<
  { readonly command: string } | { readonly missing: string }
> {
  const folder = join(packageRoot(), '.peers', 'schemathesis');
  const stamp = join(folder, 'installed');
  const command = join(folder, 'bin', 'schemathesis');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === requirement) return { command };
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', requirement]);
  } catch (error) {
    return { missing: `pip install ${requirement} into ${folder} failed: ${String(error).slice(0, 300)}` };
  }
  writeFileSync(stamp, requirement);
  return { command };
}
