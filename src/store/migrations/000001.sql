-- Datasets of parcels, images, and what was measured of each parcel on each image.
-- Runs as furrow_owner. Identity, rights and partitions are explained beside the functions that keep them.

create table furrow.dataset (
  id integer generated always as identity primary key,
  name text not null unique check (name <> ''),
  aoi text,
  year integer,
  kind text,
  srid integer,
  attributes jsonb not null default '{}',
  fingerprint text,
  owner text not null
);

create table furrow.grants (
  dataset_id integer not null references furrow.dataset on delete cascade,
  role text not null check (role <> ''),
  access text not null default 'read' check (access in ('read', 'write')),
  granted_by text not null,
  primary key (dataset_id, role)
);

create table furrow.parcel (
  dataset_id integer not null references furrow.dataset on delete cascade,
  pid bigint not null,
  label text not null,
  geom geometry(Geometry, 4326) not null,
  area double precision not null,
  crop text,
  attributes jsonb not null default '{}',
  primary key (dataset_id, pid)
);
create index parcel_geom on furrow.parcel using gist (geom);

create table furrow.image (
  id integer generated always as identity primary key,
  collection text not null,
  reference text not null,
  sensor text not null,
  datetime timestamptz not null,
  footprint geometry(Geometry, 4326),
  platform text,
  cloud real,
  -- Which pass over the earth it shows: overlapping tiles of one pass count once a parcel when a season is read.
  acquisition text,
  assets jsonb not null default '{}',
  registered_by text not null,
  unique (collection, reference)
);
create index image_datetime on furrow.image (collection, datetime);

-- One unit of work: an image for one dataset. The status cannot stand on the image itself,
-- because two datasets are extracted from the same image at different times.
create table furrow.extraction (
  dataset_id integer not null references furrow.dataset on delete cascade,
  image_id integer not null references furrow.image,
  datetime timestamptz not null,
  recipe text not null,
  status text not null default 'waiting'
    check (status in ('waiting', 'claimed', 'done', 'failed', 'dropped')),
  lease_until timestamptz,
  lease_token uuid,
  tries integer not null default 0,
  error text,
  rows integer,
  finished_at timestamptz,
  primary key (dataset_id, image_id),
  check ((status = 'claimed') = (lease_token is not null)),
  check ((status = 'claimed') = (lease_until is not null))
);
create index extraction_open on furrow.extraction (dataset_id, datetime, image_id)
  where status in ('waiting', 'claimed');

-- What the numbers of a signature mean: v holds for each band in turn the statistics in this order.
create table furrow.layout (
  id smallint generated always as identity primary key,
  sensor text not null,
  bands text[] not null check (cardinality(bands) > 0),
  stats text[] not null check (cardinality(stats) > 0),
  unique (sensor, bands, stats)
);

-- Partitions: list(dataset_id), then a month each. Keys and indexes stand on the months (see ensure_partitions):
-- a key there needs neither dataset nor day, which saves 8 bytes a row. No foreign keys: they would cost a look-up a row.
create table furrow.signature (
  dataset_id integer not null,
  day date not null,
  pid bigint not null,
  image_id integer not null,
  n integer not null,
  layout_id smallint not null,
  v real[] not null
) partition by list (dataset_id);

create table furrow.histogram (
  dataset_id integer not null,
  day date not null,
  pid bigint not null,
  image_id integer not null,
  band text not null,
  counts integer[] not null
) partition by list (dataset_id);

create table furrow.marker (
  dataset_id integer not null references furrow.dataset on delete cascade,
  pid bigint not null,
  kind text not null,
  day_from date not null,
  day_at date not null,
  day_to date not null,
  value double precision,
  rule text not null,
  primary key (dataset_id, pid, kind, day_from, rule),
  check (day_from <= day_at and day_at <= day_to)
);

-- Who asks. The transaction variable furrow.identity counts only on a connection of the service role itself:
-- anyone with SQL can set a variable. There, without the variable, the service is nobody and sees nothing.
create function furrow.identity_of(who text) returns text
  language sql stable parallel safe set search_path = pg_catalog, pg_temp
  as $$
    select case
      when session_user = 'furrow_service' and who = 'furrow_service'
        then nullif(current_setting('furrow.identity', true), '')
      else who
    end
  $$;

create function furrow.identity() returns text
  language sql stable parallel safe
  as $$ select furrow.identity_of(current_user::text) $$;

alter table furrow.dataset alter column owner set default furrow.identity();
alter table furrow.grants alter column granted_by set default furrow.identity();
alter table furrow.image alter column registered_by set default furrow.identity();

-- Opaque to the rewriter on purpose: as plain subqueries the policies of dataset and grants would be called recursive.
create function furrow.owns(dataset integer) returns boolean
  language plpgsql stable
  as $$
    begin
      return furrow.identity() = 'furrow_service'
        or exists (select 1 from furrow.dataset d where d.id = dataset and d.owner = furrow.identity());
    end
  $$;

create function furrow.writable() returns setof integer
  language plpgsql stable
  as $$
    begin
      return query
        select d.id from furrow.dataset d
        where furrow.identity() in ('furrow_service', d.owner)
          or exists (select 1 from furrow.grants g
            where g.dataset_id = d.id and g.role = furrow.identity() and g.access = 'write');
    end
  $$;

alter table furrow.dataset enable row level security;
alter table furrow.dataset force row level security;
create policy owner_reads on furrow.dataset for select to furrow_owner using (true);
create policy reads on furrow.dataset for select using (
  (select furrow.identity()) in ('furrow_service', owner)
  or id = any (array(select g.dataset_id from furrow.grants g where g.role in ('public', furrow.identity()))));
create policy inserts on furrow.dataset for insert with check (
  owner = (select furrow.identity()) or (select furrow.identity()) = 'furrow_service');
create policy updates on furrow.dataset for update using (id = any (array(select furrow.writable())))
  with check (id = any (array(select furrow.writable())));
create policy deletes on furrow.dataset for delete using ((select furrow.identity()) in ('furrow_service', owner));

-- The policy of dataset reads grants, so the reading policy here must not look at dataset.
alter table furrow.grants enable row level security;
alter table furrow.grants force row level security;
create policy owner_reads on furrow.grants for select to furrow_owner using (true);
create policy reads on furrow.grants for select using (
  role = 'public' or (select furrow.identity()) in ('furrow_service', role, granted_by));
create policy inserts on furrow.grants for insert with check (
  furrow.owns(dataset_id) and granted_by = (select furrow.identity()));
create policy updates on furrow.grants for update using (furrow.owns(dataset_id)) with check (furrow.owns(dataset_id));
create policy deletes on furrow.grants for delete using (furrow.owns(dataset_id));

alter table furrow.image enable row level security;
alter table furrow.image force row level security;
create policy reads on furrow.image for select using (true);
create policy inserts on furrow.image for insert with check (registered_by = (select furrow.identity()));
create policy updates on furrow.image for update
  using ((select furrow.identity()) in ('furrow_service', registered_by))
  with check ((select furrow.identity()) in ('furrow_service', registered_by));
create policy deletes on furrow.image for delete using ((select furrow.identity()) in ('furrow_service', registered_by));

alter table furrow.layout enable row level security;
alter table furrow.layout force row level security;
create policy reads on furrow.layout for select using (true);
create policy inserts on furrow.layout for insert with check ((select furrow.identity()) is not null);

-- The same rule for all that hangs on a dataset: read what the dataset's policy shows, write what is writable.
do $$
  declare
    name text;
  begin
    foreach name in array array['parcel', 'extraction', 'signature', 'histogram', 'marker'] loop
      execute format('alter table furrow.%I enable row level security', name);
      execute format('alter table furrow.%I force row level security', name);
      execute format('create policy reads on furrow.%I for select
        using (dataset_id = any (array(select d.id from furrow.dataset d)))', name);
      execute format('create policy inserts on furrow.%I for insert
        with check (dataset_id = any (array(select furrow.writable())))', name);
      execute format('create policy updates on furrow.%I for update
        using (dataset_id = any (array(select furrow.writable())))
        with check (dataset_id = any (array(select furrow.writable())))', name);
      execute format('create policy deletes on furrow.%I for delete
        using (dataset_id = any (array(select furrow.writable())))', name);
    end loop;
  end
$$;

-- The only way to a partition. Runs as furrow_owner, so it asks itself whether the caller may write to the dataset:
-- inside, current_user is the owner, and the caller is the role that was set, or else the session's.
create function furrow.ensure_partitions(dataset integer, days date[]) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      caller text := case when current_setting('role') = 'none' then session_user else current_setting('role') end;
      identity text := furrow.identity_of(caller);
      month date;
      parent text;
      child text;
      made integer := 0;
    begin
      if not exists (
        select 1 from furrow.dataset d where d.id = dataset and (
          identity in ('furrow_service', d.owner)
          or exists (select 1 from pg_roles r where r.rolname = caller and r.rolsuper)
          or exists (select 1 from furrow.grants g
            where g.dataset_id = d.id and g.role = identity and g.access = 'write'))
      ) then
        raise exception 'no right to write to dataset %', dataset using errcode = 'insufficient_privilege';
      end if;
      for month in select distinct date_trunc('month', d)::date from unnest(days) d order by 1 loop
        if month not between date '1950-01-01' and date '2200-01-01' then
          raise exception 'no partition for %: outside 1950 to 2200', month using errcode = 'datetime_field_overflow';
        end if;
        -- Looked up in pg_class itself: what to_regclass remembers is not renewed by waiting for an advisory lock.
        child := format('signature_%s_%s', dataset, to_char(month, 'YYYY_MM'));
        continue when exists (select 1 from pg_class where relname = child and relnamespace = 'furrow'::regnamespace);
        perform pg_advisory_xact_lock(6083751);
        continue when exists (select 1 from pg_class where relname = child and relnamespace = 'furrow'::regnamespace);
        foreach parent in array array['signature', 'histogram'] loop
          child := format('%s_%s', parent, dataset);
          if not exists (select 1 from pg_class where relname = child and relnamespace = 'furrow'::regnamespace) then
            execute format('create table furrow.%I partition of furrow.%I for values in (%s) partition by range (day)',
              child, parent, dataset);
            execute format('alter table furrow.%I enable row level security', child);
            execute format('alter table furrow.%I force row level security', child);
          end if;
          execute format('create table furrow.%I partition of furrow.%I for values from (%L) to (%L)',
            child || to_char(month, '_YYYY_MM'), child, month, (month + interval '1 month')::date);
          execute format('alter table furrow.%I enable row level security', child || to_char(month, '_YYYY_MM'));
          execute format('alter table furrow.%I force row level security', child || to_char(month, '_YYYY_MM'));
          execute format('alter table furrow.%I add primary key (pid, image_id, %I)', child || to_char(month, '_YYYY_MM'),
            case parent when 'signature' then 'layout_id' else 'band' end);
          execute format('create index on furrow.%I (image_id)', child || to_char(month, '_YYYY_MM'));
        end loop;
        made := made + 1;
      end loop;
      return made;
    end
  $$;
revoke execute on function furrow.ensure_partitions(integer, date[]) from public;

-- The long form of the JRC tables.
create view furrow.sigs with (security_invoker = true) as
  select s.pid, s.image_id as obsid, b.band, s.n as count,
    s.v[b.first + array_position(l.stats, 'mean')] as mean,
    s.v[b.first + array_position(l.stats, 'std')] as std,
    s.v[b.first + array_position(l.stats, 'min')] as min,
    s.v[b.first + array_position(l.stats, 'max')] as max,
    s.v[b.first + array_position(l.stats, 'p25')] as p25,
    s.v[b.first + array_position(l.stats, 'p50')] as p50,
    s.v[b.first + array_position(l.stats, 'p75')] as p75,
    s.day, s.dataset_id
  from furrow.signature s
  join furrow.layout l on l.id = s.layout_id
  cross join lateral (
    select u.band, (u.number::integer - 1) * cardinality(l.stats) as first
    from unnest(l.bands) with ordinality u(band, number)
  ) b;

create view furrow.hists with (security_invoker = true) as
  select h.pid, h.image_id as obsid,
    (select coalesce(json_object_agg(c.class - 1, c.pixels order by c.class) filter (where c.pixels > 0), '{}')
      from unnest(h.counts) with ordinality c(pixels, class)) as hist,
    h.band, h.day, h.dataset_id
  from furrow.histogram h;

create view furrow.dias_catalogue with (security_invoker = true) as
  select i.id as obsid, i.datetime at time zone 'UTC' as obstime, i.reference, i.sensor, i.collection,
    e.dataset_id,
    case e.status when 'waiting' then 'ingested' when 'claimed' then 'inprogress' when 'done' then 'extracted'
      else coalesce(e.error, e.status) end as status,
    i.footprint
  from furrow.image i
  left join furrow.extraction e on e.image_id = i.id;

grant usage on schema furrow to furrow_service, furrow_user;
grant select, insert, update, delete on furrow.parcel, furrow.extraction, furrow.signature, furrow.histogram,
  furrow.marker to furrow_service, furrow_user;
-- By column: a policy cannot compare the new row with the old one, and an owner must not be changed by a writer.
grant select, insert, delete, update (name, aoi, year, kind, srid, attributes, fingerprint)
  on furrow.dataset to furrow_service, furrow_user;
grant select, insert, delete, update (access) on furrow.grants to furrow_service, furrow_user;
grant select, insert, delete, update (sensor, datetime, footprint, platform, cloud, acquisition, assets)
  on furrow.image to furrow_service, furrow_user;
grant select, insert on furrow.layout to furrow_service, furrow_user;
grant select on furrow.sigs, furrow.hists, furrow.dias_catalogue to furrow_service, furrow_user;
grant execute on function furrow.ensure_partitions(integer, date[]) to furrow_service, furrow_user;
