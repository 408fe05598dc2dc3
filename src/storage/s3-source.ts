import { InvalidArgument } from '../errors.ts';
import { splitS3 } from './address.ts';
import { awsProfile } from './aws-profile.ts';
import { allowHostOf, isAllowedBucket } from './egress.ts';
import { type HttpOptions, openHttp } from './http-source.ts';
import type { RetryOptions } from './retry.ts';
import { type Credentials, EMPTY_PAYLOAD, encodeRfc3986, signV4 } from './sign-v4.ts';
import type { ByteSource } from './source.ts';

/** How to reach object storage; from the environment by `s3Settings`. */
export interface S3Settings {
  readonly endpoint: URL | undefined;
  readonly region: string;
  /** Undefined: requests go unsigned. */
  readonly credentials: Credentials | undefined;
  readonly virtualHosts: boolean | undefined;
  readonly requesterPays: boolean;
}

export interface S3Options extends RetryOptions {
  readonly settings?: S3Settings | undefined;
}

/**
 * Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION (or AWS_DEFAULT_REGION),
 * AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL), and, under GDAL's names, AWS_NO_SIGN_REQUEST, AWS_VIRTUAL_HOSTING and
 * AWS_REQUEST_PAYER. Keys and region that it does not give are the profile's (`awsProfile`). Without keys requests go unsigned.
 */
export function s3Settings(environment: NodeJS.ProcessEnv = process.env): S3Settings {
  const yes = (text: string | undefined): boolean => /^(yes|true|on|1)$/i.test(text ?? '');
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL;
  if (endpoint && !URL.canParse(endpoint))
    throw new InvalidArgument(`AWS_ENDPOINT_URL is no address: '${endpoint}'`);
  const accessKeyId = environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
  const sessionToken = environment.AWS_SESSION_TOKEN || undefined;
  const profile = awsProfile(environment);
  const credentials =
    accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : profile.credentials;
  return {
    endpoint: endpoint ? new URL(endpoint) : undefined,
    region: environment.AWS_REGION || environment.AWS_DEFAULT_REGION || profile.region || 'us-east-1',
    credentials: yes(environment.AWS_NO_SIGN_REQUEST) ? undefined : credentials,
    virtualHosts: environment.AWS_VIRTUAL_HOSTING ? yes(environment.AWS_VIRTUAL_HOSTING) : undefined,
    requesterPays: environment.AWS_REQUEST_PAYER === 'requester',
  };
}

/**
 * The http address of an object: the bucket in the host name on AWS, in the path at an endpoint of one's own or when a
 * dot in the bucket's name would break the certificate; `virtualHosts` decides otherwise. Throws `InvalidArgument` for a key that no URL can carry.
 */
export function objectUrl(bucket: string, key: string, region: string, settings: S3Settings): URL {
  const segments = key.split('/');
  if (key === '' || segments.includes('.') || segments.includes('..'))
    throw new InvalidArgument(
      `s3://${bucket}/${key}: a key may not be empty or have '.' or '..' between slashes`,
    );
  const base = settings.endpoint ?? new URL(`https://s3.${region}.amazonaws.com`);
  const inHost = settings.virtualHosts ?? (settings.endpoint === undefined && !bucket.includes('.'));
  const path = segments.map(encodeRfc3986).join('/');
  const root = base.pathname.replace(/\/$/, '');
  const host = inHost ? `${bucket}.${base.host}` : base.host;
  return new URL(`${base.protocol}//${host}${root}/${inHost ? '' : `${bucket}/`}${path}`);
}

/**
 * An object of S3 or of storage that speaks its protocol, signed with AWS Signature Version 4 where the user configured the
 * endpoint or named the bucket (`isAllowedBucket`), else read without keys. A bucket in another region than the configured one is
 * found by the answer's `x-amz-bucket-region` or its error document. An endpoint in the environment is the operator's word, so the egress
 * policy allows it. The bytes of whole objects are held against the checksum that the store keeps.
 */
export async function openS3(address: string, options: S3Options = {}): Promise<ByteSource> {
  const { url, ...access } = s3Access(address, options);
  return openHttp(url, { ...options, ...access });
}

/** The address of an object, how each request to it is prepared, and what a refusal means. */
export interface S3Access {
  readonly url: URL;
  readonly name: string;
  readonly prepare: NonNullable<HttpOptions['prepare']>;
  readonly adjust: NonNullable<HttpOptions['adjust']>;
  readonly advise: NonNullable<HttpOptions['advise']>;
}

/** How `openS3` reaches an object. Throws `InvalidArgument` for an address that is none. */
export function s3Access(address: string, options: S3Options = {}): S3Access {
  const settings = options.settings ?? s3Settings();
  const now = options.now ?? (() => new Date());
  const { bucket, key } = splitS3(address);
  let region = settings.region;
  const first = objectUrl(bucket, key, region, settings);
  if (settings.endpoint) allowHostOf(first);
  const named = settings.endpoint !== undefined || isAllowedBucket(bucket);
  const credentials = named ? settings.credentials : undefined;
  return {
    url: first,
    name: address,
    prepare: (asked) => {
      const url = objectUrl(bucket, key, region, settings);
      const headers: Record<string, string> = { ...asked, 'x-amz-checksum-mode': 'ENABLED' };
      if (settings.requesterPays && named) headers['x-amz-request-payer'] = 'requester';
      if (credentials === undefined) return { url, headers };
      const payload = { payloadHash: EMPTY_PAYLOAD, service: 's3', region, credentials, date: now() };
      return { url, headers: signV4({ method: 'GET', url, headers, ...payload }) };
    },
    adjust: ({ headers }, refusal) => {
      const right = headers['x-amz-bucket-region'] ?? refusal.region;
      if (right === undefined || right === region || !/^[a-z0-9-]+$/.test(right)) return false;
      region = right;
      return true;
    },
    advise: (status) => {
      if (status !== 401 && status !== 403) return undefined;
      if (!named && settings.credentials)
        return `its bucket was named by data, so it was asked for without your keys; FURROW_S3_BUCKETS=${bucket} lets them be used`;
      if (settings.credentials === undefined)
        return 'it was asked for without keys; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE';
      return 'check the keys, AWS_REGION, the clock, and AWS_REQUEST_PAYER=requester where the reader pays';
    },
  };
}
