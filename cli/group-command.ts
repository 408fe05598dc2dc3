import {
  addGroup,
  ensureGroup,
  joinGroup,
  leaveGroup,
  listGroups,
  removeGroup,
} from '../src/accounts/groups.ts';
import { InvalidArgument } from '../src/errors.ts';
import { type Action, accountStore, runAction } from './account-store.ts';
import { printFacts, printRows, wantsJson } from './print-rows.ts';
import { flag, placeOf, readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

const add: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('group', argv, { json: flag }, ['GROUP']);
  const name = placeOf('group', positionals, 0, 'GROUP');
  await addGroup(await accountStore(), name, { signal });
  printFacts({ name }, () => [['group', name]], wantsJson(values));
  return 0;
};

const ensure: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('group', argv, { json: flag }, ['GROUP']);
  const name = placeOf('group', positionals, 0, 'GROUP');
  const made = await ensureGroup(await accountStore(), name, { signal });
  printFacts({ name, made }, () => [['group', name]], wantsJson(values));
  return 0;
};

const list: Action = async (argv, signal) => {
  const { values } = readArguments('group', argv, { json: flag }, []);
  printRows(await listGroups(await accountStore(), { signal }), wantsJson(values), 'there is no group');
  return 0;
};

const remove: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('group', argv, { json: flag }, ['GROUP']);
  const name = placeOf('group', positionals, 0, 'GROUP');
  await removeGroup(await accountStore(), name, { signal });
  printFacts({ name, removed: true }, () => [['removed', name]], wantsJson(values));
  return 0;
};

/** Any number of names may follow the group. */
const many = Array.from({ length: 1000 }, () => 'NAME');

const join: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('group', argv, { json: flag }, ['GROUP', ...many]);
  const group = placeOf('group', positionals, 0, 'GROUP');
  const names = namesAfter(positionals);
  await joinGroup(await accountStore(), group, names, { signal });
  printFacts({ group, joined: names }, () => names.map((name) => ['joined', name]), wantsJson(values));
  return 0;
};

const leave: Action = async (argv, signal) => {
  const { values, positionals } = readArguments('group', argv, { json: flag }, ['GROUP', ...many]);
  const group = placeOf('group', positionals, 0, 'GROUP');
  const names = namesAfter(positionals);
  const left = await leaveGroup(await accountStore(), group, names, { signal });
  printFacts({ group, left }, () => [['left', String(left)]], wantsJson(values));
  return 0;
};

function namesAfter([, ...names]: readonly string[]): readonly string[] {
  if (names.length === 0) throw new InvalidArgument('NAME is missing; furrow group --help');
  return names;
}

export const groupCommand: SeasonCommand = {
  usage: ['group add|list|join|... [GROUP]', 'groups of accounts, for grants'],
  help: `furrow group ACTION [GROUP] [NAME...] [options]

Manages groups of accounts, in the PostgreSQL that FURROW_STORE names with the role furrow_service or an administrator's. What is
granted to group:GROUP, all its members may.

  add GROUP              makes a group
  ensure GROUP           makes a group where there is none
  list                   all groups with their members
  join GROUP NAME...     makes accounts members
  leave GROUP NAME...    ends memberships
  remove GROUP           removes it with what was granted to it
  --json                 one JSON object (also where the output is no terminal)`,
  run: (argv, signal) => runAction('group', { add, ensure, list, join, leave, remove }, argv, signal),
};
