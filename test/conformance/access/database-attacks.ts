import type { Tenant } from './tenants.ts';

/** Statements of one session; `must` says how the last has to end, or what it has to give. */
export interface Attack {
  readonly kind: string;
  readonly statements: readonly string[];
  readonly must?: string | undefined;
}

const everything =
  'select d.name, p.label, p.crop, p.attributes from furrow.dataset d join furrow.parcel p on p.dataset_id = d.id';

/** What SQL offers to somebody with a role of the own, to see or change what is another's. */
export function attacks(own: Tenant, other: Tenant): Attack[] {
  const id = other.datasetId;
  const refused = (kind: string, ...lists: (string | readonly string[])[]): Attack[] =>
    lists.map((list) => ({ kind, statements: [list].flat(), must: 'fail' }));
  const blind = (kind: string, ...lists: (string | readonly string[])[]): Attack[] =>
    lists.map((list) => ({ kind, statements: [list].flat() }));
  const posing = [
    other.name,
    'furrow_service',
    'furrow_owner',
    'postgres',
    '',
    'group:all',
    `${own.name}', '${other.name}`,
  ];
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return [
    ...posing.flatMap((name) => [
      ...blind(
        'the identity variable changes nothing',
        [`set furrow.identity = ${quoted(name)}`, everything],
        [`begin; set local furrow.identity = ${quoted(name)}`, everything],
        [`select set_config('furrow.identity', ${quoted(name)}, false)`, everything],
        [
          `set session furrow.identity to ${quoted(name)}`,
          'select * from furrow.sigs',
          'select * from furrow.token',
          'select * from furrow.account',
        ],
      ),
      {
        kind: 'the identity variable changes nothing',
        statements: [`set furrow.identity = ${quoted(name)}`, 'select furrow.identity()'],
        must: `"${own.name}"`,
      },
      ...blind('the identity variable changes nothing', [
        `set furrow.identity = ${quoted(name)}; ${everything}`,
      ]),
    ]),
    ...['furrow_service', 'furrow_owner', 'postgres', other.name].flatMap((role) =>
      refused(
        'other roles are not to be had',
        `set role "${role}"`,
        `set session authorization "${role}"`,
        `grant "${role}" to "${own.name}"`,
        `grant "${own.name}" to "${role}"`,
        `alter role "${role}" password 'x'`,
        `begin; set local role "${role}"; select 1`,
      ),
    ),
    ...refused(
      'rights are not to be had',
      `alter role "${own.name}" bypassrls`,
      `alter role "${own.name}" superuser`,
      `alter role "${own.name}" createrole`,
      `create role mallory login`,
      `create schema mallory`,
      `create table public.mallory (x integer)`,
      `create table furrow.mallory (x integer)`,
      `create function furrow.identity_of(who varchar) returns text language sql as 'select $1'`,
      `create or replace function furrow.identity() returns text language sql as $$ select '${other.name}' $$`,
      'alter table furrow.parcel disable row level security',
      'alter table furrow.parcel no force row level security',
      'drop policy reads on furrow.parcel',
      'create policy mallory on furrow.parcel using (true)',
      'alter policy reads on furrow.parcel using (true)',
      'create extension dblink',
      'create extension file_fdw',
      'create extension plpython3u',
      'create server s foreign data wrapper postgres_fdw',
      `create publication p for all tables`,
      'create event trigger t on ddl_command_start execute function furrow.identity()',
      'create trigger t before insert on furrow.parcel execute function furrow.identity()',
      'create rule r as on select to furrow.parcel do instead select 1',
      'set session_replication_role = replica',
      'set local_preload_libraries = x; set log_statement = none',
      ['set row_security = off', everything],
      'truncate furrow.parcel',
      'drop table furrow.parcel',
      `update furrow.dataset set owner = '${own.name}' where id = ${id}`,
      `select * from furrow.signature_${id}_2026_03`,
      `select * from furrow.signature_${id}`,
      `select furrow.ensure_partitions(${id}, array[date '2026-01-01'])`,
      `select furrow.rewrite_month(${id}, date '2026-03-01')`,
      `insert into furrow.grants (dataset_id, role) values (${id}, '${own.name}')`,
      `insert into furrow.grants (dataset_id, role, granted_by) values (${id}, 'public', '${other.name}')`,
      `insert into furrow.dataset (name, owner) values ('mallory', '${other.name}')`,
      `insert into furrow.parcel (dataset_id, pid, label, geom, area) values (${id}, 999999, '', 'SRID=4326;POLYGON EMPTY', 0)`,
      `insert into furrow.signature (dataset_id, day, pid, image_id, n, layout_id, v) values (${id}, '2026-03-13', 999999, 1, 1, 1, '{}')`,
      `insert into furrow.image (dataset_id, collection, reference, sensor, datetime) values (${id}, 'mine', 'mine', 'mine', now())`,
      `update furrow.image set dataset_id = ${own.datasetId} where dataset_id = ${id}`,
      ...[own.datasetId, id].flatMap((dataset) => [
        `insert into furrow.layout (dataset_id, id, sensor, bands, stats) values (${dataset}, 999, 'mine', '{B04}', '{mean}')`,
        `insert into furrow.layout (dataset_id, id, sensor, bands, stats) select ${dataset}, 1000 + g, 'mine', array['b' || g], '{mean}' from generate_series(1, 20000) g`,
        `update furrow.layout set bands = '{mine}' where dataset_id = ${dataset}`,
        `delete from furrow.layout where dataset_id = ${dataset}`,
        `update furrow.dataset set layouts = 0 where id = ${dataset}`,
        `select furrow.ensure_layout(${dataset}, 'mine', array['b' || g], '{mean}') from generate_series(1, 20000) g`,
        `select furrow.ensure_layout(${dataset}, 'mine', array(select 'b' || g from generate_series(1, 70000) g), '{mean}')`,
        `select furrow.ensure_layout(${dataset}, 'mine', array[repeat('b', 1000000)], '{mean}')`,
      ]),
      `select furrow.ensure_layout(${id}, 'sentinel-2', '{B04}', '{mean}')`,
      'select * from furrow.account',
      'select * from furrow.token',
      'select * from furrow.job',
      'select * from furrow.service',
      'insert into furrow.membership values (current_user, $$all$$)',
      'select passwd from pg_shadow',
      'select rolpassword from pg_authid',
      'select * from pg_statistic',
    ),
    ...refused(
      'the machine is not to be had',
      `select pg_read_file('/etc/passwd')`,
      `select pg_read_binary_file('postgresql.conf')`,
      `select pg_ls_dir('.')`,
      `select * from pg_stat_file('/etc/passwd')`,
      `select lo_import('/etc/passwd')`,
      `select lo_export(1, '/tmp/mallory')`,
      `copy (select 1) to '/tmp/mallory'`,
      `copy (select 1) to program 'id'`,
      `create temp table t (x text); copy t from '/etc/passwd'`,
      `create temp table t (x text); copy t from program 'id'`,
      `load 'auto_explain'`,
      'select pg_reload_conf()',
      `alter system set log_statement = 'all'`,
      'select pg_rotate_logfile()',
      'checkpoint',
      `do language plpython3u $$ import os $$`,
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $$furrow_service$$ and false; select pg_terminate_backend((select pid from pg_stat_activity where usename = $$furrow_service$$ limit 1))',
    ),
    ...blind(
      'changes reach nothing of others',
      `update furrow.parcel set crop = 'mine' where dataset_id <> ${own.datasetId}`,
      `delete from furrow.parcel where dataset_id = ${id}`,
      `delete from furrow.signature where dataset_id = ${id}`,
      `delete from furrow.dataset where id = ${id}`,
      `update furrow.dataset set name = 'mine' where id = ${id}`,
      `delete from furrow.grants where dataset_id = ${id}`,
      `update furrow.image set assets = '{"B04": "/mine"}', datetime = now() where dataset_id <> ${own.datasetId}`,
      `delete from furrow.image where dataset_id <> ${own.datasetId}`,
      `begin; update furrow.image set sensor = sensor where dataset_id = ${id} returning *; rollback`,
      `begin; with gone as (delete from furrow.parcel where dataset_id = ${id} returning *) select * from gone; rollback`,
      `begin; update furrow.parcel set crop = crop where dataset_id = ${id} returning *; rollback`,
      `begin; select * from furrow.parcel where dataset_id = ${id} for update; rollback`,
      `begin; merge into furrow.parcel p using (select 1) s on p.dataset_id = ${id} when matched then delete; rollback`,
    ),
    ...leaks(own, other),
  ];
}

/** A function that costs nothing runs before the conditions of a policy would, if the planner let it. */
function leaks(own: Tenant, other: Tenant): Attack[] {
  const kind = 'leaky conditions, plans, copies and prepared statements show nothing of others';
  const shout = `create function pg_temp.shout(text) returns boolean language plpgsql cost 0.0000001 as $$ begin raise notice 'saw %', $1; return true; end $$`;
  const blind = (...lists: (string | readonly string[])[]): Attack[] =>
    lists.map((list) => ({ kind, statements: [list].flat() }));
  const aim = `label like '${other.mark}%'`;
  return [
    ...['label', 'crop', 'attributes::text', 'geom::text'].flatMap((column) =>
      blind(
        [shout, `select count(*) from furrow.parcel where pg_temp.shout(${column})`],
        [
          shout,
          `select count(*) from furrow.parcel p where exists (select 1 where pg_temp.shout(p.${column}))`,
        ],
        [
          shout,
          `select count(*) from furrow.parcel where case when pg_temp.shout(${column}) then true else false end`,
        ],
        [shout, `select ${column} from furrow.parcel order by pg_temp.shout(${column}) limit 5`],
        [
          shout,
          `explain (analyze, verbose, costs off) select * from furrow.parcel where pg_temp.shout(${column})`,
        ],
      ),
    ),
    ...[
      'dataset',
      'grants',
      'extraction',
      'image',
      'layout',
      'signature',
      'marker',
      'sigs',
      'hists',
      'dias_catalogue',
      'membership',
    ].flatMap((table) =>
      blind([shout, `select count(*) from furrow.${table} t where pg_temp.shout(t::text)`]),
    ),
    ...blind(
      `select * from furrow.parcel where ${aim} and 1 / (length(label) - length(label)) > 0`,
      `select label::integer from furrow.parcel where ${aim}`,
      `select crop::integer from furrow.parcel where dataset_id = ${other.datasetId}`,
      `select (attributes ->> 'note')::integer from furrow.parcel where dataset_id = ${other.datasetId}`,
      `select st_geomfromtext(crop) from furrow.parcel where dataset_id = ${other.datasetId}`,
      `select * from furrow.parcel where geom && st_makeenvelope(-180, -90, 180, 90, 4326)`,
      `select * from furrow.parcel where geom && st_makeenvelope(-180, -90, 180, 90, 4326) and crop::integer > 0 and dataset_id = ${other.datasetId}`,
      `explain (verbose) select * from furrow.parcel where ${aim}`,
      `explain (analyze, buffers, verbose) select * from furrow.parcel where crop = '${own.inside}'`,
      'select * from pg_stats where schemaname = $$furrow$$',
      'select * from pg_stats_ext',
      'select query from pg_stat_activity',
      'select * from pg_prepared_statements',
      'select * from pg_cursors',
      'select * from pg_views where schemaname = $$furrow$$',
      [
        'prepare p as select label, crop from furrow.parcel',
        'execute p',
        `set furrow.identity = '${other.name}'`,
        'execute p',
      ],
      [
        'prepare p (text) as select label from furrow.parcel where crop = $1',
        `execute p ('${other.inside}')`,
      ],
      [
        `begin; declare c cursor with hold for ${everything}; commit`,
        `set furrow.identity = '${other.name}'`,
        'fetch all from c',
      ],
      [`create temp view v as ${everything}`, 'select * from v'],
      [`create temp table t as ${everything}`, 'select * from t'],
      [
        'create temp table t (like furrow.parcel including all)',
        'insert into t select * from furrow.parcel',
        'select * from t',
      ],
      [
        `create function pg_temp.look() returns setof text language sql security definer as $$ ${everything.replace('d.name, p.label, p.crop, p.attributes', 'p.crop')} $$`,
        'select pg_temp.look()',
      ],
      [
        `create function pg_temp.identity() returns text language sql as $$ select '${other.name}' $$`,
        'set search_path = pg_temp, furrow, public',
        everything,
      ],
      [
        'create temp table dataset as select 1 as id',
        'create temp table grants (dataset_id integer, role text)',
        'insert into grants values (1, current_user)',
        'set search_path = pg_temp, furrow',
        everything,
      ],
      `with recursive r as (select * from furrow.parcel union select * from furrow.parcel) select * from r`,
      `select * from furrow.parcel tablesample system (100)`,
      `select ctid, xmin, * from furrow.parcel where ctid = '(0,1)'`,
      `select query_to_xml('select * from furrow.parcel', true, true, '')`,
      `select table_to_xml('furrow.parcel', true, true, '')`,
      `select database_to_xml(true, true, '')`,
      `select schema_to_xml('furrow', true, true, '')`,
      `select row_to_json(d) from furrow.dataset d`,
      `select json_agg(p) from furrow.parcel p`,
      `select string_agg(crop, ',') over () from furrow.parcel`,
      `select * from furrow.dataset d full join furrow.parcel p on true limit 1000`,
      `select * from furrow.image i, lateral (select * from furrow.parcel p where p.dataset_id <> ${own.datasetId}) q`,
      `do $$ declare r record; begin for r in ${everything} loop raise notice '%', r; end loop; end $$`,
      `insert into furrow.marker (dataset_id, pid, kind, day_from, day_at, day_to, rule) values (${other.datasetId}, 1, 'x', '2026-01-01', '2026-01-01', '2026-01-01', 'x') on conflict do nothing`,
      `insert into furrow.parcel select * from furrow.parcel where dataset_id = ${other.datasetId} on conflict (dataset_id, pid) do update set crop = excluded.crop returning *`,
    ),
    {
      kind,
      statements: [
        "select current_setting('furrow.identity', true) is not distinct from null or true as fine",
      ],
      must: 'true',
    },
  ];
}
