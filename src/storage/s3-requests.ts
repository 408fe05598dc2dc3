import { createHash } from 'node:crypto';
import { Cancelled, InvalidArgument, StorageFailure } from '../errors.ts';
import { splitS3 } from './address.ts';
import { allowHostOf, checkEgress, isAllowedBucket } from './egress.ts';
import { ask, passing } from './http-request.ts';
import { type Attempt, withRetries } from './retry.ts';
import { objectUrl, type S3Options, s3Settings } from './s3-source.ts';
import { signV4 } from './sign-v4.ts';

/** Answers to writes are a few lines of XML. */
const MOST_ANSWER_BYTES = 2 ** 20;
/** Error documents whose request is to be made again, whatever the status they came with. */
const passingCode = /^(InternalError|SlowDown|ServiceUnavailable|RequestTimeout)$/;

export interface S3Request {
  readonly method: 'PUT' | 'POST' | 'DELETE' | 'HEAD';
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  /** Given back like an answer of success: the object or upload is not there. */
  readonly may404?: boolean | undefined;
  /** A refusal is given back (`refusal`), not thrown: what is thrown is then only what may pass, and `Cancelled`. */
  readonly mayRefuse?: boolean | undefined;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly refusal?: StorageFailure | undefined;
}

/** Sends one request, again while it fails in passing; `signal` in place of the options' own. */
export type S3Send = (asked: S3Request, signal?: AbortSignal | undefined) => Promise<S3Answer>;

/**
 * Signed requests about one object, for writing it. Throws `InvalidArgument` without keys or for a bucket that the user did not
 * name; the requests throw `StorageFailure` with what the server says, and `Cancelled`. An error document that comes with
 * status 200, as after a server began to answer (API reference, "CompleteMultipartUpload"), is a failure.
 */
export function s3Requests(address: string, options: S3Options): S3Send {
  const settings = options.settings ?? s3Settings();
  const { credentials, endpoint } = settings;
  const { bucket, key } = splitS3(address);
  const now = options.now ?? (() => new Date());
  if (credentials === undefined)
    throw new InvalidArgument(
      `${address}: writing takes keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  if (endpoint === undefined && !isAllowedBucket(bucket))
    throw new InvalidArgument(
      `${address}: the bucket was not named by you; FURROW_S3_BUCKETS=${bucket} lets your keys be used on it`,
    );
  let region = settings.region;
  if (endpoint) allowHostOf(objectUrl(bucket, key, region, settings));
  return (
    { method, query = {}, body = new Uint8Array(0), may404 = false, mayRefuse = false },
    signal = options.signal,
  ) =>
    withRetries(
      `writing ${address}`,
      async (): Promise<Attempt<S3Answer>> => {
        const url = objectUrl(bucket, key, region, settings);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
        checkEgress(url);
        const payloadHash = createHash('sha256').update(body).digest('hex');
        const extra: Record<string, string> = settings.requesterPays
          ? { 'x-amz-request-payer': 'requester' }
          : {};
        const signing = { payloadHash, service: 's3', region, credentials, date: now() };
        const headers = signV4({ method, url, headers: extra, ...signing });
        const outcome = await exchange({ url, method, headers, body }, address, signal);
        if (!('value' in outcome)) return outcome;
        const { status, text, headers: answered } = outcome.value;
        const { code, reason } = refusalOf(text);
        if (code === undefined && ((status >= 200 && status < 300) || (may404 && status === 404)))
          return outcome;
        if (may404 && status === 404 && code === 'NoSuchUpload') return outcome;
        if (status === 408 || status === 429 || status >= 500)
          return { passing: `the server answered ${status}` };
        if (passingCode.test(code ?? '')) return { passing: `the server answered ${status} (${reason})` };
        const right = answered['x-amz-bucket-region'];
        if (typeof right === 'string' && right !== region && /^[a-z0-9-]+$/.test(right)) {
          region = right;
          return { passing: `the bucket lies in ${right}` };
        }
        const refusal = new StorageFailure(`${address}: the server refuses with ${status} (${reason})`);
        if (mayRefuse) return { value: { ...outcome.value, refusal } };
        throw refusal;
      },
      { ...options, signal },
    );
}

async function exchange(
  {
    url,
    method,
    headers,
    body,
  }: Required<Pick<S3Request, 'method' | 'body'>> & {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  },
  address: string,
  signal: AbortSignal | undefined,
): Promise<Attempt<S3Answer>> {
  try {
    const answer = await ask(url, { method, headers, body: method === 'HEAD' ? null : body }, signal);
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of answer.body) {
      if (!(piece instanceof Uint8Array)) continue;
      size += piece.length;
      if (size > MOST_ANSWER_BYTES) break;
      pieces.push(Buffer.from(piece));
    }
    const text = Buffer.concat(pieces).toString('utf8');
    return { value: { status: answer.statusCode, headers: answer.headers, text } };
  } catch (error) {
    if (signal?.aborted) throw new Cancelled(`writing ${address} was cancelled`, { cause: error });
    return passing(error, url, signal);
  }
}

/** What the server's XML says of a refusal; no code where it is no error document. */
function refusalOf(text: string): { readonly code: string | undefined; readonly reason: string } {
  if (!/<Error[\s>]/.test(text)) return { code: undefined, reason: 'no reason given' };
  const [, code = ''] = /<Code>([^<]*)<\/Code>/.exec(text) ?? [];
  const [, message = ''] = /<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  return { code, reason: [code, message].filter(Boolean).join(': ') || 'no reason given' };
}
