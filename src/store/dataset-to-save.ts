import { DatasetAmbiguous, DatasetNotFound, PermissionsInsufficient } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** Where parcels are saved that come with a name. */
export interface DatasetToSave {
  /** Undefined for one that is still to be made. */
  readonly id: number | undefined;
  /** Without its owner. */
  readonly name: string;
  readonly fingerprint: string | null;
}

interface Candidate extends Record<string, unknown> {
  readonly me: string | null;
  readonly id: number | null;
  readonly name: string;
  readonly owner: string;
  readonly fingerprint: string | null;
  readonly writable: boolean;
}

/**
 * What saving under a name changes or makes. `NAME` is the own dataset, there or new, whatever others call theirs. `OWNER/NAME` is that
 * one, and a new own one where the owner is who asks. Another's is changed by `OWNER/NAME` alone: to who may write one of that name and
 * has none of his own, the plain name might mean either, and is refused. Throws `DatasetAmbiguous`, `PermissionsInsufficient` for one
 * that may only be read, `DatasetNotFound` for one that is not there or may not be seen.
 */
export async function datasetToSave(
  store: Queryable,
  name: string,
  options: QueryOptions = {},
): Promise<DatasetToSave> {
  const rows = await store.query<Candidate>(
    `select furrow.identity() as me, d.id, d.name, d.owner, d.fingerprint,
        d.owner = furrow.identity() or d.id in (select furrow.writable()) as writable
      from (select) asked left join furrow.dataset d on d.name = $1 or d.owner || '/' || d.name = $1 order by d.owner`,
    [name],
    options,
  );
  const me = rows[0]?.me;
  const found = rows.flatMap((row) => (row.id === null ? [] : [{ ...row, id: row.id }]));
  const meant =
    found.find((one) => one.owner === me && one.name === name) ??
    found.find((one) => `${one.owner}/${one.name}` === name);
  if (meant?.writable) return meant;
  if (meant !== undefined)
    throw new PermissionsInsufficient(
      `dataset '${name}' is somebody else's: it may be read, and changed by its owner; save yours as '${meant.name}'`,
    );
  const plain = me && name.startsWith(`${me}/`) ? name.slice(me.length + 1) : name;
  if (plain === '' || plain.includes('/'))
    throw new DatasetNotFound(
      `there is no dataset '${name}', or it may not be seen, and none can be made: '/' stands between owner and name`,
    );
  const others = found.filter((one) => one.writable);
  if (others.length > 0)
    throw new DatasetAmbiguous(
      `'${name}' may be a new dataset or one that you may write to: say which (${[
        me,
        ...others.map(({ owner }) => owner),
      ]
        .map((owner) => `${owner}/${name}`)
        .join(', ')})`,
    );
  return { id: undefined, name: plain, fingerprint: null };
}
