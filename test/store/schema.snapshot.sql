-- roles
role furrow_owner
role furrow_service
role furrow_user

-- tables
table account (owner furrow_owner, row security forced)
table archive (owner furrow_owner, row security forced)
table archive_file (owner furrow_owner, row security forced)
table dataset (owner furrow_owner, row security forced)
view dias_catalogue (owner furrow_owner, security_invoker=true)
table extraction (owner furrow_owner, row security forced)
table grants (owner furrow_owner, row security forced)
table groups (owner furrow_owner, row security forced)
table histogram (owner furrow_owner, row security forced) partition by LIST (dataset_id)
view hists (owner furrow_owner, security_invoker=true)
table image (owner furrow_owner, row security forced)
table job (owner furrow_owner, row security forced)
table job_log (owner furrow_owner, row security forced)
table layout (owner furrow_owner, row security forced)
table marker (owner furrow_owner, row security forced)
table membership (owner furrow_owner, row security forced)
table migration (owner furrow_owner, row security forced)
table parcel (owner furrow_owner, row security forced)
table rewritten (owner furrow_owner, row security forced)
table service (owner furrow_owner, row security forced)
table signature (owner furrow_owner, row security forced) partition by LIST (dataset_id)
view sigs (owner furrow_owner, security_invoker=true)
table token (owner furrow_owner, row security forced)
table weather (owner furrow_owner, row security forced)
table weather_grid (owner furrow_owner, row security forced)

-- columns
account.name text not null
account.kind text not null
account.password text
account.issuer text
account.subject text
account.title text
account.enabled boolean not null default true
account.role_oid oid
account.made_at timestamp with time zone not null default now()
archive.dataset_id integer not null
archive.month date not null
archive.run uuid not null
archive.location text not null
archive.status text not null default 'copied'::text
archive.checksum text not null
archive.taken_at timestamp with time zone not null
archive.verified_at timestamp with time zone not null default clock_timestamp()
archive.detached_at timestamp with time zone
archive.archived_by text not null default furrow.identity()
archive_file.dataset_id integer not null
archive_file.month date not null
archive_file.name text not null
archive_file.kind text not null
archive_file.layout_id smallint
archive_file.first_pid bigint not null
archive_file.last_pid bigint not null
archive_file.rows integer not null
archive_file.bytes bigint not null
archive_file.footer integer not null
archive_file.sha256 text not null
dataset.id integer not null identity
dataset.name text not null
dataset.aoi text
dataset.year integer
dataset.kind text
dataset.srid integer
dataset.attributes jsonb not null default '{}'::jsonb
dataset.fingerprint text
dataset.owner text not null default furrow.identity()
dataset.layouts smallint not null default 0
dias_catalogue.obsid integer
dias_catalogue.obstime timestamp without time zone
dias_catalogue.reference text
dias_catalogue.sensor text
dias_catalogue.collection text
dias_catalogue.dataset_id integer
dias_catalogue.status text
dias_catalogue.footprint geometry(Geometry,4326)
extraction.dataset_id integer not null
extraction.image_id integer not null
extraction.datetime timestamp with time zone not null
extraction.recipe text not null
extraction.status text not null default 'waiting'::text
extraction.lease_until timestamp with time zone
extraction.lease_token uuid
extraction.tries integer not null default 0
extraction.error text
extraction.rows integer
extraction.finished_at timestamp with time zone
extraction.version text
extraction.files text
extraction.choice text
extraction.finished_with uuid
extraction.written boolean not null default false
grants.dataset_id integer not null
grants.role text not null
grants.access text not null default 'read'::text
grants.granted_by text not null default furrow.identity()
groups.name text not null
groups.made_at timestamp with time zone not null default now()
histogram.dataset_id integer not null
histogram.day date not null
histogram.pid bigint not null
histogram.image_id integer not null
histogram.band text not null
histogram.counts integer[] not null
hists.pid bigint
hists.obsid integer
hists.hist json
hists.band text
hists.day date
hists.dataset_id integer
image.id integer not null identity
image.collection text not null
image.reference text not null
image.sensor text not null
image.datetime timestamp with time zone not null
image.footprint geometry(Geometry,4326)
image.platform text
image.cloud real
image.acquisition text
image.assets jsonb not null default '{}'::jsonb
image.dataset_id integer not null
job.id text not null
job.owner text not null
job.title text
job.description text
job.process json not null
job.plan text
job.budget double precision
job.log_level text not null default 'info'::text
job.status text not null default 'created'::text
job.progress real not null default 0
job.created timestamp with time zone not null default clock_timestamp()
job.updated timestamp with time zone not null default clock_timestamp()
job.queued timestamp with time zone
job.started timestamp with time zone
job.ended timestamp with time zone
job.lease_until timestamp with time zone
job.lease_token uuid
job.tries integer not null default 0
job.host text
job.pid integer
job.leftovers json not null default '[]'::json
job.run text
job.results json
job.usage json
job.log_lines integer not null default 0
job_log.job_id text not null
job_log.owner text not null
job_log.n integer not null
job_log.time timestamp with time zone not null default clock_timestamp()
job_log.level text not null
job_log.message text not null
job_log.code text
job_log.data json
layout.id smallint not null
layout.sensor text not null
layout.bands text[] not null
layout.stats text[] not null
layout.dataset_id integer not null
marker.dataset_id integer not null
marker.pid bigint not null
marker.kind text not null
marker.day_from date not null
marker.day_at date not null
marker.day_to date not null
marker.value double precision
marker.rule text not null
membership.account text not null
membership.member_of text not null
migration.id integer not null
migration.checksum text not null
migration.applied_at timestamp with time zone not null default now()
parcel.dataset_id integer not null
parcel.pid bigint not null
parcel.label text not null
parcel.geom geometry(Geometry,4326) not null
parcel.area double precision not null
parcel.crop text
parcel.attributes jsonb not null default '{}'::jsonb
rewritten.dataset_id integer not null
rewritten.month date not null
rewritten.rows bigint not null
rewritten.finished_at timestamp with time zone not null default clock_timestamp()
service.id text not null
service.owner text not null
service.type text not null
service.title text
service.description text
service.process json not null
service.configuration json not null default '{}'::json
service.attributes json not null default '{}'::json
service.enabled boolean not null default true
service.plan text
service.budget double precision
service.log_level text not null default 'info'::text
service.created timestamp with time zone not null default clock_timestamp()
signature.dataset_id integer not null
signature.day date not null
signature.pid bigint not null
signature.image_id integer not null
signature.n integer not null
signature.layout_id smallint not null
signature.v real[] not null
sigs.pid bigint
sigs.obsid integer
sigs.band text
sigs.count integer
sigs.mean real
sigs.std real
sigs.min real
sigs.max real
sigs.p25 real
sigs.p50 real
sigs.p75 real
sigs.day date
sigs.dataset_id integer
token.id integer not null identity
token.account text not null
token.hash bytea not null
token.scopes text[] not null
token.label text
token.origin text not null
token.made_at timestamp with time zone not null
token.expires_at timestamp with time zone not null
token.used_on date
weather.dataset_id integer not null
weather.grid_id bigint not null
weather.day date not null
weather.tmin real
weather.tmax real
weather.tmean real
weather.prec real
weather_grid.dataset_id integer not null
weather_grid.grid_id bigint not null
weather_grid.cell geometry(Geometry,4326) not null

-- constraints
account: CHECK ((((kind = 'oidc'::text) = (issuer IS NOT NULL)) AND ((kind = 'oidc'::text) = (subject IS NOT NULL))))
account: CHECK (((kind = 'oidc'::text) = (name ~~ 'oidc.%'::text)))
account: CHECK (((name ~ '^[a-z][a-z0-9._-]{0,62}$'::text) AND (name !~ '^(furrow|pg_)'::text) AND (name <> ALL (ARRAY['postgres'::text, 'public'::text, 'none'::text]))))
account: CHECK (((password IS NULL) OR (kind = 'local'::text)))
account: CHECK ((kind = ANY (ARRAY['local'::text, 'oidc'::text])))
account: PRIMARY KEY (name)
account: UNIQUE (issuer, subject)
archive: CHECK (((detached_at IS NOT NULL) = (status = 'detached'::text)))
archive: CHECK ((location <> ''::text))
archive: CHECK ((month = (date_trunc('month'::text, (month)::timestamp with time zone))::date))
archive: CHECK ((status = ANY (ARRAY['copied'::text, 'detached'::text])))
archive: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
archive: PRIMARY KEY (dataset_id, month)
archive_file: CHECK (((layout_id IS NOT NULL) = (kind = 'signature'::text)))
archive_file: CHECK ((kind = ANY (ARRAY['signature'::text, 'histogram'::text])))
archive_file: CHECK ((name <> ''::text))
archive_file: FOREIGN KEY (dataset_id, month) REFERENCES furrow.archive(dataset_id, month) ON DELETE CASCADE
archive_file: PRIMARY KEY (dataset_id, month, name)
dataset: CHECK ((name <> ''::text))
dataset: PRIMARY KEY (id)
dataset: UNIQUE (name, owner)
extraction: CHECK (((status = 'claimed'::text) = (lease_token IS NOT NULL)))
extraction: CHECK (((status = 'claimed'::text) = (lease_until IS NOT NULL)))
extraction: CHECK ((status = ANY (ARRAY['waiting'::text, 'claimed'::text, 'done'::text, 'failed'::text, 'dropped'::text])))
extraction: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
extraction: FOREIGN KEY (dataset_id, image_id) REFERENCES furrow.image(dataset_id, id)
extraction: PRIMARY KEY (dataset_id, image_id)
grants: CHECK ((access = ANY (ARRAY['read'::text, 'write'::text])))
grants: CHECK ((role <> ''::text))
grants: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
grants: PRIMARY KEY (dataset_id, role)
groups: CHECK (((name ~ '^[a-z][a-z0-9._-]{0,62}$'::text) AND (name !~ '^(furrow|pg_)'::text) AND (name <> ALL (ARRAY['postgres'::text, 'public'::text, 'none'::text]))))
groups: PRIMARY KEY (name)
image: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
image: PRIMARY KEY (dataset_id, id)
image: UNIQUE (dataset_id, collection, reference)
job: CHECK (((progress >= (0)::double precision) AND (progress <= (100)::double precision)))
job: CHECK (((run IS NULL) = (results IS NULL)))
job: CHECK (((status <> 'finished'::text) OR (run IS NOT NULL)))
job: CHECK (((status = 'running'::text) = (lease_token IS NOT NULL)))
job: CHECK (((status = 'running'::text) = (lease_until IS NOT NULL)))
job: CHECK ((id ~ '^[A-Za-z0-9_.~-]{1,64}$'::text))
job: CHECK ((log_level = ANY (ARRAY['error'::text, 'warning'::text, 'info'::text, 'debug'::text])))
job: CHECK ((owner <> ''::text))
job: CHECK ((status = ANY (ARRAY['created'::text, 'queued'::text, 'running'::text, 'canceled'::text, 'finished'::text, 'error'::text])))
job: PRIMARY KEY (id)
job: UNIQUE (id, owner)
job_log: CHECK ((level = ANY (ARRAY['error'::text, 'warning'::text, 'info'::text, 'debug'::text])))
job_log: FOREIGN KEY (job_id, owner) REFERENCES furrow.job(id, owner) ON DELETE CASCADE
job_log: PRIMARY KEY (job_id, n)
layout: CHECK ((cardinality(bands) > 0))
layout: CHECK ((cardinality(stats) > 0))
layout: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
layout: PRIMARY KEY (dataset_id, id)
marker: CHECK (((day_from <= day_at) AND (day_at <= day_to)))
marker: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
marker: PRIMARY KEY (dataset_id, pid, kind, day_from, rule)
membership: FOREIGN KEY (account) REFERENCES furrow.account(name) ON DELETE CASCADE
membership: FOREIGN KEY (member_of) REFERENCES furrow.groups(name) ON DELETE CASCADE
membership: PRIMARY KEY (account, member_of)
migration: PRIMARY KEY (id)
parcel: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
parcel: PRIMARY KEY (dataset_id, pid)
rewritten: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
rewritten: PRIMARY KEY (dataset_id, month)
service: CHECK ((id ~ '^[A-Za-z0-9_.~-]{1,64}$'::text))
service: CHECK ((log_level = ANY (ARRAY['error'::text, 'warning'::text, 'info'::text, 'debug'::text])))
service: CHECK ((owner <> ''::text))
service: CHECK ((type = 'xyz'::text))
service: PRIMARY KEY (id)
token: CHECK ((cardinality(scopes) > 0))
token: CHECK ((octet_length(hash) = 32))
token: CHECK ((origin = ANY (ARRAY['login'::text, 'administrator'::text])))
token: FOREIGN KEY (account) REFERENCES furrow.account(name) ON DELETE CASCADE
token: PRIMARY KEY (id)
token: UNIQUE (hash)
weather: FOREIGN KEY (dataset_id, grid_id) REFERENCES furrow.weather_grid(dataset_id, grid_id) ON DELETE CASCADE
weather: PRIMARY KEY (dataset_id, grid_id, day)
weather_grid: FOREIGN KEY (dataset_id) REFERENCES furrow.dataset(id) ON DELETE CASCADE
weather_grid: PRIMARY KEY (dataset_id, grid_id)

-- indexes
CREATE INDEX extraction_open ON furrow.extraction USING btree (dataset_id, datetime, image_id) WHERE (status = ANY (ARRAY['waiting'::text, 'claimed'::text]))
CREATE INDEX image_datetime ON furrow.image USING btree (dataset_id, datetime)
CREATE INDEX job_open ON furrow.job USING btree (queued) WHERE (status = ANY (ARRAY['queued'::text, 'running'::text]))
CREATE INDEX job_owner ON furrow.job USING btree (owner, created)
CREATE INDEX membership_of ON furrow.membership USING btree (member_of)
CREATE INDEX parcel_geom ON furrow.parcel USING gist (geom)
CREATE INDEX parcel_label ON furrow.parcel USING btree (dataset_id, label)
CREATE INDEX service_owner ON furrow.service USING btree (owner, created)
CREATE INDEX token_account ON furrow.token USING btree (account)
CREATE INDEX weather_grid_cell ON furrow.weather_grid USING gist (cell)
CREATE UNIQUE INDEX account_issuer_subject_key ON furrow.account USING btree (issuer, subject)
CREATE UNIQUE INDEX account_pkey ON furrow.account USING btree (name)
CREATE UNIQUE INDEX archive_file_pkey ON furrow.archive_file USING btree (dataset_id, month, name)
CREATE UNIQUE INDEX archive_pkey ON furrow.archive USING btree (dataset_id, month)
CREATE UNIQUE INDEX dataset_name_owner_key ON furrow.dataset USING btree (name, owner)
CREATE UNIQUE INDEX dataset_pkey ON furrow.dataset USING btree (id)
CREATE UNIQUE INDEX extraction_pkey ON furrow.extraction USING btree (dataset_id, image_id)
CREATE UNIQUE INDEX grants_pkey ON furrow.grants USING btree (dataset_id, role)
CREATE UNIQUE INDEX groups_pkey ON furrow.groups USING btree (name)
CREATE UNIQUE INDEX image_dataset_id_collection_reference_key ON furrow.image USING btree (dataset_id, collection, reference)
CREATE UNIQUE INDEX image_pkey ON furrow.image USING btree (dataset_id, id)
CREATE UNIQUE INDEX job_id_owner_key ON furrow.job USING btree (id, owner)
CREATE UNIQUE INDEX job_log_pkey ON furrow.job_log USING btree (job_id, n)
CREATE UNIQUE INDEX job_pkey ON furrow.job USING btree (id)
CREATE UNIQUE INDEX layout_pkey ON furrow.layout USING btree (dataset_id, id)
CREATE UNIQUE INDEX marker_pkey ON furrow.marker USING btree (dataset_id, pid, kind, day_from, rule)
CREATE UNIQUE INDEX membership_pkey ON furrow.membership USING btree (account, member_of)
CREATE UNIQUE INDEX migration_pkey ON furrow.migration USING btree (id)
CREATE UNIQUE INDEX parcel_pkey ON furrow.parcel USING btree (dataset_id, pid)
CREATE UNIQUE INDEX rewritten_pkey ON furrow.rewritten USING btree (dataset_id, month)
CREATE UNIQUE INDEX service_pkey ON furrow.service USING btree (id)
CREATE UNIQUE INDEX token_hash_key ON furrow.token USING btree (hash)
CREATE UNIQUE INDEX token_pkey ON furrow.token USING btree (id)
CREATE UNIQUE INDEX weather_grid_pkey ON furrow.weather_grid USING btree (dataset_id, grid_id)
CREATE UNIQUE INDEX weather_pkey ON furrow.weather USING btree (dataset_id, grid_id, day)

-- policies
account service for all to public
  using (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
  check (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
archive deletes for delete to public
  using ((dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable))) AND (status = 'copied'::text))
archive inserts for insert to public
  check ((dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable))) AND (status = 'copied'::text) AND (archived_by = ( SELECT furrow.identity() AS identity)))
archive owner_updates for update to furrow_owner
  using true
  check true
archive reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
archive updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check ((dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable))) AND (status = 'copied'::text))
archive_file inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
archive_file reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
dataset deletes for delete to public
  using ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
dataset inserts for insert to public
  check ((owner = ( SELECT furrow.identity() AS identity)) OR (( SELECT furrow.identity() AS identity) = 'furrow_service'::text))
dataset owner_reads for select to furrow_owner
  using true
dataset owner_updates for update to furrow_owner
  using true
  check true
dataset reads for select to public
  using ((( SELECT furrow.identity() AS identity) = ANY (ARRAY['furrow_service'::text, owner])) OR (id IN ( SELECT g.dataset_id
   FROM furrow.grants g
  WHERE ((g.role = ANY (ARRAY['public'::text, furrow.identity()])) OR (g.role = ANY (ARRAY( SELECT ('group:'::text || m.member_of)
           FROM furrow.membership m
          WHERE (m.account = furrow.identity()))))))))
dataset updates for update to public
  using (id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
extraction deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
extraction inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
extraction reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
extraction updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
grants deletes for delete to public
  using furrow.owns(dataset_id)
grants inserts for insert to public
  check (furrow.owns(dataset_id) AND (granted_by = ( SELECT furrow.identity() AS identity)))
grants owner_reads for select to furrow_owner
  using true
grants reads for select to public
  using ((role = 'public'::text) OR (( SELECT furrow.identity() AS identity) = ANY (ARRAY['furrow_service'::text, role, granted_by])) OR (role = ANY (ARRAY( SELECT ('group:'::text || m.member_of)
   FROM furrow.membership m
  WHERE (m.account = furrow.identity())))))
grants updates for update to public
  using furrow.owns(dataset_id)
  check furrow.owns(dataset_id)
groups service for all to public
  using (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
  check (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
histogram deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
histogram inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
histogram reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
histogram updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
image deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
image inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
image reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
image updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
job owns for all to public
  using ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
  check ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
job_log owns for all to public
  using ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
  check ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
layout owner_inserts for insert to furrow_owner
  check true
layout reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
marker deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
marker inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
marker reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
marker updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
membership owner_reads for select to furrow_owner
  using true
membership reads for select to public
  using (account = furrow.identity())
membership service for all to public
  using (furrow.identity() = 'furrow_service'::text)
  check (furrow.identity() = 'furrow_service'::text)
migration owner_inserts for insert to furrow_owner
  check true
migration reads for select to public
  using true
parcel deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
parcel inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
parcel reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
parcel updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
rewritten deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
rewritten owner_inserts for insert to furrow_owner
  check true
rewritten owner_updates for update to furrow_owner
  using true
  check true
rewritten reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
service owns for all to public
  using ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
  check ((( SELECT furrow.identity() AS identity) = 'furrow_service'::text) OR (( SELECT furrow.identity() AS identity) = owner))
signature deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
signature inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
signature reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
signature updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
token service for all to public
  using (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
  check (( SELECT furrow.identity() AS identity) = 'furrow_service'::text)
weather deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
weather inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
weather reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
weather updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
weather_grid deletes for delete to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
weather_grid inserts for insert to public
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
weather_grid reads for select to public
  using (dataset_id = ANY (ARRAY( SELECT d.id
   FROM furrow.dataset d)))
weather_grid updates for update to public
  using (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))
  check (dataset_id = ANY (ARRAY( SELECT furrow.writable() AS writable)))

-- grants
account: furrow_service may delete, insert, select, update
archive: furrow_service may delete, insert, select
archive: furrow_service may update detached_at, status
archive: furrow_user may delete, insert, select
archive: furrow_user may update detached_at, status
archive_file: furrow_service may insert, select
archive_file: furrow_user may insert, select
dataset: furrow_service may delete, insert, select
dataset: furrow_service may update aoi, attributes, fingerprint, kind, name, srid, year
dataset: furrow_user may delete, insert, select
dataset: furrow_user may update aoi, attributes, fingerprint, kind, name, srid, year
dias_catalogue: furrow_service may select
dias_catalogue: furrow_user may select
extraction: furrow_service may delete, insert, select, update
extraction: furrow_user may delete, insert, select, update
grants: furrow_service may delete, insert, select
grants: furrow_service may update access
grants: furrow_user may delete, insert, select
grants: furrow_user may update access
groups: furrow_service may delete, insert, select, update
histogram: furrow_service may delete, insert, select, update
histogram: furrow_user may delete, insert, select, update
hists: furrow_service may select
hists: furrow_user may select
image: furrow_service may delete, insert, select
image: furrow_service may update acquisition, assets, cloud, datetime, footprint, platform, sensor
image: furrow_user may delete, insert, select
image: furrow_user may update acquisition, assets, cloud, datetime, footprint, platform, sensor
job: furrow_service may delete, insert, select
job: furrow_service may update budget, description, ended, host, lease_token, lease_until, leftovers, log_level, log_lines, pid, plan, process, progress, queued, results, run, started, status, title, tries, updated, usage
job_log: furrow_service may delete, insert, select
layout: furrow_service may select
layout: furrow_user may select
marker: furrow_service may delete, insert, select, update
marker: furrow_user may delete, insert, select, update
membership: furrow_service may delete, insert, select, update
membership: furrow_user may select
membership: unknown (OID=0) may select
migration: furrow_service may select
migration: furrow_user may select
parcel: furrow_service may delete, insert, select, update
parcel: furrow_user may delete, insert, select, update
rewritten: furrow_service may delete, select
rewritten: furrow_user may delete, select
service: furrow_service may delete, insert, select
service: furrow_service may update attributes, budget, configuration, description, enabled, log_level, plan, process, title
signature: furrow_service may delete, insert, select, update
signature: furrow_user may delete, insert, select, update
sigs: furrow_service may select
sigs: furrow_user may select
token: furrow_service may delete, insert, select, update
weather: furrow_service may delete, insert, select, update
weather: furrow_user may delete, insert, select, update
weather_grid: furrow_service may delete, insert, select, update
weather_grid: furrow_user may delete, insert, select, update

-- functions
CREATE OR REPLACE FUNCTION furrow.caller_may_write(dataset integer)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
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
  $function$

-- may be called by: furrow_owner
CREATE OR REPLACE FUNCTION furrow.check_dataset_name()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    begin
      if tg_op = 'UPDATE' and new.name = old.name then
        return new;
      end if;
      if position('/' in new.name) > 0 then
        raise exception 'a dataset cannot be called ''%'': / stands between owner and name', new.name using errcode = 'check_violation';
      end if;
      -- A writer that could rename would learn from a refusal what else the owner has.
      if tg_op = 'UPDATE' and not furrow.owns(old.id) and current_setting('is_superuser') <> 'on' then
        raise exception 'dataset % is renamed by its owner alone', old.id using errcode = 'insufficient_privilege';
      end if;
      return new;
    end
  $function$
CREATE OR REPLACE FUNCTION furrow.detach_month(dataset integer, day date, expected uuid)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  $function$

-- may be called by: furrow_owner, furrow_service, furrow_user
CREATE OR REPLACE FUNCTION furrow.ensure_layout(dataset integer, sensor text, bands text[], stats text[])
 RETURNS smallint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  $function$

-- may be called by: furrow_owner, furrow_service, furrow_user
CREATE OR REPLACE FUNCTION furrow.ensure_partitions(dataset integer, days date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
  $function$

-- may be called by: furrow_owner, furrow_service, furrow_user
CREATE OR REPLACE FUNCTION furrow.identity()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN furrow.identity_of((CURRENT_USER)::text)
CREATE OR REPLACE FUNCTION furrow.identity_of(who text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN ((SESSION_USER = 'furrow_service'::name) AND (who = 'furrow_service'::text)) THEN NULLIF(current_setting('furrow.identity'::text, true), ''::text) ELSE who END
CREATE OR REPLACE PROCEDURE furrow.index_images(IN month regclass)
 LANGUAGE plpgsql
AS $procedure$
    begin
      execute format('create index on %s using brin (image_id) with (pages_per_range = 32, autosummarize = on)', month);
    end
  $procedure$

-- may be called by: furrow_owner
CREATE OR REPLACE FUNCTION furrow.month_checksum(dataset integer, day date)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET extra_float_digits TO '1'
 SET "DateStyle" TO 'ISO'
AS $function$
    select
      (select count(*) || ':' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0) from furrow.signature s
        where s.dataset_id = dataset and s.day >= date_trunc('month', $2)::date
          and s.day < (date_trunc('month', $2) + interval '1 month')::date)
      || ' ' ||
      (select count(*) || ':' || coalesce(sum(hashtextextended(h::text, 0)::numeric), 0) from furrow.histogram h
        where h.dataset_id = dataset and h.day >= date_trunc('month', $2)::date
          and h.day < (date_trunc('month', $2) + interval '1 month')::date)
  $function$
CREATE OR REPLACE FUNCTION furrow.month_lock(dataset integer, day date)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select (6083752::bigint << 40)
      + ((dataset::bigint << 12) + ((extract(year from day)::integer - 1950) * 12 + extract(month from day)::integer)) % (1::bigint << 40)
  $function$

-- may be called by: furrow_owner, furrow_service, furrow_user, public
CREATE OR REPLACE FUNCTION furrow.owns(dataset integer)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
    begin
      return furrow.identity() = 'furrow_service'
        or exists (select 1 from furrow.dataset d where d.id = dataset and d.owner = furrow.identity());
    end
  $function$
CREATE OR REPLACE FUNCTION furrow.rewrite_month(dataset integer, day date)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET work_mem TO '64MB'
AS $function$
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
  $function$

-- may be called by: furrow_owner, furrow_service, furrow_user
CREATE OR REPLACE FUNCTION furrow.writable()
 RETURNS SETOF integer
 LANGUAGE plpgsql
 STABLE
AS $function$
    begin
      return query
        select d.id from furrow.dataset d
        where furrow.identity() in ('furrow_service', d.owner)
          or d.id in (select g.dataset_id from furrow.grants g
            where g.access = 'write' and (g.role = furrow.identity() or g.role in (
              select 'group:' || m.member_of from furrow.membership m where m.account = furrow.identity())));
    end
  $function$

-- triggers
CREATE TRIGGER check_name BEFORE INSERT OR UPDATE OF name ON furrow.dataset FOR EACH ROW EXECUTE FUNCTION furrow.check_dataset_name()

-- views
view dias_catalogue as
 SELECT id AS obsid,
    (datetime AT TIME ZONE 'UTC'::text) AS obstime,
    reference,
    sensor,
    collection,
    dataset_id,
        CASE status
            WHEN 'waiting'::text THEN 'ingested'::text
            WHEN 'claimed'::text THEN 'inprogress'::text
            WHEN 'done'::text THEN 'extracted'::text
            ELSE COALESCE(error, status)
        END AS status,
    footprint
   FROM (furrow.image i
     LEFT JOIN furrow.extraction e ON (((dataset_id = dataset_id) AND (image_id = id))));
view hists as
 SELECT pid,
    image_id AS obsid,
    ( SELECT COALESCE(json_object_agg((class - 1), pixels ORDER BY class) FILTER (WHERE (pixels > 0)), '{}'::json) AS "coalesce"
           FROM unnest(counts) WITH ORDINALITY c(pixels, class)) AS hist,
    band,
    day,
    dataset_id
   FROM furrow.histogram h;
view sigs as
 SELECT pid,
    image_id AS obsid,
    band,
    n AS count,
    v[(first + array_position(stats, 'mean'::text))] AS mean,
    v[(first + array_position(stats, 'std'::text))] AS std,
    v[(first + array_position(stats, 'min'::text))] AS min,
    v[(first + array_position(stats, 'max'::text))] AS max,
    v[(first + array_position(stats, 'p25'::text))] AS p25,
    v[(first + array_position(stats, 'p50'::text))] AS p50,
    v[(first + array_position(stats, 'p75'::text))] AS p75,
    day,
    dataset_id
   FROM ((furrow.signature s
     JOIN furrow.layout l ON (((dataset_id = dataset_id) AND (id = layout_id))))
     CROSS JOIN LATERAL ( SELECT band,
            (((number)::integer - 1) * cardinality(stats)) AS first
           FROM unnest(bands) WITH ORDINALITY u(band, number)) b);

