import type { Queryable, QueryOptions } from '../../src/store/store.ts';

/**
 * Each query gives the lines of one kind of object, sorted; partitions are left out, they come and go with the
 * data. Aliases are dropped from views: PostgreSQL 18 leaves them out where 15 writes them.
 */
const parts = [
  [
    'roles',
    `select format('role %s%s%s', rolname, case when rolsuper then ' superuser' else '' end,
      case when rolbypassrls then ' bypassrls' else '' end) as line
    from pg_roles where rolname in ('furrow_owner', 'furrow_service', 'furrow_user') order by 1`,
  ],
  [
    'tables',
    `select format('%s %s (owner %s%s%s%s)', case c.relkind when 'v' then 'view' else 'table' end, c.relname,
      pg_get_userbyid(c.relowner),
      case when c.relrowsecurity then ', row security' else '' end,
      case when c.relforcerowsecurity then ' forced' else '' end,
      coalesce(', ' || array_to_string(c.reloptions, ' '), '')) || coalesce(' partition by ' || pg_get_partkeydef(c.oid), '') as line
    from pg_class c where c.relnamespace = 'furrow'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
    order by c.relname collate "C"`,
  ],
  [
    'columns',
    `select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' else '' end,
      case when a.attidentity <> '' then ' identity' else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'furrow'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
      and a.attnum > 0 and not a.attisdropped
    order by c.relname collate "C", a.attnum`,
  ],
  [
    'constraints',
    `select format('%s: %s', c.relname, pg_get_constraintdef(k.oid)) as line
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'furrow'::regnamespace and not c.relispartition and k.contype <> 'n'
    order by c.relname collate "C", k.contype, pg_get_constraintdef(k.oid) collate "C"`,
  ],
  [
    'indexes',
    `select pg_get_indexdef(i.indexrelid) as line
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'furrow'::regnamespace and not c.relispartition
    order by pg_get_indexdef(i.indexrelid) collate "C"`,
  ],
  [
    'policies',
    `select format('%s %s for %s to %s%s%s', tablename, policyname, lower(cmd), array_to_string(roles, ', '),
      coalesce(E'\n  using ' || qual, ''), coalesce(E'\n  check ' || with_check, '')) as line
    from pg_policies where schemaname = 'furrow' order by tablename collate "C", policyname collate "C"`,
  ],
  [
    'grants',
    `select format('%s: %s may %s', c.relname, pg_get_userbyid(x.grantee),
      lower(string_agg(x.privilege_type, ', ' order by x.privilege_type collate "C"))) as line
    from pg_class c cross join lateral aclexplode(c.relacl) x
    where c.relnamespace = 'furrow'::regnamespace and not c.relispartition and c.relkind in ('r', 'p', 'v')
      and x.grantee <> c.relowner
    group by c.relname, x.grantee
    union all
    select format('%s: %s may update %s', c.relname, pg_get_userbyid(x.grantee),
      string_agg(a.attname::text, ', ' order by a.attname::text collate "C"))
    from pg_attribute a join pg_class c on c.oid = a.attrelid cross join lateral aclexplode(a.attacl) x
    where c.relnamespace = 'furrow'::regnamespace and not c.relispartition
    group by c.relname, x.grantee order by 1`,
  ],
  [
    'functions',
    `select pg_get_functiondef(p.oid) || coalesce(E'\n-- may be called by: ' ||
      (select string_agg(distinct case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee)::text end, ', ')
        from aclexplode(p.proacl) x), '') as line
    from pg_proc p where p.pronamespace = 'furrow'::regnamespace order by p.proname collate "C"`,
  ],
  [
    'triggers',
    `select pg_get_triggerdef(t.oid) as line from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'furrow'::regnamespace and not c.relispartition and not t.tgisinternal
    order by c.relname collate "C", t.tgname collate "C"`,
  ],
  [
    'views',
    `select format('view %s as%s', c.relname, E'\n' || regexp_replace(pg_get_viewdef(c.oid), '\\m[a-z]\\.', '', 'g')) as line
    from pg_class c where c.relnamespace = 'furrow'::regnamespace and c.relkind = 'v' order by c.relname collate "C"`,
  ],
] as const;

/**
 * The schema of a store as text from the system catalogs: roles, tables, columns, constraints, indexes, policies, grants,
 * functions, triggers, views. The same on both back ends, for a snapshot under test and for reviews.
 */
export async function dumpSchema(queryable: Queryable, options: QueryOptions = {}): Promise<string> {
  let text = '';
  for (const [title, sql] of parts) {
    const rows = await queryable.query<{ line: string }>(sql, [], options);
    text += `-- ${title}\n${rows.map(({ line }) => line.trimEnd()).join('\n')}\n\n`;
  }
  return text;
}
