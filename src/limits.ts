import { InvalidArgument, LimitExceeded } from './errors.ts';

/** One budget: what it bounds, its default, and the environment variable that overrides it. */
interface Limit {
  readonly what: string;
  readonly value: number;
  readonly variable: string;
}

const MiB = 2 ** 20;

const defaults = {
  headerBytes: { what: 'bytes of one TIFF header', value: 16 * MiB, variable: 'FURROW_MAX_HEADER_BYTES' },
  readBytes: { what: 'bytes of one read request', value: 256 * MiB, variable: 'FURROW_MAX_READ_BYTES' },
  tileBytes: {
    what: 'decoded bytes of one tile or strip',
    value: 256 * MiB,
    variable: 'FURROW_MAX_TILE_BYTES',
  },
  windowBytes: { what: 'bytes of one pixel window', value: 1024 * MiB, variable: 'FURROW_MAX_WINDOW_BYTES' },
  rasterSide: {
    what: 'pixels along one side of a raster',
    value: 2 ** 20,
    variable: 'FURROW_MAX_RASTER_SIDE',
  },
  rasterBands: { what: 'bands of one raster', value: 4096, variable: 'FURROW_MAX_RASTER_BANDS' },
  tileCacheBytes: {
    what: 'bytes of decoded tiles kept',
    value: 256 * MiB,
    variable: 'FURROW_TILE_CACHE_BYTES',
  },
  codecMs: {
    what: 'milliseconds that a codec in a worker may take for one tile',
    value: 30_000,
    variable: 'FURROW_MAX_CODEC_MS',
  },
  cubeBytes: {
    what: 'bytes of one data cube in memory',
    value: 2048 * MiB,
    variable: 'FURROW_MAX_CUBE_BYTES',
  },
  cubePlanes: {
    what: 'planes (dates x bands) of one data cube',
    value: 1_000_000,
    variable: 'FURROW_MAX_CUBE_PLANES',
  },
  chunkBytes: {
    what: 'bytes of one chunk of a data cube',
    value: 128 * MiB,
    variable: 'FURROW_MAX_CHUNK_BYTES',
  },
  archiveEntries: {
    what: 'members of one zip or tar archive',
    value: 100_000,
    variable: 'FURROW_MAX_ARCHIVE_ENTRIES',
  },
  archiveIndexBytes: {
    what: 'bytes of the directory of one archive',
    value: 32 * MiB,
    variable: 'FURROW_MAX_ARCHIVE_INDEX_BYTES',
  },
  archiveMemberBytes: {
    what: 'bytes of one compressed member of an archive',
    value: 256 * MiB,
    variable: 'FURROW_MAX_ARCHIVE_MEMBER_BYTES',
  },
  jsonBytes: { what: 'bytes of one JSON document', value: 256 * MiB, variable: 'FURROW_MAX_JSON_BYTES' },
  items: { what: 'items of one collection', value: 1_000_000, variable: 'FURROW_MAX_ITEMS' },
  parcels: { what: 'parcels of one dataset', value: 2_000_000, variable: 'FURROW_MAX_PARCELS' },
  vertices: { what: 'vertices of one geometry', value: 1_000_000, variable: 'FURROW_MAX_VERTICES' },
  attributeDepth: {
    what: 'nesting of one attribute of a parcel',
    value: 64,
    variable: 'FURROW_MAX_ATTRIBUTE_DEPTH',
  },
  graphNodes: { what: 'nodes of one process graph', value: 10_000, variable: 'FURROW_MAX_GRAPH_NODES' },
  graphDepth: { what: 'nesting of one process graph', value: 64, variable: 'FURROW_MAX_GRAPH_DEPTH' },
  tileRequests: {
    what: 'tile requests in flight on one comm',
    value: 16,
    variable: 'FURROW_MAX_TILE_REQUESTS',
  },
  tableBytes: {
    what: 'bytes of one table that is gathered in memory',
    value: 1024 * MiB,
    variable: 'FURROW_MAX_TABLE_BYTES',
  },
  storeConnections: {
    what: 'connections of one process to the store',
    value: 8,
    variable: 'FURROW_MAX_STORE_CONNECTIONS',
  },
  threads: { what: 'worker threads of one extraction', value: 64, variable: 'FURROW_MAX_THREADS' },
  storePatienceMs: {
    what: 'milliseconds that an extraction waits for a store that cannot be reached',
    value: 300_000,
    variable: 'FURROW_MAX_STORE_PATIENCE_MS',
  },
  bodyBytes: {
    what: 'bytes of one request to the server',
    value: 16 * MiB,
    variable: 'FURROW_MAX_BODY_BYTES',
  },
  bodyDepth: { what: 'nesting of one request to the server', value: 256, variable: 'FURROW_MAX_BODY_DEPTH' },
  requestRate: {
    what: 'requests of one caller or address in a minute',
    value: 60_000,
    variable: 'FURROW_MAX_REQUEST_RATE',
  },
  answerMs: {
    what: 'milliseconds that the server works on one request',
    value: 300_000,
    variable: 'FURROW_MAX_ANSWER_MS',
  },
  requestMs: {
    what: 'milliseconds until a storage request is answered, and between two parts of its answer',
    value: 30_000,
    variable: 'FURROW_MAX_REQUEST_MS',
  },
  jobs: { what: 'batch jobs of one account', value: 10_000, variable: 'FURROW_MAX_JOBS' },
  services: { what: 'services of one account', value: 1_000, variable: 'FURROW_MAX_SERVICES' },
  jobLogLines: {
    what: 'lines of the log of one batch job',
    value: 10_000,
    variable: 'FURROW_MAX_JOB_LOG_LINES',
  },
  followedLogs: {
    what: 'logs of jobs that one account follows at a time at one server, over WebSockets',
    value: 32,
    variable: 'FURROW_MAX_FOLLOWED_LOGS',
  },
  followedLogsAtAddress: {
    what: 'logs of jobs that are followed at a time from one address, over WebSockets',
    value: 256,
    variable: 'FURROW_MAX_FOLLOWED_LOGS_AT_ADDRESS',
  },
  resultBytes: {
    what: 'bytes of the files of one result',
    value: 16 * 1024 * MiB,
    variable: 'FURROW_MAX_RESULT_BYTES',
  },
  answerBytes: {
    what: 'bytes of one result whose caller waits',
    value: 512 * MiB,
    variable: 'FURROW_MAX_ANSWER_BYTES',
  },
  imageMs: {
    what: 'milliseconds that a tile, chip or picture of the server may take',
    value: 60_000,
    variable: 'FURROW_MAX_IMAGE_MS',
  },
  imageRequests: {
    what: 'tiles, chips and pictures that wait for one server',
    value: 1024,
    variable: 'FURROW_MAX_IMAGE_REQUESTS',
  },
  tileParcels: {
    what: 'parcels in one tile of the server, the largest first',
    value: 30_000,
    variable: 'FURROW_MAX_TILE_PARCELS',
  },
  graphRequests: {
    what: 'process graphs and tiles of services that wait for one server',
    value: 256,
    variable: 'FURROW_MAX_GRAPH_REQUESTS',
  },
} as const satisfies Record<string, Limit>;

/** All limits, for the page of their reference. */
export const limits: Readonly<Record<string, Limit>> = defaults;

export type LimitName = keyof typeof defaults;

/** The value in force: the environment's where it is set, else the default. */
export function limit(name: LimitName): number {
  const { value, variable } = defaults[name];
  const text = process.env[variable];
  if (text === undefined || text === '') return value;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number <= 0)
    throw new InvalidArgument(`${variable} must be a positive whole number, not '${text}'`);
  return number;
}

/** Throws `LimitExceeded` when `asked` is over the limit, is negative or is no number; `where` names the file or request. */
export function checkLimit(name: LimitName, asked: number, where: string): void {
  const most = limit(name);
  if (asked >= 0 && asked <= most) return;
  const { what, variable } = defaults[name];
  throw new LimitExceeded(
    `${where}: ${what} is limited to ${most}, ${asked} was asked for. Set ${variable} to allow more.`,
  );
}
