import { AccountNotFound, InvalidArgument } from '../errors.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import { checkGroupName } from './names.ts';
import { refusedWith } from './refused-with.ts';

/** A group as it is listed. */
export interface GroupFacts {
  readonly name: string;
  readonly members: readonly string[];
}

/** Makes a group. Throws `InvalidArgument` for a name that cannot be or is taken. */
export async function addGroup(store: Queryable, name: string, options: QueryOptions = {}): Promise<void> {
  if (!(await ensureGroup(store, name, options)))
    throw new InvalidArgument(`there is a group '${name}' already`);
}

/** Makes a group where there is none; gives whether it did. Throws `InvalidArgument` for a name that cannot be. */
export async function ensureGroup(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<boolean> {
  const rows = await store.query(
    'insert into furrow.groups (name) values ($1) on conflict do nothing returning name',
    [checkGroupName(name)],
    options,
  );
  return rows.length > 0;
}

/** All groups with their members, by name. */
export async function listGroups(store: Queryable, options: QueryOptions = {}): Promise<GroupFacts[]> {
  return await store.query<GroupFacts & Record<string, unknown>>(
    `select g.name, array(select m.account from furrow.membership m where m.member_of = g.name order by m.account) as members
      from furrow.groups g order by g.name`,
    [],
    options,
  );
}

/** Makes accounts members; those that are stay so. Throws `AccountNotFound` for a group or an account that there is not. */
export async function joinGroup(
  store: Queryable,
  group: string,
  accounts: readonly string[],
  options: QueryOptions = {},
): Promise<void> {
  await checkGroup(store, group, options);
  try {
    await store.query(
      'insert into furrow.membership (account, member_of) select unnest($2::text[]), $1 on conflict do nothing',
      [group, [...accounts]],
      options,
    );
  } catch (error) {
    if (refusedWith(error, 'foreign_key_violation'))
      throw new AccountNotFound(`not all of these are accounts: ${accounts.join(', ')}; nobody joined`, {
        cause: error,
      });
    throw error;
  }
}

/** Ends memberships; gives how many there were. Throws `AccountNotFound` for a group that there is not. */
export async function leaveGroup(
  store: Queryable,
  group: string,
  accounts: readonly string[],
  options: QueryOptions = {},
): Promise<number> {
  await checkGroup(store, group, options);
  const rows = await store.query(
    'delete from furrow.membership where member_of = $1 and account = any ($2) returning account',
    [group, [...accounts]],
    options,
  );
  return rows.length;
}

/** Removes a group and all that was granted to it: a later group of that name begins with nothing. Throws `AccountNotFound`. */
export async function removeGroup(store: Store, group: string, options: QueryOptions = {}): Promise<void> {
  await store.transaction(async (queryable) => {
    await checkGroup(queryable, group, {});
    await queryable.query('delete from furrow.grants where role = $1', [`group:${group}`]);
    await queryable.query('delete from furrow.groups where name = $1', [group]);
  }, options);
}

async function checkGroup(store: Queryable, group: string, options: QueryOptions): Promise<void> {
  const [found] = await store.query('select 1 as one from furrow.groups where name = $1', [group], options);
  if (found === undefined)
    throw new AccountNotFound(`there is no group '${group.slice(0, 80)}'; furrow group list`);
}
