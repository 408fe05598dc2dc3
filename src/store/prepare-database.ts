import type { Queryable } from './store.ts';

const roles = ['furrow_owner', 'furrow_service', 'furrow_user'] as const;

/**
 * What migrations need and only an administrator can make, made where it is absent: the roles (none can log in until
 * the administrator says so), PostGIS, the schema and the table of applied migrations. Runs inside a transaction of a
 * role that may create roles and extensions.
 */
export async function prepareDatabase(queryable: Queryable): Promise<void> {
  const there = await queryable.query<{ name: string }>(
    'select rolname::text as name from pg_roles where rolname = any ($1)',
    [[...roles]],
  );
  for (const role of roles)
    if (!there.some(({ name }) => name === role)) await queryable.query(`create role ${role} nologin`);
  await queryable.query(`
    do $$
      begin
        if not pg_has_role(current_user, 'furrow_owner', 'member') then
          execute format('grant furrow_owner to %I', current_user);
        end if;
      end
    $$`);
  await queryable.query('create extension if not exists postgis');
  // Under row-level security only leakproof operators may use an index (PostgreSQL manual, "Rules and Privileges"): without this
  // every search by place reads the whole dataset. PostGIS's own && compares two stored boxes: it shows neither in an error nor
  // elsewhere, and refuses no pair, not even of two reference systems. Only a superuser may say so; with another administrator
  // searches stay right and slow. Whoever may make types can make an operator of that name: it has to be the extension's.
  await queryable.query(`
    do $$
      begin
        execute (select format('alter function %s leakproof', p.oid::regprocedure)
          from pg_extension e
          join pg_depend m on m.refclassid = 'pg_extension'::regclass and m.refobjid = e.oid and m.deptype = 'e'
            and m.classid = 'pg_operator'::regclass
          join pg_operator o on o.oid = m.objid
          join pg_proc p on p.oid = o.oprcode
          where e.extname = 'postgis' and o.oprname = '&&' and p.proname = 'geometry_overlaps' and o.oprleft = o.oprright
            and o.oprleft = (select t.oid from pg_type t where t.typname = 'geometry' and t.typnamespace = p.pronamespace));
      exception when insufficient_privilege then null;
      end
    $$`);
  await queryable.query('create schema if not exists furrow authorization furrow_owner');
  await queryable.query('set local role furrow_owner');
  await queryable.query(`
    create table if not exists furrow.migration (
      id integer primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`);
  await queryable.query(`
    do $$
      begin
        if not exists (select 1 from pg_policies where schemaname = 'furrow' and tablename = 'migration') then
          alter table furrow.migration enable row level security;
          alter table furrow.migration force row level security;
          create policy reads on furrow.migration for select using (true);
          create policy owner_inserts on furrow.migration for insert to furrow_owner with check (true);
          grant usage on schema furrow to furrow_service, furrow_user;
          grant select on furrow.migration to furrow_service, furrow_user;
        end if;
      end
    $$`);
}
