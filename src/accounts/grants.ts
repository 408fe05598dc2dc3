import { AccountNotFound, InvalidArgument, PermissionsInsufficient } from '../errors.ts';
import { datasetNamed, shownName } from '../store/dataset-named.ts';
import type { Queryable, QueryOptions, Store } from '../store/store.ts';
import { checkAccountName, checkGroupName } from './names.ts';

/** Who may do what with a dataset: `to` is an account, `group:NAME` or `public`. */
export interface Grant {
  /** As who asks finds it: `OWNER/NAME` where the name alone is not enough. */
  readonly dataset: string;
  readonly to: string;
  readonly access: 'own' | 'read' | 'write';
  /** Who granted it. */
  readonly by: string | null;
}

export interface NewGrant {
  readonly dataset: string;
  readonly to: string;
  readonly access: 'read' | 'write';
}

/** The text, when something can be granted to it. Throws `InvalidArgument`. */
function checkReceiver(to: string): string {
  if (to === 'public') return to;
  if (to.startsWith('group:')) checkGroupName(to.slice('group:'.length));
  else checkAccountName(to);
  return to;
}

/**
 * Lets an account, a group or everybody read a dataset, or write it, instead of what was granted to them before. Who asks is the store's
 * identity: the owner, or the service for itself, which also refuses names that nobody has. Throws `DatasetNotFound`, `DatasetAmbiguous`,
 * `PermissionsInsufficient`, `AccountNotFound`, `InvalidArgument`.
 */
export async function grantDataset(
  store: Store,
  { dataset, to, access }: NewGrant,
  options: QueryOptions = {},
): Promise<void> {
  checkReceiver(to);
  if (to === 'public' && access === 'write')
    throw new InvalidArgument('everybody may be let to read a dataset, not to write it');
  await store.transaction(async (queryable) => {
    const id = await ownDataset(queryable, dataset);
    if (to !== 'public') await checkThere(queryable, to);
    await queryable.query(
      `insert into furrow.grants (dataset_id, role, access) values ($1, $2, $3)
        on conflict (dataset_id, role) do update set access = excluded.access`,
      [id, to, access],
    );
  }, options);
}

/** Takes a grant back. Throws `DatasetNotFound`, `PermissionsInsufficient`, and `InvalidArgument` where there is none. */
export async function revokeGrant(
  store: Store,
  { dataset, to }: Omit<NewGrant, 'access'>,
  options: QueryOptions = {},
): Promise<void> {
  await store.transaction(async (queryable) => {
    const id = await ownDataset(queryable, dataset);
    const rows = await queryable.query(
      'delete from furrow.grants where dataset_id = $1 and role = $2 returning role',
      [id, to],
    );
    if (rows.length === 0)
      throw new InvalidArgument(`nothing of '${dataset}' was granted to '${to.slice(0, 80)}'`);
  }, options);
}

/** Who may do what with a dataset, or with all that the store's identity sees; the owners first. */
export async function listGrants(
  store: Queryable,
  dataset: string | undefined,
  options: QueryOptions = {},
): Promise<Grant[]> {
  const id = dataset === undefined ? null : (await datasetNamed(store, dataset, options)).id;
  return await store.query<Grant & Record<string, unknown>>(
    `select dataset, "to", access, by from (
        select d.id, ${shownName} as dataset, d.owner as "to", 'own' as access, null as by, 0 as rank from furrow.dataset d
        union all
        select d.id, ${shownName}, g.role, g.access, g.granted_by, 1 from furrow.grants g join furrow.dataset d on d.id = g.dataset_id
      ) every where $1::integer is null or id = $1 order by dataset, rank, "to"`,
    [id],
    options,
  );
}

async function ownDataset(queryable: Queryable, dataset: string): Promise<number> {
  const { id, owner } = await datasetNamed(queryable, dataset);
  const [row] = await queryable.query<{ owns: boolean }>('select furrow.owns($1) as owns', [id]);
  if (!row?.owns)
    throw new PermissionsInsufficient(`'${dataset}' belongs to '${owner}', who alone may grant it`);
  return id;
}

/** The service knows all names; others are not told who has an account. */
async function checkThere(queryable: Queryable, to: string): Promise<void> {
  const [row] = await queryable.query<{ service: boolean }>(
    `select furrow.identity() = 'furrow_service' as service`,
  );
  if (!row?.service) return;
  const group = to.startsWith('group:') ? to.slice('group:'.length) : undefined;
  const found =
    group !== undefined
      ? await queryable.query('select 1 as one from furrow.groups where name = $1', [group])
      : await queryable.query(
          `select 1 as one from furrow.account where name = $1 union all
            select 1 from pg_roles r where r.rolname = $1 and pg_has_role(r.oid, 'furrow_user', 'member')`,
          [to],
        );
  if (found.length === 0)
    throw new AccountNotFound(
      group === undefined
        ? `there is no account '${to}'; furrow user list`
        : `there is no group '${group}'; furrow group list`,
    );
}
