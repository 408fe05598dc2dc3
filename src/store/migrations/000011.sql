-- Images and layouts hang on a dataset, as everything else that is stored of it: who may not see the dataset sees neither, and what
-- somebody registers or measures changes nothing for others. Ids stay what they were: no signature is rewritten.

alter table furrow.extraction drop constraint extraction_image_id_fkey;
alter table furrow.image no force row level security;
alter table furrow.image drop constraint image_pkey, drop constraint image_collection_reference_key;
alter table furrow.layout no force row level security;
alter table furrow.layout drop constraint layout_pkey, drop constraint layout_sensor_bands_stats_key,
  alter column id drop identity;

drop policy reads on furrow.image;
drop policy inserts on furrow.image;
drop policy updates on furrow.image;
drop policy deletes on furrow.image;
drop policy reads on furrow.layout;
drop policy inserts on furrow.layout;
drop index furrow.image_datetime;
alter table furrow.image drop column registered_by;
alter table furrow.image add column dataset_id integer references furrow.dataset on delete cascade;
alter table furrow.layout add column dataset_id integer references furrow.dataset on delete cascade;

-- Each dataset gets the images that it has work on.
insert into furrow.image (dataset_id, id, collection, reference, sensor, datetime, footprint, platform, cloud, acquisition, assets)
  overriding system value
  select e.dataset_id, i.id, i.collection, i.reference, i.sensor, i.datetime, i.footprint, i.platform, i.cloud, i.acquisition, i.assets
  from furrow.extraction e join furrow.image i on i.id = e.image_id;
delete from furrow.image where dataset_id is null;

-- And the layouts that its signatures may have. Which ones they do have only reading all of them would tell, and the sensor of an image
-- may have been corrected since, or be what another dataset said of it. So these are all, unless somebody filled the table: then
-- those of the sensors of its images and of its archived files, and the last one, above which new ones are counted.
with many as (select count(*) > 256 as filled, max(id) as last from furrow.layout)
  insert into furrow.layout (dataset_id, id, sensor, bands, stats)
  select d.id, l.id, l.sensor, l.bands, l.stats
  from furrow.dataset d cross join furrow.layout l cross join many
  where exists (select 1 from pg_class c where c.relname = 'signature_' || d.id and c.relnamespace = 'furrow'::regnamespace)
    and (not many.filled or l.id = many.last
      or exists (select 1 from furrow.image i where i.dataset_id = d.id and i.sensor = l.sensor)
      or exists (select 1 from furrow.archive_file f where f.dataset_id = d.id and f.layout_id = l.id));
delete from furrow.layout where dataset_id is null;

alter table furrow.image alter column dataset_id set not null, add primary key (dataset_id, id),
  add unique (dataset_id, collection, reference);
create index image_datetime on furrow.image (dataset_id, datetime);
-- While its owner sees the images without a policy: this looks for those of each row.
alter table furrow.extraction add foreign key (dataset_id, image_id) references furrow.image;
alter table furrow.image force row level security;
-- Of layouts ensure_layout alone sees to it that none is there twice: the names of many bands are more than an entry of an index holds.
alter table furrow.layout alter column dataset_id set not null, add primary key (dataset_id, id);

-- The number of its last layout. Layouts are only ever added: who knows those up to this number knows them all.
alter table furrow.dataset add column layouts smallint not null default 0;
create policy owner_updates on furrow.dataset for update to furrow_owner using (true) with check (true);
update furrow.dataset d set layouts = l.last
  from (select dataset_id, max(id) as last from furrow.layout group by dataset_id) l where l.dataset_id = d.id;
alter table furrow.layout force row level security;

create policy reads on furrow.image for select using (dataset_id = any (array(select d.id from furrow.dataset d)));
create policy inserts on furrow.image for insert with check (dataset_id = any (array(select furrow.writable())));
create policy updates on furrow.image for update using (dataset_id = any (array(select furrow.writable())))
  with check (dataset_id = any (array(select furrow.writable())));
create policy deletes on furrow.image for delete using (dataset_id = any (array(select furrow.writable())));
create policy reads on furrow.layout for select using (dataset_id = any (array(select d.id from furrow.dataset d)));
create policy owner_inserts on furrow.layout for insert to furrow_owner with check (true);
revoke insert on furrow.layout from furrow_service, furrow_user;

-- Who asks is looked up once for each of these policies, not once for each name it is compared with: they stand in the plan of a question
-- for every table that it reads, and images and layouts have them now too.
alter policy reads on furrow.dataset using (
  (select furrow.identity()) = any (array['furrow_service', owner])
  or id = any (array(select g.dataset_id from furrow.grants g where g.role in ('public', furrow.identity())
    or g.role = any (array(select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())))));
alter policy reads on furrow.grants using (
  role = 'public' or (select furrow.identity()) = any (array['furrow_service', role, granted_by])
  or role = any (array(select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())));
alter policy service on furrow.membership using (furrow.identity() = 'furrow_service')
  with check (furrow.identity() = 'furrow_service');

-- The only way to a layout: its id, made where it is new. A question looks through all layouts of its dataset, names each number that
-- it wants of them, and its widest answer has a column for each band and statistic that occur, so all three are bounded: what is
-- measured of 4,096 bands (the limit of bands of a raster) with the default statistics fits.
create function furrow.ensure_layout(dataset integer, sensor text, bands text[], stats text[]) returns smallint
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
    declare
      most_layouts constant integer := 256;
      most_columns constant integer := 32768;
      most_numbers constant integer := 65536;
      longest_name constant integer := 200;
      highest_id constant integer := 32767;
      known smallint;
      last integer;
      layouts integer;
      columns bigint;
      numbers bigint;
    begin
      if not furrow.caller_may_write(dataset) then
        raise exception 'no right to write to dataset %', dataset using errcode = 'insufficient_privilege';
      end if;
      select l.id into known from furrow.layout l
        where l.dataset_id = dataset and l.sensor = $2 and l.bands = $3 and l.stats = $4;
      if found then
        return known;
      end if;
      if array_ndims($3) is distinct from 1 or array_ndims($4) is distinct from 1 or exists (
        select 1 from unnest(array[$2] || $3 || $4) as n(name) where coalesce(char_length(n.name), 0) not between 1 and longest_name) then
        raise exception 'a layout has a sensor, bands and statistics, each with a name of 1 to % characters', longest_name
          using errcode = 'program_limit_exceeded', hint = 'Give the bands of the collection shorter names';
      end if;
      select d.layouts into last from furrow.dataset d where d.id = dataset for no key update;
      select l.id into known from furrow.layout l
        where l.dataset_id = dataset and l.sensor = $2 and l.bands = $3 and l.stats = $4;
      if found then
        return known;
      end if;
      select count(*), coalesce(sum(cardinality(l.bands)::bigint * cardinality(l.stats)), 0) + cardinality($3)::bigint * cardinality($4)
        into layouts, numbers from furrow.layout l where l.dataset_id = dataset;
      if layouts >= most_layouts or last >= highest_id then
        raise exception 'dataset % has % layouts (bands that are measured together, and their statistics), up to number %; no more than % are kept, up to %',
          dataset, layouts, last, most_layouts, highest_id
          using errcode = 'program_limit_exceeded', hint = 'Extract other bands or statistics into another dataset';
      end if;
      if numbers > most_numbers then
        raise exception 'the layouts of dataset % would have % numbers (each of its bands and statistics); no more than % are kept',
          dataset, numbers, most_numbers
          using errcode = 'program_limit_exceeded', hint = 'Extract other bands or statistics into another dataset';
      end if;
      select count(distinct b.name) into columns from (
        select unnest(l.bands) as name from furrow.layout l where l.dataset_id = dataset union all select unnest($3)) b;
      columns := columns * (select count(distinct s.name) from (
        select unnest(l.stats) as name from furrow.layout l where l.dataset_id = dataset union all select unnest($4)) s);
      if columns > most_columns then
        raise exception 'the layouts of dataset % would have % columns (a band and a statistic); no more than % are kept',
          dataset, columns, most_columns
          using errcode = 'program_limit_exceeded', hint = 'Extract other bands or statistics into another dataset';
      end if;
      insert into furrow.layout (dataset_id, id, sensor, bands, stats) values (dataset, last + 1, $2, $3, $4);
      update furrow.dataset d set layouts = last + 1 where d.id = dataset;
      return last + 1;
    end
  $$;
revoke execute on function furrow.ensure_layout(integer, text, text[], text[]) from public;
grant execute on function furrow.ensure_layout(integer, text, text[], text[]) to furrow_service, furrow_user;

create or replace view furrow.sigs with (security_invoker = true) as
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
  join furrow.layout l on l.dataset_id = s.dataset_id and l.id = s.layout_id
  cross join lateral (
    select u.band, (u.number::integer - 1) * cardinality(l.stats) as first
    from unnest(l.bands) with ordinality u(band, number)
  ) b;

create or replace view furrow.dias_catalogue with (security_invoker = true) as
  select i.id as obsid, i.datetime at time zone 'UTC' as obstime, i.reference, i.sensor, i.collection,
    i.dataset_id,
    case e.status when 'waiting' then 'ingested' when 'claimed' then 'inprogress' when 'done' then 'extracted'
      else coalesce(e.error, e.status) end as status,
    i.footprint
  from furrow.image i
  left join furrow.extraction e on e.dataset_id = i.dataset_id and e.image_id = i.id;
