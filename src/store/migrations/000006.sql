-- Accounts, their groups and tokens. Who manages them is the service for itself: acting for somebody it sees what that one sees.

create table furrow.account (
  -- Also the name of the database role of that person, where there is one: what it may see is decided by the name alone.
  name text primary key check (
    name ~ '^[a-z][a-z0-9._-]{0,62}$' and name !~ '^(furrow|pg_)' and name not in ('postgres', 'public', 'none')),
  kind text not null check (kind in ('local', 'oidc')),
  -- scrypt with its parameters; null: no password opens this account.
  password text check (password is null or kind = 'local'),
  -- Whom the identity provider knows it as.
  issuer text,
  subject text,
  title text,
  enabled boolean not null default true,
  -- The database role that was made for it. A role of that name with another number is somebody else's.
  role_oid oid,
  made_at timestamptz not null default now(),
  unique (issuer, subject),
  check ((kind = 'oidc') = (issuer is not null) and (kind = 'oidc') = (subject is not null)),
  -- Names of the two kinds never meet.
  check ((kind = 'oidc') = (name like 'oidc.%'))
);

create table furrow.groups (
  name text primary key check (name ~ '^[a-z][a-z0-9._-]{0,62}$' and name !~ '^(furrow|pg_)' and name not in ('postgres', 'public', 'none')),
  made_at timestamptz not null default now()
);

create table furrow.membership (
  account text not null references furrow.account on delete cascade,
  member_of text not null references furrow.groups on delete cascade,
  primary key (account, member_of)
);
create index membership_of on furrow.membership (member_of);

create table furrow.token (
  id integer generated always as identity primary key,
  account text not null references furrow.account on delete cascade,
  -- SHA-256 of the token, which nobody keeps but who was given it.
  hash bytea not null unique check (octet_length(hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  label text,
  -- login: made by whoever showed a password, and ends with that password.
  origin text not null check (origin in ('login', 'administrator')),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_on date
);
create index token_account on furrow.token (account);

do $$
  declare
    name text;
  begin
    foreach name in array array['account', 'groups', 'membership', 'token'] loop
      execute format('alter table furrow.%I enable row level security', name);
      execute format('alter table furrow.%I force row level security', name);
      execute format('create policy service on furrow.%I using ((select furrow.identity()) = ''furrow_service'')
        with check ((select furrow.identity()) = ''furrow_service'')', name);
    end loop;
  end
$$;
-- Everybody may know the own groups: the policies below ask for them.
create policy reads on furrow.membership for select using (account = furrow.identity());
create policy owner_reads on furrow.membership for select to furrow_owner using (true);

grant select, insert, update, delete on furrow.account, furrow.groups, furrow.membership, furrow.token to furrow_service;
grant select on furrow.membership to furrow_user;

-- A grant to group:NAME counts for the members of that group. Their names are looked up once a statement.
alter policy reads on furrow.dataset using (
  (select furrow.identity()) in ('furrow_service', owner)
  or id = any (array(select g.dataset_id from furrow.grants g where g.role in ('public', furrow.identity())
    or g.role = any (array(select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())))));
alter policy reads on furrow.grants using (
  role = 'public' or (select furrow.identity()) in ('furrow_service', role, granted_by)
  or role = any (array(select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())));

create or replace function furrow.writable() returns setof integer
  language plpgsql stable
  as $$
    begin
      return query
        select d.id from furrow.dataset d
        where furrow.identity() in ('furrow_service', d.owner)
          or d.id in (select g.dataset_id from furrow.grants g
            where g.access = 'write' and (g.role = furrow.identity() or g.role in (
              select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())));
    end
  $$;

create or replace function furrow.caller_may_write(dataset integer) returns boolean
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
            where g.dataset_id = d.id and g.access = 'write' and (g.role = identity or g.role in (
              select 'group:' || m.member_of from furrow.membership m where m.account = identity)))));
    end
  $$;
