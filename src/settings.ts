import { InvalidArgument } from './errors.ts';

/** One variable of the environment: what it sets, and its default in words (`value` where the default is a plain text). */
interface Setting {
  readonly variable: string;
  readonly group: 'data' | 'storage' | 'server' | 'accounts' | 'jobs' | 'kernel';
  readonly what: string;
  readonly value?: string;
  /** Left out of logs and error texts. */
  readonly secret?: true;
}

const table = {
  data: {
    variable: 'FURROW_DATA',
    group: 'data',
    what: 'Folder of everything that is written: demo season, embedded store, results. Default: .furrow beside package.json.',
  },
  store: {
    variable: 'FURROW_STORE',
    group: 'data',
    what: 'postgres:// address of a PostgreSQL with PostGIS. Default: the embedded store in the data folder.',
    secret: true,
  },
  collections: {
    variable: 'FURROW_COLLECTIONS',
    group: 'data',
    what: 'Collections by name, as name=address pairs separated by commas; demo is always there.',
  },
  egressAllow: {
    variable: 'FURROW_EGRESS_ALLOW',
    group: 'storage',
    what: 'Hosts beyond the public Internet that addresses from data and requests may reach, as host:port separated by commas.',
  },
  s3Buckets: {
    variable: 'FURROW_S3_BUCKETS',
    group: 'storage',
    what: 'Buckets that are read and written with the keys of the environment, separated by commas; * at the end stands for any rest.',
  },
  verifyReads: {
    variable: 'FURROW_VERIFY_READS',
    group: 'storage',
    what: 'twice: ranges read without any checksum are asked for until two answers are alike; checksums: they are taken.',
    value: 'checksums',
  },
  s3Keys: {
    variable: 'AWS_*',
    group: 'storage',
    what: 'Keys, region and endpoint of object storage, as the AWS tools name them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE with AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL; and as GDAL names them: AWS_NO_SIGN_REQUEST, AWS_REQUEST_PAYER, AWS_VIRTUAL_HOSTING.',
    secret: true,
  },
  results: {
    variable: 'FURROW_RESULTS',
    group: 'storage',
    what: 'Where results of jobs are kept: a folder or s3://bucket/prefix. Default: results in the data folder.',
  },
  host: { variable: 'FURROW_HOST', group: 'server', what: 'Address to listen on.', value: '127.0.0.1' },
  port: {
    variable: 'FURROW_PORT',
    group: 'server',
    what: 'Port to listen on; 0 takes a free one.',
    value: '8080',
  },
  url: {
    variable: 'FURROW_URL',
    group: 'server',
    what: 'Public address of the server as its users see it, for links. Default: the address it listens on.',
  },
  origins: {
    variable: 'FURROW_ALLOW_ORIGINS',
    group: 'server',
    what: 'Origins whose pages may call the server (CORS), separated by commas; * for any, which is the default with accounts. Without accounts the default is none.',
  },
  secret: {
    variable: 'FURROW_SECRET',
    group: 'server',
    what: 'At least 32 characters; links to results are signed with it. Servers behind one address share it. Default: one that is made once and kept in the data folder.',
    secret: true,
  },
  logLevel: {
    variable: 'FURROW_LOG',
    group: 'server',
    what: 'Least level of log lines: debug, info, warn, error or silent.',
    value: 'info',
  },
  metricsToken: {
    variable: 'FURROW_METRICS_TOKEN',
    group: 'server',
    what: 'Bearer token that /metrics asks for. Without it the metrics are given to clients on this machine only.',
    secret: true,
  },
  trustProxy: {
    variable: 'FURROW_TRUST_PROXY',
    group: 'server',
    what: 'Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas. Default: none.',
  },
  token: {
    variable: 'FURROW_TOKEN',
    group: 'accounts',
    what: 'Without accounts: a token that every request must show, for machines with several users, all of whom reach the loopback address. At least 16 characters.',
    secret: true,
  },
  accounts: {
    variable: 'FURROW_ACCOUNTS',
    group: 'accounts',
    what: 'on: everybody who asks has an account; needs PostgreSQL. off: one person, on a loopback address only.',
    value: 'off',
  },
  tokenDays: {
    variable: 'FURROW_TOKEN_DAYS',
    group: 'accounts',
    what: 'Days until a token ends that somebody gets by logging in.',
    value: '30',
  },
  oidcIssuer: {
    variable: 'FURROW_OIDC_ISSUER',
    group: 'accounts',
    what: 'Issuer address of an OpenID Connect provider whose users may log in; https, or http on a host of FURROW_EGRESS_ALLOW or this machine. Default: none.',
  },
  oidcClients: {
    variable: 'FURROW_OIDC_CLIENTS',
    group: 'accounts',
    what: 'Ids of the clients whose tokens are taken, separated by commas: aud, azp or client_id of a token must be one of them.',
  },
  oidcDefaultClient: {
    variable: 'FURROW_OIDC_DEFAULT_CLIENT',
    group: 'accounts',
    what: 'Id of a public client (device code with PKCE) that openEO clients may use when their user has none. Its tokens are taken.',
  },
  oidcId: {
    variable: 'FURROW_OIDC_ID',
    group: 'accounts',
    what: 'Short name of the provider: up to 20 of a-z, 0-9 and dash, a letter first. Part of the names of its accounts, so it stays.',
    value: 'oidc',
  },
  oidcTitle: {
    variable: 'FURROW_OIDC_TITLE',
    group: 'accounts',
    what: 'Title of the provider, for people.',
    value: 'OpenID Connect',
  },
  oidcScopes: {
    variable: 'FURROW_OIDC_SCOPES',
    group: 'accounts',
    what: 'Scopes that clients ask the provider for, separated by commas.',
    value: 'openid',
  },
  oidcNew: {
    variable: 'FURROW_OIDC_NEW',
    group: 'accounts',
    what: 'on: whoever the provider lets in gets an account at first sight. off: only who was added by furrow user add --subject. A provider that lets anybody in needs off.',
    value: 'on',
  },
  servicePassword: {
    variable: 'FURROW_SERVICE_PASSWORD',
    group: 'accounts',
    what: 'Password that furrow store prepare gives the database role furrow_service: 16 to 256 printable ASCII characters.',
    secret: true,
  },
  jobSlots: {
    variable: 'FURROW_JOB_SLOTS',
    group: 'jobs',
    what: 'Batch jobs that run at a time on one machine; 0: this server runs none, furrow worker does.',
    value: '2',
  },
  jobMemory: {
    variable: 'FURROW_JOB_MEMORY',
    group: 'jobs',
    what: 'MiB of memory that one batch job may take.',
    value: '4096',
  },
  jobMinutes: {
    variable: 'FURROW_JOB_MINUTES',
    group: 'jobs',
    what: 'Minutes that one batch job may take.',
    value: '1440',
  },
  jobThreads: {
    variable: 'FURROW_JOB_THREADS',
    group: 'jobs',
    what: 'Worker threads of one batch job, or of one process that answers requests.',
    value: '2',
  },
  runners: {
    variable: 'FURROW_RUNNERS',
    group: 'jobs',
    what: 'Processes kept ready for process graphs whose caller waits, and for tiles of services.',
    value: '2',
  },
  runnerMemory: {
    variable: 'FURROW_RUNNER_MEMORY',
    group: 'jobs',
    what: 'MiB of memory that one of these processes may take.',
    value: '2048',
  },
  types: {
    variable: 'FURROW_TYPES',
    group: 'kernel',
    what: 'What the type check of a cell does: off, warn or strict.',
    value: 'warn',
  },
  languageIdle: {
    variable: 'FURROW_LANGUAGE_IDLE',
    group: 'kernel',
    what: 'Seconds after which an idle language service ends; 0: at once, never: never.',
    value: '300',
  },
  history: {
    variable: 'FURROW_HISTORY',
    group: 'kernel',
    what: "Folder of the history of cells, none for nowhere. Default: beside IPython's where IPYTHONDIR is set, else in the user's data folder.",
  },
  backgrounds: {
    variable: 'FURROW_BACKGROUNDS',
    group: 'server',
    what: 'Sources of background pictures, as name=template pairs separated by commas; a template is an address with {z}, {x} and {y}. The first is the usual one.',
  },
  cbmCompat: {
    variable: 'FURROW_CBM_COMPAT',
    group: 'server',
    what: 'on: /query answers errors with an empty object, and some identifiers as numbers, as clients of the old service expect. off: problem documents and texts.',
    value: 'off',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof table;

/** All settings, for the page of their reference. */
export const settings: Readonly<Record<SettingName, Setting>> = table;

/** The text in force: the environment's where it is set and not empty, else the default; undefined where there is none. */
export function setting(name: SettingName, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { variable, value }: Setting = table[name];
  return environment[variable] || value;
}

/** A setting that is one of some words. Throws `InvalidArgument`, which names the variable, for any other. */
export function wordSetting<const Word extends string>(
  name: SettingName,
  words: readonly Word[],
  environment: NodeJS.ProcessEnv = process.env,
): Word {
  const text = setting(name, environment);
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new InvalidArgument(`${table[name].variable} must be ${words.join(' or ')}, not '${text}'`);
}

/** A setting that is a whole number in a range. Throws `InvalidArgument`, which names the variable. */
export function numberSetting(
  name: SettingName,
  [least, most]: readonly [number, number],
  environment: NodeJS.ProcessEnv = process.env,
): number {
  const text = setting(name, environment);
  const number = Number(text);
  if (text !== undefined && Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw new InvalidArgument(
    `${table[name].variable} must be a whole number from ${least} to ${most}, not '${text}'`,
  );
}

/** A setting that is a list separated by commas. */
export function listSetting(
  name: SettingName,
  environment: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  return (setting(name, environment) ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
