import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastifyCors from '@fastify/cors';
import fastifyRateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastifyWebsocket from '@fastify/websocket';
import fastify from 'fastify';
import { TooManyRequests } from '../errors.ts';
import { limit } from '../limits.ts';
import { listSetting, setting, wordSetting } from '../settings.ts';
import { guardRoutes } from './access.ts';
import type { App } from './app.ts';
import { answerBrokenRequest } from './broken-requests.ts';
import { type Doors, openeoPrefix, toldBy } from './doors.ts';
import { healthRoutes } from './health.ts';
import { readJsonBodies } from './json-body.ts';
import { answerThisMachineOnly } from './local-callers.ts';
import { loggedRequest } from './logged-request.ts';
import { measureRequests } from './metrics.ts';
import { describeRoutes, descriptionRoute } from './openapi.ts';
import { answerProblems, sendFailure } from './problems.ts';
import { endWithTheClient } from './request-signal.ts';
import { routeGroups } from './route-groups.ts';
import { answerUnknown, rememberRoutes } from './unknown-routes.ts';

const headTimeoutMs = 30_000;
const longestSegment = 4096;
/** Bytes of address and headers together: old clients send polygons in the address. */
const longestHead = 32 * 1024;
/** No answer of ours runs scripts; a route that needs more says so itself. */
const documentPolicy = "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'";
const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** The server with all its routes, not yet listening. Log lines go to standard error as JSON, without credentials. */
export async function buildServer(doors: Doors, version: string): Promise<App> {
  const app = fastify({
    logger: {
      level: wordSetting('logLevel', logLevels),
      stream: process.stderr,
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      serializers: { req: loggedRequest },
    },
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these, and nobody else closes the socket of an upgrade.
      if (request.headers.upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.end());
      sendFailure(error, request, reply, openeoPrefix);
    },
    clientErrorHandler: answerBrokenRequest,
    http: { maxHeaderSize: longestHead },
    genReqId: () => randomUUID(),
    bodyLimit: limit('bodyBytes'),
    // Of one request from its first byte to its last: who sends slowly holds a connection no longer.
    requestTimeout: headTimeoutMs,
    routerOptions: { maxParamLength: longestSegment, ignoreTrailingSlash: true },
    trustProxy: proxies(),
    forceCloseConnections: 'idle',
    rewriteUrl: ({ url = '/' }) => singleSlashes(url),
    ajv: {
      customOptions: { coerceTypes: 'array', removeAdditional: false, useDefaults: true, strict: false },
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Schemas describe answers; cutting off what they do not list would lose it without a word.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('onRequest', async (request, reply) => {
    reply
      .header('x-request-id', request.id)
      .header('x-content-type-options', 'nosniff')
      // Addresses of signed things are secrets, and what is sent may hold markup of whoever made it.
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', documentPolicy);
  });
  // JSON has one encoding and no parameter for it (RFC 8259, 11); clients compare the type by its text.
  app.addHook('onSend', async (_request, reply) => {
    const type = reply.getHeader('content-type');
    if (typeof type === 'string' && /^application\/([\w.-]+\+)?json;/.test(type))
      reply.header('content-type', type.replace(/; *charset=utf-8$/i, ''));
  });
  answerProblems(app, openeoPrefix, toldBy(doors));
  endWithTheClient(app, limit('answerMs'));
  // Before all guards: it closes the socket of an upgrade that one of them refuses only where its own hook ran first.
  await app.register(fastifyWebsocket, { options: { maxPayload: 2 ** 16 } });
  if (doors.accounts === undefined) answerThisMachineOnly(app, listSetting('origins'));
  await app.register(fastifyCors, {
    origin: allowedOrigins(doors.accounts !== undefined),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'location',
      'openeo-identifier',
      'openeo-costs',
      'link',
      'x-request-id',
      'content-disposition',
    ],
    maxAge: 600,
    strictPreflight: false,
  });
  await describeRoutes(app, version);
  const known = rememberRoutes(app);
  guardRoutes(app, doors.authenticator);
  await app.register(fastifyRateLimit, {
    max: limit('requestRate'),
    timeWindow: 60_000,
    cache: 10_000,
    hook: 'preHandler',
    keyGenerator: ({ caller, ip }) => caller?.name ?? `at ${ip}`,
    errorResponseBuilder: (_request, { max, after }) =>
      new TooManyRequests(`${max} requests in a minute are the limit; go on in ${after}`),
  });
  readJsonBodies(app);
  measureRequests(app);
  healthRoutes(app, doors);
  for (const routes of routeGroups) await routes(app, doors);
  descriptionRoute(app);
  answerUnknown(app, known);
  return app;
}

/** Paths with several slashes in a row mean those with one, as clients join addresses carelessly; the query stays. */
export function singleSlashes(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.replaceAll(/\/{2,}/g, '/') + (query < 0 ? '' : url.slice(query));
}

/** Where an app listens, as an address. */
export function listeningAddress(app: App): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function proxies(): string[] | false {
  const listed = listSetting('trustProxy');
  return listed.length > 0 ? [...listed] : false;
}

/** Without accounts any page of the Internet would act as the person at the keyboard: then none may, unless named. */
function allowedOrigins(accounts: boolean): boolean | string | string[] {
  const listed = listSetting('origins');
  if (listed.includes('*')) return '*';
  if (listed.length > 0) return [...listed];
  return accounts && setting('origins') === undefined ? '*' : false;
}
