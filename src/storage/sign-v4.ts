import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SignRequest {
  readonly method: string;
  readonly url: URL;
  /** Signed besides host and date; names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly date: Date;
}

/** Hex SHA-256 of no bytes. */
export const EMPTY_PAYLOAD = createHash('sha256').digest('hex');

/**
 * The headers to send (lower case, `host` left to the connection) with an AWS Signature Version 4 in `authorization`
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html). S3 signs its paths as they are sent,
 * other services encode them once more.
 */
export function signV4(request: SignRequest): Record<string, string> {
  const { method, url, payloadHash, service, region, credentials, date } = request;
  const stamp = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const headers: Record<string, string> = { 'x-amz-date': stamp };
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  if (service === 's3') headers['x-amz-content-sha256'] = payloadHash;
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;

  const signed = Object.entries({ ...headers, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method,
    canonicalPath(url.pathname, service),
    canonicalQuery(url),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    payloadHash,
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  let key: Buffer = Buffer.from(`AWS4${credentials.secretAccessKey}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** RFC 3986 encoding of everything but the unreserved characters. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalPath(path: string, service: string): string {
  const segments = path.split('/').map((segment) => encodeRfc3986(decodeURIComponent(segment)));
  return (service === 's3' ? segments : segments.map(encodeRfc3986)).join('/') || '/';
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&');
}
