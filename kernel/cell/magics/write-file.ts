import { existsSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { MagicMisused } from '../../errors.ts';
import { report, sendText } from '../channel.ts';
import { type MagicUse, misused } from './magic-use.ts';
import { wordsOf } from './words.ts';

/** `%%writefile [-a] FILE`: writes the body, ending with a line end, to a path from the notebook's folder. */
export async function writeBody({ argument, extra, folder }: MagicUse): Promise<void> {
  const words = wordsOf(argument);
  if (words === undefined) throw new MagicMisused(`%%writefile: a quote in ${argument} is left open`);
  const names = words.filter((word) => word !== '-a' && word !== '--append');
  const append = names.length < words.length;
  const [name, ...more] = names;
  if (name === undefined || name === '' || more.length > 0)
    throw misused('writefile', `%%writefile takes one file name, not ${names.length}`);
  const file = resolve(folder, name.replace(/^~(?=\/|$)/, homedir()));
  const body = String(extra);
  const text = body === '' || body.endsWith('\n') ? body : `${body}\n`;
  const existed = existsSync(file);
  try {
    await (append ? appendFile(file, text) : writeFile(file, text));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'its folder does not exist' : message;
    throw new MagicMisused(`%%writefile: ${name} cannot be written: ${why}`);
  }
  const what = append && existed ? 'Appended' : existed ? 'Overwrote' : 'Wrote';
  const bytes = Buffer.byteLength(text);
  sendText('stdout', `${what} ${name} (${bytes} ${bytes === 1 ? 'byte' : 'bytes'})\n`);
  report({ type: 'folder-changed' });
}
