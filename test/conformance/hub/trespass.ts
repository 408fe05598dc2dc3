import type { Page } from 'playwright-core';
import { packageRoot } from '../../../src/config.ts';
import { askKernel } from '../../support/notebook-page.ts';
import type { Check } from '../suite.ts';
import type { Hub } from './hub-server.ts';
import type { School } from './school.ts';
import type { SystemUser } from './system-users.ts';

/** What a student has that another must not get at, as that student's own kernel tells it. */
export interface Belongings {
  readonly user: SystemUser;
  readonly notebook: string;
  readonly connectionFile: string;
  readonly runtime: string;
  readonly socket: string;
  /** Where kernel and formats put files of their own. */
  readonly temporary: string;
  readonly serverPort: number;
  readonly cellProcess: number;
  readonly dataset: string;
  readonly cog: string;
}

/** A thing that is tried: code whose value tells what was got; the owner's own kernel must get it, unless nobody may. */
interface Try {
  readonly what: string;
  readonly code: string;
  /** How a stranger is refused; anything else is a hole. */
  readonly refused: RegExp;
  /** Also refused to whom the belongings are: it is the hub's or the teacher's. */
  readonly nobody?: boolean;
}

/** A name in the store for what a student measured alone. */
export const ownDataset = (name: string): string => `own-of-${name}`;

/** Cells that give a student something of its own, and tell where it is. */
export function belongingsCode(name: string): string {
  return `await (async () => {
    const fs = await import('node:fs/promises');
    const temporary = (await import('node:os')).tmpdir();
    const runtime = process.env.JUPYTER_RUNTIME_DIR;
    const files = await fs.readdir(runtime);
    const newest = async (pattern) => (await Promise.all(files.filter((file) => pattern.test(file))
      .map(async (file) => [(await fs.stat(runtime + '/' + file)).mtimeMs, runtime + '/' + file]))).sort((a, b) => b[0] - a[0])[0]?.[1];
    const connectionFile = await newest(/^kernel-.*\\.json$/);
    const socket = await newest(/-ipc-1$/);
    const server = JSON.parse(await fs.readFile(await newest(/^jpserver-.*\\.json$/), 'utf8'));
    const { Fields } = await import('${packageRoot()}/dist/src/session/fields.js');
    const mineOnly = new Fields({ name: ${JSON.stringify(ownDataset(name))}, crs: fields.crs, parcels: fields.parcels.slice(0, 5) });
    await extract({ collection: season, parcels: mineOnly, time: ['2026-06-01', '2026-06-20'] });
    console.log(JSON.stringify({ runtime, temporary, connectionFile, socket, serverPort: server.port, cellProcess: process.pid,
      notebook: process.cwd() + '/01-when-is-a-crop-greenest.ipynb', cog: saved[0], dataset: mineOnly.name }));
  })();`;
}

export function triesOf(theirs: Belongings, hub: Hub, school: School): Try[] {
  const text = (value: unknown) => JSON.stringify(value);
  const { user, dataset } = theirs;
  const noFile = /EACCES|EPERM/;
  const fs = (call: string) => `const fs = await import('node:fs/promises'); return ${call};`;
  const sql = (...statements: readonly string[]) => `
    const { default: pg } = await import('${packageRoot()}/node_modules/pg/lib/index.js');
    const client = new pg.Client({ connectionString: process.env.FURROW_STORE });
    await client.connect();
    try {
      let rows;
      for (const statement of ${text(statements)}) ({ rows } = await client.query(statement));
      if (rows.length === 0 || rows[0].count === '0') throw new Error('no rows');
      return rows.length;
    } finally { await client.end(); }`;
  const rowsOf = `select count(*) from furrow.signature s join furrow.dataset d on d.id = s.dataset_id where d.name = '${dataset}'`;
  const object = (what: string) => `
    const { openS3 } = await import('${packageRoot()}/dist/src/storage/s3-source.js');
    const { putObject } = await import('${packageRoot()}/dist/src/storage/put-object.js');
    ${what}`;
  const beside = theirs.cog.replace(/[^/]+$/, 'planted.bin');
  const ask = (url: string, token: string) => `
    const answer = await fetch(${text(url)}, { headers: { authorization: 'token ' + ${token} } });
    const body = await answer.text();
    if (!answer.ok) throw new Error('status ' + answer.status);
    return body.length;`;
  const ownToken = 'process.env.JUPYTERHUB_API_TOKEN';
  return [
    {
      what: 'file: the notebook is read',
      code: fs(`(await fs.readFile(${text(theirs.notebook)})).length`),
      refused: noFile,
    },
    {
      what: 'file: the home is listed',
      code: fs(`(await fs.readdir(${text(user.home)})).length`),
      refused: noFile,
    },
    {
      what: 'file: one is written into the home',
      code: fs(`(await fs.writeFile(${text(`${user.home}/work/planted.txt`)}, 'x'), 'written')`),
      refused: noFile,
    },
    {
      what: 'file: the data folder is entered',
      code: fs(`(await fs.readdir(${text(`${user.home}/.cache`)})).length`),
      refused: noFile,
    },
    {
      what: 'file: temporary ones are listed',
      code: fs(`(await fs.readdir(${text(theirs.temporary)})).length + ' files'`),
      refused: noFile,
    },
    {
      what: 'connection file: it is read',
      code: fs(`JSON.parse(await fs.readFile(${text(theirs.connectionFile)}, 'utf8')).key.length`),
      refused: noFile,
    },
    {
      what: 'connection file: their folder is listed',
      code: fs(`(await fs.readdir(${text(theirs.runtime)})).length`),
      refused: noFile,
    },
    {
      what: "socket: the kernel's is connected to",
      code: `const net = await import('node:net');
        return await new Promise((resolve, reject) => {
          const socket = net.connect(${text(theirs.socket)}, () => { socket.destroy(); resolve('connected'); });
          socket.on('error', reject);
        });`,
      refused: noFile,
    },
    {
      what: "socket: the server's port answers with files",
      code: ask(`http://127.0.0.1:${theirs.serverPort}/user/${user.name}/api/contents`, ownToken),
      refused: /status (403|404)/,
    },
    {
      what: "socket: the server lists its kernels through the hub's proxy",
      code: ask(`${hub.address}user/${user.name}/api/kernels`, ownToken),
      refused: /status (403|404)/,
    },
    {
      what: 'process: its environment is read',
      code: fs(`(await fs.readFile('/proc/${theirs.cellProcess}/environ')).length`),
      refused: noFile,
    },
    {
      what: 'process: it is signalled',
      code: `return process.kill(${theirs.cellProcess}, 0);`,
      refused: /EPERM/,
    },
    { what: 'rows: they are counted', code: sql(rowsOf), refused: /no rows/ },
    {
      what: 'rows: they are counted through the view of the long form',
      code: sql(
        `select count(*) from furrow.sigs s join furrow.dataset d on d.id = s.dataset_id where d.name = '${dataset}'`,
      ),
      refused: /no rows/,
    },
    {
      what: 'rows: the dataset is opened by name',
      code: `return (await parcels(${text(dataset)})).parcels.length;`,
      refused: /DatasetNotFound|no dataset|there is no/,
    },
    {
      what: "rows: they are counted under the owner's identity variable",
      code: sql(`set furrow.identity = '${user.name}'`, rowsOf),
      refused: /no rows/,
    },
    {
      what: 'rows: they are counted in the role of the owner',
      code: sql(`set role "${user.name}"`, rowsOf),
      refused: /permission denied/,
    },
    {
      what: 'rows: they are deleted',
      code: sql(`delete from furrow.signature where dataset_id in (select id from furrow.dataset where name = '${dataset}')
        and pid = (select min(pid) from furrow.parcel p join furrow.dataset d on d.id = p.dataset_id where d.name = '${dataset}') returning pid`),
      refused: /no rows/,
    },
    {
      what: 'prefix: the saved image is read',
      code: object(`return await (await openS3(${text(theirs.cog)})).size();`),
      refused: /403/,
    },
    {
      what: 'prefix: an object is written there',
      code: object(`return (await putObject(${text(beside)}, Buffer.from('x')), 'written');`),
      refused: /403/,
    },
    {
      what: "teacher's: parcels of the course are changed",
      code: sql(`update furrow.parcel set crop = 'weeds' where dataset_id =
        (select id from furrow.dataset where name = '${school.dataset}') returning pid`),
      refused: /no rows|row-level security/,
      nobody: true,
    },
    {
      what: "teacher's: the dataset is removed",
      code: sql(`delete from furrow.dataset where name = '${school.dataset}' returning id`),
      refused: /no rows/,
      nobody: true,
    },
    {
      what: "teacher's: a right to write is taken",
      code: sql(`insert into furrow.grants (dataset_id, role, access) select id, current_user, 'write'
        from furrow.dataset where name = '${school.dataset}' returning role`),
      refused: /row-level security/,
      nobody: true,
    },
    {
      what: "teacher's: a raster is replaced",
      code: object(`return (await putObject(${text(school.collection)}, Buffer.from('{}')), 'written');`),
      refused: /403/,
      nobody: true,
    },
    {
      what: "hub's: its folder is listed",
      code: fs(`(await fs.readdir(${text(hub.data)})).length`),
      refused: noFile,
      nobody: true,
    },
    {
      what: "hub's: its environment is read",
      code: fs(`(await fs.readFile('/proc/${hub.pid}/environ')).length`),
      refused: noFile,
      nobody: true,
    },
    {
      what: "hub's: keys of the storage's administrator are read",
      code: fs(`(await fs.readFile(${text(school.keysFile)})).length`),
      refused: noFile,
      nobody: true,
    },
    {
      what: "hub's: users are listed by its interface",
      code: ask(`${hub.address}hub/api/users`, ownToken),
      refused: /status 403/,
      nobody: true,
    },
    {
      what: "hub's: routes are listed by the proxy's interface",
      code: ask(hub.proxyApi, ownToken),
      refused: /status 403/,
      nobody: true,
    },
  ];
}

/**
 * Tries all of it from the kernel of a page. As a stranger each try must be refused in its way; as the owner (the control that the
 * try would find something) it must succeed, what nobody may apart.
 */
export async function tryAll(
  page: Page,
  tries: readonly Try[],
  { from, as }: { readonly from: string; readonly as: 'stranger' | 'owner' },
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { what, code, refused, nobody = false } of tries) {
    if (as === 'owner' && nobody) continue;
    const told = await askKernel(
      page,
      `await (async () => {
        try { console.log('GOT ' + await (async () => { ${code} })()); }
        catch (error) { console.log('REFUSED ' + (error?.name ?? '') + ' ' + (error?.code ?? '') + ' ' + (error?.message ?? error)); }
      })()`,
    );
    const passed =
      as === 'owner' ? told.startsWith('GOT ') : told.startsWith('REFUSED ') && refused.test(told);
    const name = `${from}, ${as}: ${what}`;
    checks.push(
      passed ? { name, status: 'passed' } : { name, status: 'failed', message: told.slice(0, 800) },
    );
  }
  return checks;
}
