import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { packageRoot } from '../../../src/config.ts';
import { copyChunks } from '../../../src/store/copy-out.ts';
import { SetupFailed } from '../../support/setup-failed.ts';
import { type Attack, attacks } from './database-attacks.ts';
import type { House } from './house.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';

const run = promisify(execFile);

export interface DatabaseRoleTrial {
  readonly house: House;
  /** Whose role it is. */
  readonly own: Tenant;
  readonly others: readonly Tenant[];
  readonly tally: Tally;
}

/** The address that `furrow user database` prints for a kernel of that account. */
async function kernelAddress({ postgres, database }: House, account: string): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [join(packageRoot(), 'cli', 'main.ts'), 'user', 'database', account, '--json'],
    { env: { ...process.env, FURROW_STORE: postgres.url(database) } },
  );
  const { url } = JSON.parse(stdout) as { url?: string };
  if (url === undefined) throw new SetupFailed(`furrow user database gives no address: ${stdout}`);
  return url;
}

/**
 * The database role that a kernel of a tenant connects with reads every relation, calls every function of the store and tries what SQL
 * offers to see or change more than it may. What it is shown is looked through for words and numbers of others.
 */
export async function tryDatabaseRole(trial: DatabaseRoleTrial): Promise<void> {
  const { house, own, others, tally } = trial;
  const before = await contents(house);
  const url = await kernelAddress(house, own.name);
  await tryRelations(trial, url);
  await tryFunctions(trial, url);
  await tryCopies(trial, url);
  // Were the role mighty, these same looks would see it.
  const mighty = await open(house.postgres.url(house.database));
  const { shown } = await mighty.ask('select t::text from furrow.parcel t');
  await mighty.end();
  tally.try(
    'a superuser would be seen to see all',
    foreignWord(trial, shown) === undefined ? 'it sees nothing of others' : undefined,
  );
  const [other] = others;
  if (other === undefined) return;
  for (const attack of attacks(own, other)) {
    const session = await open(url);
    try {
      tally.try(`a role of one's own: ${attack.kind}`, await attackProblem(trial, session, attack));
    } finally {
      await session.end();
    }
  }
  tally.try(
    'after all of it the store holds what it held',
    (await contents(house)) === before ? undefined : `before ${before}, now ${await contents(house)}`,
  );
}

interface Session {
  /** Rows, or the error, as text; with the notices that came. */
  ask(sql: string): Promise<{ readonly shown: string; readonly failed: boolean }>;
  end(): Promise<void>;
}

async function open(url: string): Promise<Session> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const notices: string[] = [];
  client.on('notice', (notice) => notices.push([notice.message, notice.detail, notice.hint].join(' ')));
  client.on('error', () => undefined);
  return {
    async ask(sql) {
      notices.length = 0;
      const told = (text: string) => [text, ...notices].join('\n');
      try {
        const answer = await client.query(sql);
        return {
          shown: told(JSON.stringify([answer].flat().map(({ rows }) => rows as unknown))),
          failed: false,
        };
      } catch (error) {
        const {
          message = '',
          detail,
          hint,
          where,
        } = error as { message?: string; detail?: string; hint?: string; where?: string };
        return { shown: told([message, detail, hint, where].join(' ')), failed: true };
      }
    },
    end: () => client.end(),
  };
}

/** Which word of another tenant a text holds; one that was sent comes back in plans and messages. */
function foreignWord({ others }: DatabaseRoleTrial, text: string, sent = ''): string | undefined {
  const seen = others.find(({ inside, mark }) =>
    [inside, mark].some((word) => text.includes(word) && !sent.includes(word)),
  );
  return seen && `it shows what is of ${seen.name}`;
}

async function tryRelations(trial: DatabaseRoleTrial, url: string): Promise<void> {
  const { house, own, tally } = trial;
  const found = await house.service.query<{ relation: string; column: string | null }>(
    `select format('%I.%I', n.nspname, c.relname) as relation, min(a.attname) as column
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attname in ('dataset_id', 'dataset')
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
      group by 1 order by 1`,
  );
  const session = await open(url);
  try {
    let own_rows = 0;
    for (const { relation, column } of found) {
      const { shown, failed } = await session.ask(`select t::text from ${relation} t`);
      const word = foreignWord(trial, shown);
      tally.try("a role of one's own sees in every relation what is its own", word && `${relation}: ${word}`);
      if (failed || column === null) continue;
      const [all, foreign] =
        (
          JSON.parse(
            (
              await session.ask(
                `select count(*)::integer as n, count(*) filter (where ${column} <> ${own.datasetId})::integer as foreign from ${relation}`,
              )
            ).shown,
          ) as { n: number; foreign: number }[][]
        )[0]?.flatMap((row) => [row.n, row.foreign]) ?? [];
      own_rows += all ?? 0;
      tally.try(
        "a role of one's own sees in every relation what is its own",
        foreign === 0 ? undefined : `${relation}: ${foreign} rows of other datasets`,
      );
    }
    tally.try('it does see its own', own_rows > own.pids.length ? undefined : `${own_rows} rows in all`);
  } finally {
    await session.end();
  }
}

/** COPY goes past what a client makes of rows. */
async function tryCopies(trial: DatabaseRoleTrial, url: string): Promise<void> {
  for (const table of [
    'dataset',
    'grants',
    'parcel',
    'extraction',
    'signature',
    'marker',
    'image',
    'layout',
    'sigs',
    'hists',
    'token',
    'account',
    'job',
  ])
    for (const copied of [`furrow.${table}`, `(select * from furrow.${table})`]) {
      const client = new Client({ connectionString: url });
      await client.connect();
      const parts: Buffer[] = [];
      try {
        for await (const part of copyChunks(client, `copy ${copied} to stdout (format binary)`, {
          abandon: false,
        }))
          parts.push(part);
      } catch (error) {
        parts.push(Buffer.from(String(error)));
      } finally {
        await client.end();
      }
      const word = foreignWord(trial, Buffer.concat(parts).toString('latin1'));
      trial.tally.try('COPY gives nothing of others', word && `copy ${copied}: ${word}`);
    }
}

/** Every function of the store's schema, with arguments that name what is another's. */
async function tryFunctions(trial: DatabaseRoleTrial, url: string): Promise<void> {
  const { house, others, tally } = trial;
  const [other] = others;
  const found = await house.service.query<{ name: string; types: string[] }>(
    `select p.oid::regproc::text as name, array(select format_type(t, null) from unnest(p.proargtypes) t) as types
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'furrow' and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype`,
  );
  const values: Readonly<Record<string, readonly string[]>> = {
    integer: [String(other?.datasetId)],
    bigint: ['1'],
    smallint: ['1::smallint'],
    text: [`'${other?.name}'`, `'furrow_service'`, `'postgres'`, `'signature_1'`],
    date: [`'2026-03-13'`],
    'date[]': [`'{2026-03-13}'`],
    'text[]': [`'{B04}'`],
    boolean: ['true'],
  };
  for (const { name, types } of found) {
    const ways = Math.max(1, ...types.map((type) => values[type]?.length ?? 1));
    for (let way = 0; way < ways; way++) {
      const list = types.map((type) => values[type]?.[way % values[type].length] ?? `null::${type}`);
      const session = await open(url);
      try {
        const { shown } = await session.ask(`begin; select * from ${name}(${list.join(', ')}); rollback`);
        const word = foreignWord(trial, shown);
        tally.try(
          'functions of the store tell nothing of others',
          word && `${name}(${list.join(', ')}): ${word}`,
        );
      } finally {
        await session.end();
      }
    }
  }
}

async function attackProblem(
  trial: DatabaseRoleTrial,
  session: Session,
  { statements, must }: Attack,
): Promise<string | undefined> {
  for (const [at, sql] of statements.entries()) {
    const { shown, failed } = await session.ask(sql);
    const word = foreignWord(trial, shown, sql);
    if (word !== undefined) return `${sql}: ${word}`;
    const last = at === statements.length - 1;
    if (last && must === 'fail' && !failed) return `${sql}: is not refused: ${shown.slice(0, 200)}`;
    if (last && must !== undefined && must !== 'fail' && (failed || !shown.includes(must)))
      return `${sql}: gives ${shown.slice(0, 200)}, not ${must}`;
  }
  return undefined;
}

/** A checksum of all that hangs on datasets, as the service sees it. */
async function contents({ service }: House): Promise<string> {
  const parts = [
    'dataset',
    'grants',
    'parcel',
    'extraction',
    'signature',
    'histogram',
    'marker',
    'account',
    'token',
    'membership',
    'image',
    'layout',
  ].map(
    (table) =>
      `select '${table}' as name, count(*), coalesce(sum(hashtext(${table === 'account' ? 't.name || t.enabled' : 't::text'})::bigint), 0) as sum from furrow.${table} t`,
  );
  return JSON.stringify(await service.texts(`${parts.join(' union all ')} order by 1`));
}
