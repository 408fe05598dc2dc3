-- Months of signatures: what an open month costs, and how a closed one is rewritten in the order of its parcels.

-- Whether rows of the image may stand in the month. An image that was never written needs no deletion, so the month
-- needs no exact index on the image.
alter table furrow.extraction add column written boolean not null default true;
alter table furrow.extraction alter column written set default false;

-- Months that were rewritten since something was last written into them.
create table furrow.rewritten (
  dataset_id integer not null references furrow.dataset on delete cascade,
  month date not null,
  rows bigint not null,
  finished_at timestamptz not null default clock_timestamp(),
  primary key (dataset_id, month)
);
alter table furrow.rewritten enable row level security;
alter table furrow.rewritten force row level security;
create policy reads on furrow.rewritten for select
  using (dataset_id = any (array(select d.id from furrow.dataset d)));
create policy owner_inserts on furrow.rewritten for insert to furrow_owner with check (true);
create policy owner_updates on furrow.rewritten for update to furrow_owner using (true) with check (true);
create policy deletes on furrow.rewritten for delete using (dataset_id = any (array(select furrow.writable())));
grant select, delete on furrow.rewritten to furrow_service, furrow_user;

-- The name of an advisory lock: writers hold it shared, who rewrites or takes away a month holds it alone.
create function furrow.month_lock(dataset integer, day date) returns bigint
  language sql immutable parallel safe
  as $$
    select (6083752::bigint << 40)
      + ((dataset::bigint << 12) + ((extract(year from day)::integer - 1950) * 12 + extract(month from day)::integer)) % (1::bigint << 40)
  $$;

-- Asked by the functions that run as furrow_owner: inside, current_user is the owner, and the caller is the role that was set,
-- or else the session's.
create function furrow.caller_may_write(dataset integer) returns boolean
  language plpgsql stable
  as $$
    declare
      caller text := case when current_setting('role') = 'none' then session_user else current_setting('role') end;
      identity text := furrow.identity_of(caller);
    begin
      return exists (
        select 1 from furrow.dataset d where d.id = dataset and (
          identity in ('furrow_service', d.owner)
          or exists (select 1 from pg_roles r where r.rolname = caller and r.rolsuper)
          or exists (select 1 from furrow.grants g
            where g.dataset_id = d.id and g.role = identity and g.access = 'write')));
    end
  $$;
revoke execute on function furrow.caller_may_write(integer) from public;

-- Block ranges instead of a tree: an image's rows lie together as they were written. Summarized by autovacuum; ranges
-- that are not yet are read.
create procedure furrow.index_images(month regclass)
  language plpgsql
  as $$
    begin
      execute format('create index on %s using brin (image_id) with (pages_per_range = 32, autosummarize = on)', month);
    end
  $$;
revoke execute on procedure furrow.index_images(regclass) from public;

create or replace function furrow.ensure_partitions(dataset integer, days date[]) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      month date;
      parent text;
      child text;
      leaf text;
      made integer := 0;
    begin
      if not furrow.caller_may_write(dataset) then
        raise exception 'no right to write to dataset %', dataset using errcode = 'insufficient_privilege';
      end if;
      for month in select distinct date_trunc('month', d)::date from unnest(days) d order by 1 loop
        if month not between date '1950-01-01' and date '2200-01-01' then
          raise exception 'no partition for %: outside 1950 to 2200', month using errcode = 'datetime_field_overflow';
        end if;
        -- Looked up in pg_class itself: what to_regclass remembers is not renewed by waiting for an advisory lock.
        leaf := format('signature_%s_%s', dataset, to_char(month, 'YYYY_MM'));
        continue when exists (select 1 from pg_class where relname = leaf and relnamespace = 'furrow'::regnamespace);
        perform pg_advisory_xact_lock(6083751);
        continue when exists (select 1 from pg_class where relname = leaf and relnamespace = 'furrow'::regnamespace);
        foreach parent in array array['signature', 'histogram'] loop
          child := format('%s_%s', parent, dataset);
          leaf := child || to_char(month, '_YYYY_MM');
          if not exists (select 1 from pg_class where relname = child and relnamespace = 'furrow'::regnamespace) then
            execute format('create table furrow.%I partition of furrow.%I for values in (%s) partition by range (day)',
              child, parent, dataset);
            execute format('alter table furrow.%I enable row level security', child);
            execute format('alter table furrow.%I force row level security', child);
          end if;
          execute format('create table furrow.%I partition of furrow.%I for values from (%L) to (%L)',
            leaf, child, month, (month + interval '1 month')::date);
          execute format('alter table furrow.%I enable row level security', leaf);
          execute format('alter table furrow.%I force row level security', leaf);
          execute format('alter table furrow.%I add primary key (pid, image_id, %I)', leaf,
            case parent when 'signature' then 'layout_id' else 'band' end);
          call furrow.index_images(format('furrow.%I', leaf)::regclass);
        end loop;
        made := made + 1;
      end loop;
      return made;
    end
  $$;

-- Months that a store has already.
do $$
  declare
    old record;
  begin
    for old in
      select i.indexrelid::regclass as tree, i.indrelid::regclass as month
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'furrow'::regnamespace and c.relispartition and c.relkind = 'r' and not i.indisprimary
    loop
      execute format('drop index %s', old.tree);
      call furrow.index_images(old.month);
    end loop;
  end
$$;

-- Rewrites one month in the order of its parcels, signatures and histograms, in one transaction: writers of that month wait,
-- readers go on with the old tables until the new ones are complete. Gives the number of rows. Refuses a month with open work.
create function furrow.rewrite_month(dataset integer, day date) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '64MB'
  as $$
    declare
      first date := date_trunc('month', day)::date;
      next date := (date_trunc('month', day) + interval '1 month')::date;
      waiting integer;
      parent text;
      child text;
      leaf text;
      fresh text;
      key text;
      moved bigint;
      rows bigint := 0;
    begin
      if not furrow.caller_may_write(dataset) then
        raise exception 'no right to write to dataset %', dataset using errcode = 'insufficient_privilege';
      end if;
      perform pg_advisory_xact_lock(furrow.month_lock(dataset, first));
      select count(*) into waiting from furrow.extraction e
        where e.dataset_id = dataset and e.status in ('waiting', 'claimed')
          and e.datetime >= first::timestamp at time zone 'UTC' and e.datetime < next::timestamp at time zone 'UTC';
      if waiting > 0 then
        raise exception '% images of % are still to be extracted', waiting, to_char(first, 'YYYY-MM')
          using errcode = 'object_in_use';
      end if;
      foreach parent in array array['signature', 'histogram'] loop
        child := format('%s_%s', parent, dataset);
        leaf := child || to_char(first, '_YYYY_MM');
        fresh := leaf || '_new';
        key := case parent when 'signature' then 'layout_id' else 'band' end;
        if not exists (select 1 from pg_class where relname = leaf and relnamespace = 'furrow'::regnamespace and relispartition) then
          raise exception 'dataset % has no month % in the store', dataset, to_char(first, 'YYYY-MM')
            using errcode = 'undefined_table';
        end if;
        -- Who deletes without the advisory lock waits too. The check spares the scan when the table becomes a partition.
        execute format('lock table furrow.%I in share mode', leaf);
        execute format('create table furrow.%I (like furrow.%I including defaults including storage,
          constraint month check (dataset_id = %s and day >= %L and day < %L))', fresh, leaf, dataset, first, next);
        -- Read through the root, whose policies let the owner in. The new table is nobody's until it is closed below.
        execute format('insert into furrow.%I select * from furrow.%I where dataset_id = %s and day >= %L and day < %L
          order by pid, image_id, %I', fresh, parent, dataset, first, next, key);
        get diagnostics moved = row_count;
        rows := rows + moved;
        execute format('alter table furrow.%I add primary key (pid, image_id, %I) with (fillfactor = 100)', fresh, key);
        execute format('alter table furrow.%I enable row level security', fresh);
        execute format('alter table furrow.%I force row level security', fresh);
        execute format('analyze furrow.%I', fresh);
      end loop;
      -- In short attempts: whoever waits for this lock stops all who come to read after it.
      for attempt in 1..60 loop
        begin
          perform set_config('lock_timeout', '500ms', true);
          foreach parent in array array['signature', 'histogram'] loop
            child := format('%s_%s', parent, dataset);
            leaf := child || to_char(first, '_YYYY_MM');
            execute format('lock table furrow.%I in access exclusive mode', child);
            execute format('alter table furrow.%I detach partition furrow.%I', child, leaf);
            execute format('drop table furrow.%I', leaf);
            execute format('alter table furrow.%I rename to %I', leaf || '_new', leaf);
            execute format('alter index furrow.%I rename to %I', leaf || '_new_pkey', leaf || '_pkey');
            execute format('alter table furrow.%I attach partition furrow.%I for values from (%L) to (%L)',
              child, leaf, first, next);
            execute format('alter table furrow.%I drop constraint month', leaf);
          end loop;
          perform set_config('lock_timeout', '0', true);
          exit;
        exception when lock_not_available then
          if attempt = 60 then
            raise exception 'the month % is being read all the time', to_char(first, 'YYYY-MM')
              using errcode = 'lock_not_available';
          end if;
          perform pg_sleep(0.5);
        end;
      end loop;
      insert into furrow.rewritten (dataset_id, month, rows) values (dataset, first, rows)
        on conflict (dataset_id, month) do update set rows = excluded.rows, finished_at = excluded.finished_at;
      return rows;
    end
  $$;
revoke execute on function furrow.rewrite_month(integer, date) from public;

grant execute on function furrow.month_lock(integer, date), furrow.rewrite_month(integer, date) to furrow_service, furrow_user;
