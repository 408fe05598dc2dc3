import { randomBytes } from 'node:crypto';
import { readAccountSettings } from '../src/accounts/account-settings.ts';
import { enableAccount, removeAccount } from '../src/accounts/close-accounts.ts';
import { closeDatabaseRole, dropDatabaseRole, makeDatabaseRole } from '../src/accounts/database-roles.ts';
import { ensureGroup, joinGroup, leaveGroup } from '../src/accounts/groups.ts';
import { openPasswords } from '../src/accounts/passwords.ts';
import { addAccount, addSubject, ensureAccount, listAccounts, setPassword } from '../src/accounts/users.ts';
import { InvalidArgument } from '../src/errors.ts';
import { type Action, accountStore, asAdministrator, runAction } from './account-store.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, listOf, numberOf, placeOf, readArguments, text } from './read-arguments.ts';
import { readPassword } from './read-password.ts';
import type { SeasonCommand } from './season-command.ts';

const dayMs = 86_400_000;

/** A password for somebody who gave none: 128 random bits. */
function madePassword(): string {
  return randomBytes(16).toString('base64url');
}

const add: Action = async (argv, signal) => {
  const { values, positionals } = readArguments(
    'user',
    argv,
    { 'password-stdin': flag, 'no-password': flag, title: text, subject: flag, json: flag },
    ['NAME'],
  );
  const name = placeOf('user', positionals, 0, 'NAME');
  const ways = ['password-stdin', 'no-password', 'subject'] as const;
  if (ways.filter((way) => values[way]).length > 1)
    throw new InvalidArgument(`--${ways.join(', --')}: only one of them`);
  const store = await accountStore();
  if (values.subject) {
    const { provider } = readAccountSettings();
    if (provider === undefined) throw new InvalidArgument('--subject needs FURROW_OIDC_ISSUER');
    const { id, issuerText: issuer } = provider;
    const account = await addSubject(
      store,
      { provider: id, issuer, subject: name, title: values.title },
      { signal },
    );
    printFacts({ name: account, subject: name }, () => [['account', account]], wantsJson(values));
    return 0;
  }
  const typed = values['password-stdin'] ? await readPassword() : undefined;
  const made = typed === undefined && !values['no-password'] ? madePassword() : undefined;
  const password = typed ?? made;
  const hash = password === undefined ? undefined : await openPasswords().hash(password, { signal });
  await addAccount(store, { name, password: hash, title: values.title }, { signal });
  const shown = made === undefined ? {} : { password: made };
  printFacts({ name, ...shown }, () => Object.entries({ account: name, ...shown }), wantsJson(values));
  return 0;
};

const ensure: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('user', argv, { json: flag }, ['NAME']);
  const name = placeOf('user', positionals, 0, 'NAME');
  const made = await ensureAccount(await accountStore(), name, { signal });
  printFacts(
    { name, made },
    () => [
      ['account', name],
      ['made', made ? 'yes' : 'it was there'],
    ],
    wantsJson(values),
  );
  return 0;
};

const list: Action = async (argv, signal) => {
  const { values } = readArguments('user', argv, { json: flag }, []);
  printRows(await listAccounts(await accountStore(), { signal }), wantsJson(values), 'there is no account');
  return 0;
};

const password: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('user', argv, { 'password-stdin': flag, json: flag }, [
    'NAME',
  ]);
  const name = placeOf('user', positionals, 0, 'NAME');
  const store = await accountStore();
  const made = values['password-stdin'] ? undefined : madePassword();
  const hash = await openPasswords().hash(made ?? (await readPassword()), { signal });
  await setPassword(store, name, hash, { signal });
  const shown = made === undefined ? {} : { password: made };
  printFacts({ name, ...shown }, () => Object.entries({ account: name, ...shown }), wantsJson(values));
  return 0;
};

const enable: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('user', argv, { json: flag }, ['NAME']);
  const name = placeOf('user', positionals, 0, 'NAME');
  await enableAccount(await accountStore(), name, true, { signal });
  printFacts({ name, enabled: true }, () => [['enabled', name]], wantsJson(values));
  return 0;
};

const disable: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('user', argv, { json: flag }, ['NAME']);
  const name = placeOf('user', positionals, 0, 'NAME');
  // First: even where the rest is refused, tokens and passwords let nobody in any more.
  const { database } = await enableAccount(await accountStore(), name, false, { signal });
  if (database)
    await asAdministrator((administrator) => closeDatabaseRole(administrator, name, { signal }), signal);
  printFacts({ name, enabled: false, database }, () => [['disabled', name]], wantsJson(values));
  return 0;
};

const remove: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('user', argv, { json: flag }, ['NAME']);
  const name = placeOf('user', positionals, 0, 'NAME');
  const store = await accountStore();
  const { database } = await enableAccount(store, name, false, { signal });
  if (database)
    await asAdministrator((administrator) => dropDatabaseRole(administrator, name, { signal }), signal);
  await removeAccount(store, name, { signal });
  printFacts({ name, removed: true }, () => [['removed', name]], wantsJson(values));
  return 0;
};

/** All that must stand before a server of the account starts, for a hub: in one program instead of one each. */
async function ensureMember(
  name: string,
  join: readonly string[],
  leave: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const store = await accountStore();
  await ensureAccount(store, name, { signal });
  for (const group of [...join, ...leave]) await ensureGroup(store, group, { signal });
  for (const group of join) await joinGroup(store, group, [name], { signal });
  for (const group of leave) await leaveGroup(store, group, [name], { signal });
}

const database: Action = async (argv, signal) => {
  const { values, positionals } = readArguments(
    'user',
    argv,
    { days: text, connections: text, ensure: flag, join: text, leave: text, drop: flag, json: flag },
    ['NAME'],
  );
  const name = placeOf('user', positionals, 0, 'NAME');
  const [join = [], leave = []] = [listOf('join', values.join), listOf('leave', values.leave)];
  if (values.drop && (values.ensure || join.length > 0 || leave.length > 0))
    throw new InvalidArgument('--drop goes with none of --ensure, --join and --leave');
  if (!values.ensure && (join.length > 0 || leave.length > 0))
    throw new InvalidArgument('--join and --leave go with --ensure');
  if (values.ensure) await ensureMember(name, join, leave, signal);
  const days = numberOf('days', values.days, { least: 1 / 1440, most: 3660 }) ?? 30;
  const connections = numberOf('connections', values.connections, { least: 1, most: 1000, whole: true });
  const validUntil = new Date(Date.now() + days * dayMs);
  if (values.drop) {
    await asAdministrator((administrator) => dropDatabaseRole(administrator, name, { signal }), signal);
    printFacts({ name, dropped: true }, () => [['dropped', name]], wantsJson(values));
    return 0;
  }
  const { url } = await asAdministrator(
    (administrator) => makeDatabaseRole(administrator, name, { validUntil, connections, signal }),
    signal,
  );
  const until = validUntil.toISOString();
  printFacts(
    { name, url, validUntil: until },
    () => [
      ['address', url],
      ['until', until],
    ],
    wantsJson(values),
  );
  return 0;
};

export const userCommand: SeasonCommand = {
  usage: ['user add|list|... [NAME]', 'accounts of a server: passwords, database roles'],
  help: `furrow user ACTION [NAME] [options]

Manages the accounts of a server, in the PostgreSQL that FURROW_STORE names with the role furrow_service or an administrator's.

  add NAME               makes an account, with a password that is made and shown once
    --password-stdin       or with the one that is the first line of standard input
    --no-password          or without one: it has tokens and a database role only
    --subject              or, where NAME is a subject of the identity provider (FURROW_OIDC_ISSUER), for that one
    --title TEXT           a name for people
  ensure NAME            makes an account without a password where there is none
  list                   all accounts
  password NAME          sets another password, as add does, and ends the tokens that were got with the one before
  disable NAME           lets it in no more: password, tokens and database role; its jobs end, its data stays
  enable NAME            lets it in again; its database role by furrow user database
  remove NAME            removes it with its tokens and what was granted to it; refused while it has datasets, jobs or services
  database NAME          makes its database role, or gives it a new password, and prints the address to connect with;
                         needs an administrator's FURROW_STORE
    --days DAYS            until when the password lets in (30)
    --connections NUMBER   at a time (32)
    --ensure               makes the account, without a password, where there is none
    --join GROUPS          with --ensure: a member of these from now on, which are made where they are not; by commas
    --leave GROUPS         with --ensure: and of these no more
    --drop                 drops the role instead
  --json                 one JSON object (also where the output is no terminal)`,
  run: (argv, signal) =>
    runAction('user', { add, ensure, list, password, disable, enable, remove, database }, argv, signal),
};
