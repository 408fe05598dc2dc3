/*
 * Loaded into the server's processes before all else: a name service in the hands of an attacker. `NAME.of.A-B.test` answers the first
 * question with the addresses A, the second with B and so on, the last for ever; several at once are joined by `+`, dots are `_`,
 * colons `x`. Everything else is asked of the machine.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;
const questions = new Map<string, number>();

function answersOf(name: string): { readonly address: string; readonly family: number }[] | undefined {
  const [, list] = /\.of\.([^.]+)\.test$/.exec(name) ?? [];
  if (list === undefined) return undefined;
  const turns = list.split('-');
  const turn = questions.get(name) ?? 0;
  questions.set(name, turn + 1);
  return (turns[Math.min(turn, turns.length - 1)] ?? '').split('+').map((text) => {
    const address = text.replaceAll('_', '.').replaceAll('x', ':');
    return { address, family: address.includes(':') ? 6 : 4 };
  });
}

Object.assign(dns, {
  lookup: (name: string, ...rest: [dns.LookupOptions, (error: null, ...answer: unknown[]) => void]) => {
    const answers = answersOf(name);
    const [options, callback] = rest;
    if (answers === undefined || typeof callback !== 'function')
      return Reflect.apply(lookup, dns, [name, ...rest]);
    process.nextTick(() =>
      options.all ? callback(null, answers) : callback(null, answers[0]?.address, answers[0]?.family),
    );
  },
});
syncBuiltinESMExports();
