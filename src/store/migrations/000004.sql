-- Months that lie in files: what stands where, and whether the store still holds them itself.
create table furrow.archive (
  dataset_id integer not null references furrow.dataset on delete cascade,
  month date not null check (month = date_trunc('month', month)::date),
  -- Part of the names of the files: no two attempts ever write to the same name.
  run uuid not null,
  -- A folder, or s3://bucket/prefix.
  location text not null check (location <> ''),
  -- copied: the store has the rows too, and answers from them. detached: the files alone have them.
  status text not null default 'copied' check (status in ('copied', 'detached')),
  checksum text not null,
  -- Before the first row was read: an image that was finished later is not in the files.
  taken_at timestamptz not null,
  verified_at timestamptz not null default clock_timestamp(),
  detached_at timestamptz check ((detached_at is not null) = (status = 'detached')),
  archived_by text not null,
  primary key (dataset_id, month)
);

create table furrow.archive_file (
  dataset_id integer not null,
  month date not null,
  -- Below the location.
  name text not null check (name <> ''),
  kind text not null check (kind in ('signature', 'histogram')),
  layout_id smallint check ((layout_id is not null) = (kind = 'signature')),
  first_pid bigint not null,
  last_pid bigint not null,
  rows integer not null,
  bytes bigint not null,
  -- How many of them, at the end, are the index.
  footer integer not null,
  sha256 text not null,
  primary key (dataset_id, month, name),
  foreign key (dataset_id, month) references furrow.archive on delete cascade
);

alter table furrow.archive alter column archived_by set default furrow.identity();

-- Read what the dataset's policy shows. A month is marked as detached by detach_month alone, which asks the rows first; a
-- detached one cannot be forgotten, only marked as copied again by who has brought its rows back.
alter table furrow.archive enable row level security;
alter table furrow.archive force row level security;
create policy reads on furrow.archive for select using (dataset_id = any (array(select d.id from furrow.dataset d)));
create policy inserts on furrow.archive for insert
  with check (dataset_id = any (array(select furrow.writable())) and status = 'copied' and archived_by = (select furrow.identity()));
create policy updates on furrow.archive for update using (dataset_id = any (array(select furrow.writable())))
  with check (dataset_id = any (array(select furrow.writable())) and status = 'copied');
create policy deletes on furrow.archive for delete
  using (dataset_id = any (array(select furrow.writable())) and status = 'copied');
create policy owner_updates on furrow.archive for update to furrow_owner using (true) with check (true);

alter table furrow.archive_file enable row level security;
alter table furrow.archive_file force row level security;
create policy reads on furrow.archive_file for select
  using (dataset_id = any (array(select d.id from furrow.dataset d)));
create policy inserts on furrow.archive_file for insert with check (dataset_id = any (array(select furrow.writable())));

-- Rows and a sum over them that does not depend on their order, of one month as the caller sees it.
create function furrow.month_checksum(dataset integer, day date) returns text
  language sql stable set search_path = pg_catalog, pg_temp set extra_float_digits = 1 set datestyle = 'ISO'
  as $$
    select
      (select count(*) || ':' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0) from furrow.signature s
        where s.dataset_id = dataset and s.day >= date_trunc('month', $2)::date
          and s.day < (date_trunc('month', $2) + interval '1 month')::date)
      || ' ' ||
      (select count(*) || ':' || coalesce(sum(hashtextextended(h::text, 0)::numeric), 0) from furrow.histogram h
        where h.dataset_id = dataset and h.day >= date_trunc('month', $2)::date
          and h.day < (date_trunc('month', $2) + interval '1 month')::date)
  $$;

-- Takes a month out of the store whose archive was verified, in one transaction: refuses where the rows are not those that were
-- archived (any more), or work is open. Who calls has read the files back before.
create function furrow.detach_month(dataset integer, day date, expected uuid) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      first date := date_trunc('month', day)::date;
      next date := (date_trunc('month', day) + interval '1 month')::date;
      name text := to_char(first, 'YYYY-MM');
      kept furrow.archive%rowtype;
      waiting integer;
      parent text;
      child text;
      leaf text;
      gone bigint;
    begin
      if not furrow.caller_may_write(dataset) then
        raise exception 'no right to write to dataset %', dataset using errcode = 'insufficient_privilege';
      end if;
      perform pg_advisory_xact_lock(furrow.month_lock(dataset, first));
      select * into kept from furrow.archive a where a.dataset_id = dataset and a.month = first and a.run = expected for update;
      if not found or kept.status <> 'copied' then
        raise exception 'month % is not archived by that run, or was detached already', name
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      select count(*) into waiting from furrow.extraction e
        where e.dataset_id = dataset and e.status in ('waiting', 'claimed')
          and e.datetime >= first::timestamp at time zone 'UTC' and e.datetime < next::timestamp at time zone 'UTC';
      if waiting > 0 then
        raise exception '% images of % are still to be extracted', waiting, name using errcode = 'object_in_use';
      end if;
      foreach parent in array array['signature', 'histogram'] loop
        leaf := format('%s_%s_%s', parent, dataset, to_char(first, 'YYYY_MM'));
        -- Who writes without the advisory lock waits too.
        execute format('lock table furrow.%I in share mode', leaf);
      end loop;
      if furrow.month_checksum(dataset, first) <> kept.checksum then
        raise exception 'month % changed since it was archived: archive it again', name using errcode = 'object_not_in_prerequisite_state';
      end if;
      execute 'select count(*) from furrow.signature where dataset_id = $1 and day >= $2 and day < $3'
        into gone using dataset, first, next;
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
          end loop;
          perform set_config('lock_timeout', '0', true);
          exit;
        exception when lock_not_available then
          if attempt = 60 then
            raise exception 'the month % is being read all the time', name using errcode = 'lock_not_available';
          end if;
          perform pg_sleep(0.5);
        end;
      end loop;
      update furrow.archive a set status = 'detached', detached_at = clock_timestamp()
        where a.dataset_id = dataset and a.month = first;
      return gone;
    end
  $$;
revoke execute on function furrow.detach_month(integer, date, uuid) from public;

grant select, insert, delete, update (status, detached_at) on furrow.archive to furrow_service, furrow_user;
grant select, insert on furrow.archive_file to furrow_service, furrow_user;
grant execute on function furrow.detach_month(integer, date, uuid) to furrow_service, furrow_user;
