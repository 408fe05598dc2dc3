import type { JsonSchema, Process, ProcessDefinition, ProcessParameter } from './definition.ts';

type Schema = JsonSchema | readonly JsonSchema[];

/** A parameter that has to be given. */
export function required(name: string, description: string, schema: Schema): ProcessParameter {
  return { name, description, schema };
}

/** A parameter with a default; without one (`undefined`) the parameter may simply be left out. */
export function optional(
  name: string,
  description: string,
  schema: Schema,
  value?: unknown,
): ProcessParameter {
  return { name, description, schema, optional: true, ...(value !== undefined && { default: value }) };
}

/** A process from its parts; `exceptions` maps codes to what they tell the user. */
export function define(
  parts: Omit<ProcessDefinition, 'exceptions' | 'returns'> & {
    readonly returns: readonly [description: string, schema: Schema];
    readonly exceptions?: Readonly<Record<string, string>>;
    readonly run: Process['run'];
    readonly check?: Process['check'];
  },
): Process {
  const { run, check, returns, exceptions, ...rest } = parts;
  const [description, schema] = returns;
  const definition: ProcessDefinition = {
    ...rest,
    returns: { description, schema },
    ...(exceptions && {
      exceptions: Object.fromEntries(
        Object.entries(exceptions).map(([code, message]) => [code, { message }]),
      ),
    }),
  };
  return { definition, run, ...(check && { check }) };
}
