/** A parameter of a route, as OpenAPI writes it. */
export interface DescribedParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
}

/** A route of the server, as its own description has it. */
export interface DescribedRoute {
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly id: string;
  /** Whether anybody may call it. */
  readonly open: boolean;
  readonly parameters: readonly DescribedParameter[];
  readonly hasBody: boolean;
}

interface Operation {
  readonly operationId?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly DescribedParameter[];
  readonly requestBody?: unknown;
}

/** All routes that a server describes at /openapi.json. */
export async function describedRoutes(server: string): Promise<DescribedRoute[]> {
  const answer = await fetch(`${server}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      id: operation.operationId ?? `${method} ${path}`,
      open: operation.security === undefined,
      parameters: operation.parameters ?? [],
      hasBody: operation.requestBody !== undefined,
    })),
  );
}
