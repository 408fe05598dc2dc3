import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { FurrowError } from '../errors.ts';
import { toldError } from '../told-error.ts';
import type { App } from './app.ts';

/** Statuses by code where they are not 400: those of the openEO API (its list of errors), and for our own codes of the same kind. */
const statuses: Readonly<Record<string, number>> = {
  AuthenticationRequired: 401,
  CredentialsInvalid: 403,
  TokenInvalid: 403,
  AuthenticationSchemeInvalid: 403,
  PermissionsInsufficient: 403,
  EgressRefused: 403,
  NotFound: 404,
  CollectionNotFound: 404,
  AccountNotFound: 404,
  DatasetNotFound: 404,
  ParcelNotFound: 404,
  FileNotFound: 404,
  JobNotFound: 404,
  ServiceNotFound: 404,
  ProcessGraphNotFound: 404,
  NoDataAvailable: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  ResultLinkExpired: 410,
  LimitExceeded: 413,
  ContentTypeInvalid: 415,
  TooManyRequests: 429,
  Cancelled: 499,
  Internal: 500,
  StorageFailure: 502,
  FeatureUnsupported: 501,
  StoreUnavailable: 503,
  StoreFailure: 500,
  InfrastructureBusy: 503,
};

/** An error as all routes answer it: the error object of openEO, which is also a problem document (RFC 9457). */
export const problemSchema = Type.Object(
  {
    id: Type.String({ description: 'Of the request; the server log has it too.' }),
    code: Type.String({ description: 'Of the openEO API where it has one.' }),
    message: Type.String({ description: 'What is wrong, where, and what to do.' }),
    title: Type.Optional(Type.String()),
    status: Type.Optional(Type.Integer()),
    detail: Type.Optional(Type.String()),
    links: Type.Optional(Type.Array(Type.Object({ rel: Type.String(), href: Type.String() }))),
  },
  { description: 'What went wrong.' },
);

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const ownCodes: Readonly<Record<number, string>> = {
  400: 'ArgumentInvalid',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'RequestTimeout',
  413: 'LimitExceeded',
  415: 'ContentTypeInvalid',
  429: 'TooManyRequests',
  503: 'RequestTimeout',
};

/** What is told about an error: `toldError`, and of the framework's what the request did wrong. */
function problemOf(error: FastifyError | FurrowError | Error): Problem {
  const told = toldError(error);
  if (told !== undefined)
    return { status: statuses[told.code] ?? 400, code: told.code, message: told.message };
  const { statusCode: status = 500, code: origin = '' } = error as Partial<FastifyError>;
  // Others' errors carry statuses too, of what they asked elsewhere.
  const code = /^FST_/.test(origin) ? (ownCodes[status] ?? (status < 500 && 'ArgumentInvalid')) : false;
  if (code) return { status: status === 503 ? 408 : status, code, message: error.message };
  return {
    status: 500,
    code: 'Internal',
    message: 'something failed that should not have; the server log tells more under this id',
  };
}

/**
 * Answers every error with a problem document that names the request, with what `told` leaves of its message; failures of our own are
 * logged whole.
 */
export function answerProblems(
  app: App,
  openeoPrefix: string,
  told: (message: string) => string = (message) => message,
): void {
  app.setErrorHandler<FastifyError>((error, request, reply) =>
    sendFailure(error, request, reply, openeoPrefix, told),
  );
}

/** Writes what is told about an error; also for those that the framework finds before there is a route. */
export function sendFailure(
  error: FastifyError | FurrowError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
  openeoPrefix: string,
  told: (message: string) => string = (message) => message,
): FastifyReply {
  const known = problemOf(error);
  const problem = { ...known, message: told(known.message) };
  if (problem.status >= 500) request.log.error({ err: error, cause: error.cause }, 'request failed');
  return sendProblem(request, reply, problem, openeoPrefix);
}

/** The media type of problems at an address. */
export function problemType(
  url: string,
  openeoPrefix: string,
): 'application/json' | 'application/problem+json' {
  return url.startsWith(openeoPrefix) ? 'application/json' : 'application/problem+json';
}

/** Writes a problem: as openEO's error object below its prefix, as RFC 9457's document elsewhere (both carry both). */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, code, message }: Problem,
  openeoPrefix: string,
): FastifyReply {
  const type = problemType(request.url, openeoPrefix);
  const openeo = type === 'application/json';
  // openEO asks for 403 where other clients wait for 401 before they show what they know.
  const shown = !openeo && (code === 'CredentialsInvalid' || code === 'TokenInvalid') ? 401 : status;
  if (shown === 401) reply.header('www-authenticate', 'Basic realm="furrow", charset="UTF-8", Bearer');
  return reply
    .code(shown)
    .type(type)
    .send({
      id: request.id,
      code,
      message,
      ...(!openeo && { title: code, status: shown, detail: message }),
    });
}
