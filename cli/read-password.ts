import { InvalidArgument } from '../src/errors.ts';

/** Longer than any password. */
const mostBytes = 4096;

/** The first line of standard input, whole: passwords stand on no command line, where other users of the machine see them. */
export async function readPassword(input: AsyncIterable<Buffer | string> = process.stdin): Promise<string> {
  let text = '';
  for await (const part of input) {
    text += part.toString();
    if (text.length > mostBytes) throw new InvalidArgument('what stands on standard input is no password');
    if (text.includes('\n')) break;
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new InvalidArgument('--password-stdin: standard input is empty');
  return line;
}
