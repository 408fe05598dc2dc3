import { MagicMisused } from '../../errors.ts';
import { runCommand } from './child.ts';
import { type MagicUse, misused } from './magic-use.ts';

/** What Linux takes as one argument of a program. */
const mostBytes = 128 * 1024 - 16;

/** `%%bash` and `%%sh`: the body as a script, in the notebook's folder. */
export async function runScript({ name, argument, extra, folder, signal }: MagicUse): Promise<void> {
  if (argument !== '') throw misused(name, `%%${name} takes nothing on its line; the script goes below`);
  // The line end in front gives what the shell tells about a line the number it has in the cell.
  const text = `\n${String(extra).replaceAll('\r\n', '\n')}`;
  if (Buffer.byteLength(text) > mostBytes)
    throw new MagicMisused(
      `%%${name}: the script has more than ${mostBytes} bytes; write it to a file and run that`,
    );
  if (text.includes('\0')) throw new MagicMisused(`%%${name}: the script has a NUL character`);
  const command = {
    program: name,
    arguments: ['-c', text],
    folder,
    called: `%%${name}`,
    missing: `Install ${name}, or put it in the PATH of the kernel`,
    patienceMs: 0,
  };
  await runCommand(command, { signal: signal() });
}
