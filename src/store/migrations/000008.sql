-- The weather of a dataset's area by cells of a grid and days. A parcel's weather is that of the cell nearest to it.
create table furrow.weather_grid (
  dataset_id integer not null references furrow.dataset on delete cascade,
  grid_id bigint not null,
  cell geometry(Geometry, 4326) not null,
  primary key (dataset_id, grid_id)
);
create index weather_grid_cell on furrow.weather_grid using gist (cell);

create table furrow.weather (
  dataset_id integer not null,
  grid_id bigint not null,
  day date not null,
  -- Degrees Celsius, and millimetres.
  tmin real,
  tmax real,
  tmean real,
  prec real,
  primary key (dataset_id, grid_id, day),
  foreign key (dataset_id, grid_id) references furrow.weather_grid on delete cascade
);

do $$
  declare
    name text;
  begin
    foreach name in array array['weather_grid', 'weather'] loop
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
grant select, insert, update, delete on furrow.weather_grid, furrow.weather to furrow_service, furrow_user;

-- The source's own identifier is what services ask for.
create index parcel_label on furrow.parcel (dataset_id, label);
