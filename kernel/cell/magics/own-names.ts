/** Global names that are there before the first cell; undefined until the prelude is loaded. */
let own: ReadonlySet<string> | undefined;

/** From now on every new global name is one that a cell made. */
export function noteOwnNames(): void {
  own = new Set(Object.getOwnPropertyNames(globalThis));
}

/** Global names that cells made: `var`, functions that stay what they are, properties they set. */
export function globalsOfCells(): string[] {
  const before = own;
  return before ? Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name)) : [];
}
