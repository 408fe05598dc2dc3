import { sendText } from '../channel.ts';
import { type MagicUse, misused } from './magic-use.ts';

const secret = /key|token|secret|password|passwd|credential|auth/i;

/** `%env` lists the environment, `%env NAME` gives one value, `%env NAME=VALUE` and `%env NAME VALUE` set one. */
export function env({ argument }: MagicUse): string | undefined {
  if (argument === '') {
    const names = Object.keys(process.env).sort();
    const lines = names.map((name) => `${name}=${secret.test(name) ? '<hidden>' : process.env[name]}\n`);
    sendText('stdout', lines.join(''));
    return undefined;
  }
  const [, name = '', separator, value = ''] = /^([^\s=]*)(?:(\s*=\s*|\s+)([\s\S]*))?$/.exec(argument) ?? [];
  if (name === '') throw misused('env', `'${argument}' names no variable`);
  if (separator === undefined) {
    const found = process.env[name];
    if (found === undefined) throw misused('env', `There is no environment variable ${name}`);
    return found;
  }
  if (value.includes('\0')) throw misused('env', `The value for ${name} has a NUL character`);
  process.env[name] = value;
  sendText('stdout', `env: ${name}=${value}\n`);
  return undefined;
}
