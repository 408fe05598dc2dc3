/**
 * Marks the runtime's own values (planes, cubes, labelled arrays, child processes). A symbol cannot come in with JSON, so
 * no argument of a process graph can pass for one of them.
 */
export const brand: unique symbol = Symbol('furrow value');

export function isBranded<Name extends string>(
  value: unknown,
  name: Name,
): value is { readonly [brand]: Name } {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === name;
}
