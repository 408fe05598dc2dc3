import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { SetupFailed } from '../../support/setup-failed.ts';

type JsonObject = { readonly [key: string]: unknown };

export interface ShownJob {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
}

/** A file of a result as it arrived. */
export interface ArrivedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One person's openEO client, as far as batch jobs go. */
export class JobClient {
  readonly #authorization: Readonly<Record<string, string>>;

  constructor(authorization: string | undefined) {
    this.#authorization = authorization === undefined ? {} : { authorization };
  }

  /** Logs in by name and password. */
  static async login(url: string, name: string, password: string): Promise<JobClient> {
    const basic = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
    const answer = await fetch(`${url}/openeo/1.2/credentials/basic`, { headers: { authorization: basic } });
    const { access_token: token } = (await answer.json()) as { access_token?: string };
    if (token === undefined) throw new SetupFailed(`${name} cannot log in: ${answer.status}`);
    return new JobClient(`Bearer basic//${token}`);
  }

  async #ask(method: string, url: string, body?: JsonObject): Promise<Response> {
    const answer = await fetch(url, {
      method,
      headers: { ...this.#authorization, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status < 300) return answer;
    throw new SetupFailed(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  }

  async create(url: string, process: JsonObject): Promise<string> {
    const answer = await this.#ask('POST', `${url}/openeo/1.2/jobs`, { process });
    return answer.headers.get('openeo-identifier') ?? '';
  }

  async start(url: string, id: string): Promise<void> {
    await this.#ask('POST', `${url}/openeo/1.2/jobs/${id}/results`);
  }

  async cancel(url: string, id: string): Promise<void> {
    await this.#ask('DELETE', `${url}/openeo/1.2/jobs/${id}/results`);
  }

  async list(url: string): Promise<ShownJob[]> {
    const answer = await this.#ask('GET', `${url}/openeo/1.2/jobs`);
    return ((await answer.json()) as { jobs: ShownJob[] }).jobs;
  }

  async messages(url: string, id: string): Promise<{ level: string; message: string }[]> {
    const answer = await this.#ask('GET', `${url}/openeo/1.2/jobs/${id}/logs`);
    return ((await answer.json()) as { logs: { level: string; message: string }[] }).logs;
  }

  /** Every file of the result, downloaded by its signed address. */
  async files(url: string, id: string): Promise<ArrivedFile[]> {
    const answer = await this.#ask('GET', `${url}/openeo/1.2/jobs/${id}/results`);
    const { assets } = (await answer.json()) as {
      assets: Record<string, { href: string; roles?: readonly string[] }>;
    };
    const files: ArrivedFile[] = [];
    for (const [name, { href, roles = [] }] of Object.entries(assets)) {
      if (!roles.includes('data')) continue;
      const file = await fetch(href);
      const bytes = Buffer.from(await file.arrayBuffer());
      if (file.status !== 200) throw new SetupFailed(`${href}: ${file.status}`);
      files.push({ name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    }
    return files.sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Waits until `enough` of these jobs are in one of the states. */
  async until(
    url: string,
    ids: readonly string[],
    {
      states,
      enough = ids.length,
      withinMs,
    }: { states: readonly string[]; enough?: number; withinMs: number },
  ): Promise<Map<string, ShownJob>> {
    const end = performance.now() + withinMs;
    for (;;) {
      const all = new Map((await this.list(url)).map((job) => [job.id, job]));
      const there = ids.filter((id) => states.includes(all.get(id)?.status ?? 'lost'));
      if (there.length >= enough || performance.now() > end) return all;
      await pause(100);
    }
  }
}
