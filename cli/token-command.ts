import { scopes } from '../src/accounts/caller.ts';
import {
  checkScopes,
  endAfterDays,
  listTokens,
  revokeToken,
  revokeTokens,
  storeToken,
} from '../src/accounts/tokens.ts';
import { InvalidArgument } from '../src/errors.ts';
import { numberSetting } from '../src/settings.ts';
import { type Action, accountStore, runAction } from './account-store.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, listOf, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const clock = () => new Date();

const make: Action = async (argv, signal) => {
  const options = { scopes: text, days: text, label: text, json: flag };
  const { values, positionals } = readArguments('token', argv, options, ['NAME']);
  const account = placeOf('token', positionals, 0, 'NAME');
  const wanted = checkScopes(listOf('scopes', values.scopes) ?? scopes);
  const days = numberOf('days', values.days, { most: 3660 }) ?? numberSetting('tokenDays', [1, 366]);
  const { id, token, expires } = await storeToken(
    await accountStore(),
    {
      account,
      scopes: wanted,
      expires: endAfterDays(days, clock()),
      origin: 'administrator',
      label: values.label,
    },
    { clock, signal },
  );
  printFacts(
    { id, account, token, scopes: wanted, expires: expires.toISOString() },
    () => [
      ['token', token],
      ['number', String(id)],
      ['until', expires.toISOString()],
    ],
    wantsJson(values),
  );
  return 0;
};

const list: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('token', argv, { json: flag }, ['NAME']);
  const tokens = await listTokens(await accountStore(), positionals[0], { clock, signal });
  printRows(tokens, wantsJson(values), 'there is no token');
  return 0;
};

const revoke: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('token', argv, { all: text, json: flag }, ['NUMBER']);
  const id = numberOf('NUMBER', positionals[0], { least: 1, most: 2 ** 31 - 1, whole: true });
  if ((id === undefined) === (values.all === undefined))
    throw new InvalidArgument('furrow token revoke NUMBER, or --all NAME');
  const store = await accountStore();
  let revoked = 1;
  if (id !== undefined) await revokeToken(store, id, { signal });
  else revoked = await revokeTokens(store, values.all ?? '', { signal });
  printFacts({ revoked }, () => [['revoked', String(revoked)]], wantsJson(values));
  return 0;
};

export const tokenCommand: SeasonCommand = {
  usage: ['token new|list|revoke [NAME]', 'tokens that let programs in'],
  help: `furrow token ACTION [options]

Manages the tokens of accounts, in the PostgreSQL that FURROW_STORE names with the role furrow_service or an administrator's. A token
is shown in 'Authorization: Bearer TOKEN'; only its hash is kept, so it is printed once.

  new NAME               makes a token for an account
    --scopes LIST          what it may be used for, separated by commas: ${scopes.join(', ')} (all)
    --days DAYS            until it ends (FURROW_TOKEN_DAYS)
    --label TEXT           what it is for
  list [NAME]            tokens that are not over, of an account or of all
  revoke NUMBER          ends a token; servers see it within seconds
  revoke --all NAME      ends all tokens of an account
  --json                 one JSON object a line (also where the output is no terminal)`,
  run: (argv, signal) => runAction('token', { new: make, list, revoke }, argv, signal),
};
