-- Batch jobs with their log, and secondary web services. What belongs to whom is the owner's name as the server knows it;
-- only the service role works here: a role of a person has no right on these tables, whatever it asks for.
create table furrow.job (
  id text primary key check (id ~ '^[A-Za-z0-9_.~-]{1,64}$'),
  owner text not null check (owner <> ''),
  title text,
  description text,
  -- json, not jsonb: a graph comes back as it was written, and jsonb refuses escapes of NUL that JSON allows.
  process json not null,
  plan text,
  budget double precision,
  log_level text not null default 'info' check (log_level in ('error', 'warning', 'info', 'debug')),
  status text not null default 'created'
    check (status in ('created', 'queued', 'running', 'canceled', 'finished', 'error')),
  progress real not null default 0 check (progress between 0 and 100),
  created timestamptz not null default clock_timestamp(),
  updated timestamptz not null default clock_timestamp(),
  queued timestamptz,
  started timestamptz,
  ended timestamptz,
  lease_until timestamptz,
  lease_token uuid,
  tries integer not null default 0,
  -- The machine (of processes that see each other) and the process that work on it.
  host text,
  pid integer,
  -- Runs whose files may lie in the workspace besides the one that is shown: [{"run": "...", "names": [...]}].
  leftovers json not null default '[]',
  -- The run whose files are the result, and what they are.
  run text,
  results json,
  usage json,
  log_lines integer not null default 0,
  unique (id, owner),
  check ((status = 'running') = (lease_token is not null)),
  check ((status = 'running') = (lease_until is not null)),
  check ((run is null) = (results is null)),
  check (status <> 'finished' or run is not null)
);
create index job_open on furrow.job (queued) where status in ('queued', 'running');
create index job_owner on furrow.job (owner, created);

create table furrow.job_log (
  job_id text not null,
  owner text not null,
  n integer not null,
  time timestamptz not null default clock_timestamp(),
  level text not null check (level in ('error', 'warning', 'info', 'debug')),
  message text not null,
  code text,
  data json,
  primary key (job_id, n),
  foreign key (job_id, owner) references furrow.job (id, owner) on delete cascade
);

create table furrow.service (
  id text primary key check (id ~ '^[A-Za-z0-9_.~-]{1,64}$'),
  owner text not null check (owner <> ''),
  type text not null check (type = 'xyz'),
  title text,
  description text,
  process json not null,
  configuration json not null default '{}',
  attributes json not null default '{}',
  enabled boolean not null default true,
  plan text,
  budget double precision,
  log_level text not null default 'info' check (log_level in ('error', 'warning', 'info', 'debug')),
  created timestamptz not null default clock_timestamp()
);
create index service_owner on furrow.service (owner, created);

-- The owner alone; furrow_service as itself for the queue, which knows no person.
do $$
  declare
    name text;
  begin
    foreach name in array array['job', 'job_log', 'service'] loop
      execute format('alter table furrow.%I enable row level security', name);
      execute format('alter table furrow.%I force row level security', name);
      execute format('create policy owns on furrow.%I
        using ((select furrow.identity()) in (''furrow_service'', owner))
        with check ((select furrow.identity()) in (''furrow_service'', owner))', name);
    end loop;
  end
$$;

-- By column: nobody gives a job or a service to somebody else.
grant select, insert, delete, update (title, description, process, plan, budget, log_level, status, progress, updated, queued,
  started, ended, lease_until, lease_token, tries, host, pid, leftovers, run, results, usage, log_lines)
  on furrow.job to furrow_service;
grant select, insert, delete on furrow.job_log to furrow_service;
grant select, insert, delete, update (title, description, process, configuration, attributes, enabled, plan, budget, log_level)
  on furrow.service to furrow_service;
