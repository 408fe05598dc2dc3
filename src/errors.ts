/**
 * Every error that the runtime throws on purpose. `code` is the openEO error code where the specification has one;
 * the message says what went wrong, where, with which value, and what to do about it.
 */
export abstract class FurrowError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An argument of a public function is not what the function takes. The caller corrects the call. */
export class InvalidArgument extends FurrowError {
  readonly code = 'ArgumentInvalid';
}

/** A file is not what its format says: truncated, contradictory, out of range. The file must be mended or left out. */
export class InvalidFile extends FurrowError {
  readonly code = 'FileContentInvalid';
}

/** Nothing stands at that path or address. */
export class FileNotFound extends FurrowError {
  readonly code = 'FileNotFound';
}

/** Reading or writing failed after all retries: disk, network, object storage. Trying again later may work. */
export class StorageFailure extends FurrowError {
  readonly code = 'StorageFailure';
}

/** The object changed while it was being read (another ETag). Start the read again. */
export class ObjectChanged extends FurrowError {
  readonly code = 'ObjectChanged';
}

/** The egress policy forbids that address. `FURROW_EGRESS_ALLOW` names exceptions. */
export class EgressRefused extends FurrowError {
  readonly code = 'EgressRefused';
}

/** A feature that Furrow does not have (yet), refused by name. */
export class Unsupported extends FurrowError {
  readonly code = 'FeatureUnsupported';
}

/** A limit of `limits.ts` would be exceeded; the message names it and says how to raise it. */
export class LimitExceeded extends FurrowError {
  readonly code = 'LimitExceeded';
}

/** A coordinate reference system that cannot be resolved without asking the network. */
export class CrsUnknown extends FurrowError {
  readonly code = 'CrsUnknown';
}

/** No collection of that name, folder or address. */
export class CollectionNotFound extends FurrowError {
  readonly code = 'CollectionNotFound';
}

/** The collection or image has no such band, neither by name nor by common name. */
export class BandNotFound extends FurrowError {
  readonly code = 'BandNotFound';
}

/** The store has no such dataset of parcels, or this role may not see it. */
export class DatasetNotFound extends FurrowError {
  readonly code = 'DatasetNotFound';
}

/** A name, or an area and year, that several datasets have. Say which, by `OWNER/NAME`; the message lists them. */
export class DatasetAmbiguous extends FurrowError {
  readonly code = 'DatasetAmbiguous';
}

/** The query is well formed and no data answers it (empty area, no date, every pixel nodata). */
export class NoData extends FurrowError {
  readonly code = 'NoDataAvailable';
}

/** A process graph that cannot be run: a cycle, no result node, an unknown reference. */
export class ProcessGraphInvalid extends FurrowError {
  readonly code = 'ProcessGraphInvalid';
}

/** A process that is not registered. */
export class ProcessUnsupported extends FurrowError {
  readonly code = 'ProcessUnsupported';
}

/** A process parameter has the wrong type or value. */
export class ProcessParameterInvalid extends FurrowError {
  readonly code = 'ProcessParameterInvalid';
}

/** A process parameter that has no default is missing. */
export class ProcessParameterRequired extends FurrowError {
  readonly code = 'ProcessParameterRequired';
}

/** An exception that the openEO process itself declares (`DimensionNotAvailable`, ...); `code` is its name. */
export class ProcessException extends FurrowError {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A file format that cannot be written or read. */
export class FormatUnsupported extends FurrowError {
  readonly code = 'FileTypeInvalid';
}

/** A task failed in its worker, or the worker died with it. */
export class TaskFailed extends FurrowError {
  readonly code = 'Internal';
}

/**
 * Something failed in a worker that none of these errors tells of: a fault of ours. Its text is foreign and may hold anything: it is for
 * logs and for who runs the program, not for callers of a server.
 */
export class UnexpectedFailure extends TaskFailed {}

/** The caller aborted the work. */
export class Cancelled extends FurrowError {
  readonly code = 'Cancelled';
}

/** The store cannot be opened or reached. */
export class StoreUnavailable extends FurrowError {
  readonly code = 'StoreUnavailable';
}

/** The store refused a statement or holds something that contradicts its schema. */
export class StoreFailure extends FurrowError {
  readonly code = 'StoreFailure';
}

/** Another worker took the image over while this one was working on it; its result was thrown away. */
export class LeaseLost extends FurrowError {
  readonly code = 'LeaseLost';
}

/** Throws `Cancelled` when the signal has fired; `what` names the work in the message. */
export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new Cancelled(`${what} was cancelled`, { cause: signal.reason });
}

/** What `work` gives, or `Cancelled` as soon as the signal fires; the work itself goes on, and nobody hears how it ends. */
export async function orCancelled<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new Cancelled(`${what} was cancelled`, { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    return await Promise.race([cancelled, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** No credentials were given where they are needed. */
export class AuthenticationRequired extends FurrowError {
  readonly code = 'AuthenticationRequired';
}

/** A user name or password that is wrong, or an account that may not log in. */
export class CredentialsInvalid extends FurrowError {
  readonly code = 'CredentialsInvalid';
}

/** An Authorization header of another kind than Basic and Bearer. */
export class AuthenticationSchemeInvalid extends FurrowError {
  readonly code = 'AuthenticationSchemeInvalid';
}

/** An access token that is unknown, revoked, expired or ill-formed. */
export class TokenInvalid extends FurrowError {
  readonly code = 'TokenInvalid';
}

/** Known, but not allowed: the scope of the token or a grant is missing. */
export class PermissionsInsufficient extends FurrowError {
  readonly code = 'PermissionsInsufficient';
}

/** More requests or tries than the limit of a span of time. */
export class TooManyRequests extends FurrowError {
  readonly code = 'TooManyRequests';
}

/** Nothing is there, or nothing that the caller may see. */
export class NotFound extends FurrowError {
  readonly code = 'NotFound';
}

/** A route that is there, asked by another method. */
export class MethodNotAllowed extends FurrowError {
  readonly code = 'MethodNotAllowed';
}

/** A link that was signed for a while has ended. */
export class ResultLinkExpired extends FurrowError {
  readonly code = 'ResultLinkExpired';
}

/** The caller has no batch job of that id. */
export class JobNotFound extends FurrowError {
  readonly code = 'JobNotFound';
}

/** The batch job is queued or running: cancel it before changing it. */
export class JobLocked extends FurrowError {
  readonly code = 'JobLocked';
}

/** The batch job has no results yet: it is queued or running. */
export class JobNotFinished extends FurrowError {
  readonly code = 'JobNotFinished';
}

/** The batch job has no results: it was never started, or was cancelled. */
export class JobNotStarted extends FurrowError {
  readonly code = 'JobNotStarted';
}

/** The caller has no service of that id. */
export class ServiceNotFound extends FurrowError {
  readonly code = 'ServiceNotFound';
}

/** A type of service that Furrow does not offer. */
export class ServiceUnsupported extends FurrowError {
  readonly code = 'ServiceUnsupported';
}

/** A setting of a service that its type does not have. */
export class ServiceConfigUnsupported extends FurrowError {
  readonly code = 'ServiceConfigUnsupported';
}

/** A setting of a service with a value that it cannot have. */
export class ServiceConfigInvalid extends FurrowError {
  readonly code = 'ServiceConfigInvalid';
}

/** A change that names nothing to change. */
export class NoDataForUpdate extends FurrowError {
  readonly code = 'NoDataForUpdate';
}

/** A process graph took longer than its caller waits for: a batch job has more time. */
export class ResultTimeout extends FurrowError {
  readonly code = 'RequestTimeout';
}

/** There is no account or group of that name, or no token of that number. */
export class AccountNotFound extends FurrowError {
  readonly code = 'AccountNotFound';
}

/** A billing plan that there is not. */
export class BillingPlanInvalid extends FurrowError {
  readonly code = 'BillingPlanInvalid';
}

/** Too much waits for the server already. Trying again later may work. */
export class InfrastructureBusy extends FurrowError {
  readonly code = 'InfrastructureBusy';
}
