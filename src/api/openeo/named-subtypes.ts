/**
 * Parameters of formats and services, each with a subtype of its own name. The schema of the openEO API 1.2 takes a parameter as exactly
 * one of a process graph, a data cube and anything: only one that says it is neither of the first two is one of them alone.
 */
export function namedSubtypes(
  parameters: Readonly<Record<string, object>>,
): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, schema]) => [
      name,
      { subtype: name.replaceAll('_', '-'), ...schema },
    ]),
  );
}
