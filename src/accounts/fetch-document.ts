import { Agent, type Dispatcher, request } from 'undici';
import { InvalidFile, StorageFailure } from '../errors.ts';
import { checkEgress } from '../storage/egress.ts';
import { passing, poolFor } from '../storage/http-request.ts';
import { type Attempt, withRetries } from '../storage/retry.ts';

/** Fetches a JSON document; its shape is the caller's to check. */
export type FetchDocument = (url: URL, options?: { signal?: AbortSignal | undefined }) => Promise<unknown>;

/** Key sets and provider descriptions have some kilobytes. */
const mostBytes = 512 * 1024;
const mostMs = 10_000;
const tries = 2;

/**
 * Fetches from the host that the administrator named, wherever it is, and from others under the egress policy. The host is allowed
 * here alone: addresses in requests and data still do not reach it. A document has at most 512 KiB and comes within 10 s; redirects
 * are not followed. Throws `EgressRefused`, `StorageFailure`, `InvalidFile`.
 */
export function documentFetcher(named: URL): FetchDocument {
  let own: Agent | undefined;
  const poolOf = (url: URL): Dispatcher => {
    if (url.protocol === named.protocol && url.host === named.host)
      return (own ??= new Agent({ connections: 4 }));
    checkEgress(url);
    return poolFor(url);
  };
  return async (url, { signal } = {}) => {
    const late = AbortSignal.timeout(mostMs);
    const until = signal === undefined ? late : AbortSignal.any([signal, late]);
    const dispatcher = poolOf(url);
    const text = await withRetries(
      `asking ${url.href}`,
      async () => await attempt(url, dispatcher, until, signal),
      { signal, tries },
    );
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new InvalidFile(`${url.href} is not JSON`, { cause });
    }
  };
}

async function attempt(
  url: URL,
  dispatcher: Dispatcher,
  until: AbortSignal,
  signal: AbortSignal | undefined,
): Promise<Attempt<string>> {
  try {
    const { statusCode, body } = await request(url, {
      headers: { accept: 'application/json' },
      dispatcher,
      signal: until,
    });
    if (statusCode === 200) return { value: await textOf(url, body) };
    body.on('error', () => undefined);
    body.dump({ limit: 64 * 1024 }).catch(() => undefined);
    if (statusCode >= 500 || statusCode === 429) return { passing: `it answers ${statusCode}` };
    throw new StorageFailure(`${url.href} answers ${statusCode}`);
  } catch (error) {
    if (error instanceof StorageFailure || error instanceof InvalidFile) throw error;
    if (until.aborted && !signal?.aborted)
      throw new StorageFailure(`${url.href} does not answer within ${mostMs / 1000} s`, { cause: error });
    return passing(error, url, signal);
  }
}

async function textOf(url: URL, body: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of body) {
    if (!(part instanceof Uint8Array)) throw new InvalidFile(`${url.href}: no bytes`);
    total += part.length;
    if (total > mostBytes) throw new InvalidFile(`${url.href} has more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
