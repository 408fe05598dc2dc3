import { InvalidFile, StorageFailure } from '../errors.ts';
import { type Answer, discard, get } from '../storage/http-request.ts';
import { type Attempt, withRetries } from '../storage/retry.ts';

/** Fetches a JSON document; its shape is the caller's to check. */
export type FetchDocument = (url: URL, options?: { signal?: AbortSignal | undefined }) => Promise<unknown>;

/** Key sets and provider descriptions have some kilobytes. */
const mostBytes = 512 * 1024;
const mostMs = 10_000;
const tries = 2;

/**
 * A JSON document over the runtime's HTTP, under its egress policy: at most 512 KiB within 10 s. Throws `EgressRefused`,
 * `StorageFailure`, `InvalidFile`.
 */
export const fetchDocument: FetchDocument = async (url, { signal } = {}) => {
  const late = AbortSignal.timeout(mostMs);
  const until = signal === undefined ? late : AbortSignal.any([signal, late]);
  const text = await withRetries(`asking ${url.href}`, async () => await attempt(url, until), {
    signal: until,
    tries,
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidFile(`${url.href} is not JSON`, { cause });
  }
};

async function attempt(url: URL, signal: AbortSignal): Promise<Attempt<string>> {
  const answered = await get(url, { accept: 'application/json' }, signal);
  if (!('value' in answered)) return answered;
  const { status } = answered.value;
  if (status === 200) return { value: await bodyOf(answered.value) };
  discard(answered.value);
  if (status >= 500 || status === 429) return { passing: `it answers ${status}` };
  throw new StorageFailure(`${url.href} answers ${status}`);
}

async function bodyOf({ body, url }: Answer): Promise<string> {
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
