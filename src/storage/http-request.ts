import { Agent, type Dispatcher, request } from 'undici';
import { Cancelled, EgressRefused, orCancelled, StorageFailure } from '../errors.ts';
import { limit } from '../limits.ts';
import { checkEgress, forAsker, isAllowedHost, isNamedByUser, publicLookup } from './egress.ts';
import { takeTurn } from './host-turns.ts';
import type { Attempt } from './retry.ts';

/** Redirects followed for one request; browsers follow 20, storage needs one or two. */
const MOST_REDIRECTS = 5;
/** Requests under way as well: what waits for a connection inside the client can be cancelled only once it has one. */
const CONNECTIONS_A_HOST = 16;
/** What proves who asks and who pays does not follow a redirect to another host. */
const staysWithHost = /^(authorization|cookie|x-amz-.*)$/i;
/** Certificates that do not hold: Node's and OpenSSL's names of them. Trying again changes nothing. */
const untrusted = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET)_)/;

/** One pool for hosts that the user allowed, one whose connections go to public addresses only. */
let pools: { readonly allowed: Agent; readonly open: Agent } | undefined;

/** The connections that may be used for an address under the egress policy. */
export function poolFor(url: URL): Agent {
  pools ??= {
    allowed: new Agent({ connections: CONNECTIONS_A_HOST }),
    open: new Agent({ connections: CONNECTIONS_A_HOST, connect: { lookup: publicLookup } }),
  };
  return isAllowedHost(url) ? pools.allowed : pools.open;
}

export interface Asked {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | null | undefined;
}

/**
 * One request over pooled connections, its egress checked by the caller. Rejects as soon as the signal fires: the client itself hears
 * of it only once it has a connection, which a host that hangs delays by 10 s for each of 16 requests.
 */
export async function ask(
  url: URL,
  { method, headers, body = null }: Asked,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData> {
  const milliseconds = limit('requestMs');
  const end = await takeTurn(url.host, CONNECTIONS_A_HOST, signal);
  const answered = request(url, {
    method,
    headers,
    body: body && Buffer.from(body.buffer, body.byteOffset, body.length),
    dispatcher: poolFor(url).compose(heard(signal, end)),
    headersTimeout: milliseconds,
    bodyTimeout: milliseconds,
    signal: signal ?? null,
  });
  answered.catch(end);
  return await orCancelled(answered, signal, `asking ${url.host}`);
}

/**
 * Calls `end` when a request is over, its body too. One that was cancelled before it was sent is dropped by an error of its handler, which
 * leaves the connection to the next; the client's own way to abort it would destroy the connection.
 */
function heard(signal: AbortSignal | undefined, end: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const { onRequestStart, onResponseEnd, onResponseError } = handler;
    // The handler is this request's alone.
    Object.assign(handler, {
      onRequestStart(...start) {
        signal?.throwIfAborted();
        onRequestStart?.apply(handler, start);
      },
      onResponseEnd(...ended) {
        end();
        onResponseEnd?.apply(handler, ended);
      },
      onResponseError(...failed) {
        end();
        onResponseError?.apply(handler, failed);
      },
    } satisfies Dispatcher.DispatchHandler);
    return dispatch(options, handler);
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * One GET over pooled connections, redirects followed under the egress policy (each hop checked; https never to http;
 * credentials do not cross hosts). Whoever takes the answer must read or `dump` its body. A broken connection or a pause
 * longer than `requestMs` is a passing failure. Throws `EgressRefused`, `Cancelled`, `StorageFailure`.
 */
export async function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Attempt<Answer>> {
  // Where a host that the user did not name sends us is its own choice: hosts that the user named are not open to it.
  return isNamedByUser(url)
    ? await follow(url, headers, signal)
    : await forAsker(() => follow(url, headers, signal));
}

async function follow(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Attempt<Answer>> {
  let at = url;
  let sent: Record<string, string> = { 'accept-encoding': 'identity', ...headers };
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    checkEgress(at);
    let response: Dispatcher.ResponseData;
    try {
      response = await ask(at, { method: 'GET', headers: sent }, signal);
    } catch (error) {
      return passing(error, at, signal);
    }
    const answer = {
      status: response.statusCode,
      headers: flat(response.headers),
      url: at,
      body: response.body,
    };
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined)
      return { value: answer };
    discard(answer);
    const next = URL.canParse(location, at.href) ? new URL(location, at.href) : undefined;
    if (next === undefined)
      throw new StorageFailure(`${at.href} redirects to '${location}', which is no address`);
    if (at.protocol === 'https:' && next.protocol !== 'https:')
      throw new EgressRefused(`${at.href} redirects from https to ${next.href}`);
    if (next.host !== at.host || next.protocol !== at.protocol)
      sent = Object.fromEntries(Object.entries(sent).filter(([header]) => !staysWithHost.test(header)));
    at = next;
  }
  throw new StorageFailure(`${url.href} redirects more than ${MOST_REDIRECTS} times`);
}

/** Lets go of a body that nobody will read: a short one to its end, so that the connection can be used again. */
export function discard({ body }: Answer): void {
  // Destroying a body is an error to its listeners, and one without a listener ends the process.
  body.on('error', () => undefined);
  if (body.bodyUsed) body.destroy();
  else body.dump({ limit: 64 * 1024 }).catch(() => undefined);
}

/** A failure of the connection as a passing one; the caller's abort and the egress policy's refusal are thrown. */
export function passing(
  error: unknown,
  url: URL,
  signal: AbortSignal | undefined,
): { passing: string; cause: unknown } {
  if (signal?.aborted) throw new Cancelled(`reading ${url.href} was cancelled`, { cause: error });
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof EgressRefused) throw cause;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND')
    throw new StorageFailure(`${url.host} is not known to the name service`, { cause: error });
  if (untrusted.test(code))
    throw new StorageFailure(
      `${url.host} shows no certificate that holds (${code}); NODE_EXTRA_CA_CERTS names a file with an authority of your own`,
      { cause: error },
    );
  return { passing: `the connection failed (${code || String(error)})`, cause: error };
}

function flat(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}
