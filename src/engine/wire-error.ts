import * as errors from '../errors.ts';

/** An error as it crosses a thread or process border. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly stack?: string | undefined;
}

export function describeError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = error instanceof errors.FurrowError ? error.code : undefined;
  return { name: error.name, message: error.message, code, stack: error.stack };
}

type ErrorClass = new (message: string, options?: ErrorOptions) => errors.FurrowError;

const classes = new Map<string, ErrorClass>(
  Object.entries(errors).flatMap(([name, value]) =>
    typeof value === 'function' &&
    value.prototype instanceof errors.FurrowError &&
    name !== 'ProcessException'
      ? [[name, value as unknown as ErrorClass] as const]
      : [],
  ),
);

/** The same class of `errors.ts` again where it is one, else `UnexpectedFailure`; the other thread's stack is its cause. */
export function reviveError({ name, message, code, stack }: WireError): errors.FurrowError {
  const options = { cause: stack };
  if (name === 'ProcessException' && code !== undefined)
    return new errors.ProcessException(code, message, options);
  const known = classes.get(name);
  return known ? new known(message, options) : new errors.UnexpectedFailure(`${name}: ${message}`, options);
}
