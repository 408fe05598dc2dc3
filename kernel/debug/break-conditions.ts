import { Script } from 'node:vm';

/** A breakpoint as a front end asks for it (Debug Adapter Protocol); lines from 1. */
export interface SourceBreakpoint {
  readonly line: number;
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}

/** The hooks that `kernel/cell/debug-hooks.ts` puts into the cell process. */
export const hooks = "globalThis['furrow.debug']";

/**
 * The condition, as an expression of JavaScript, under which a breakpoint stops (Debug Adapter Protocol,
 * `SourceBreakpoint`): its condition, then its hit condition (`5`, `>= 5`, `% 5`: a count of the times that the
 * condition held), and for a log point never, as it prints instead. Undefined: always. A text that is no expression
 * gives an error.
 */
export function stopCondition(
  { condition, hitCondition, logMessage }: SourceBreakpoint,
  id: number,
): { expression: string | undefined } | { error: string } {
  const parts: string[] = [];
  if (condition) parts.push(`(${condition}\n)`);
  if (hitCondition) {
    const [, operator = '==', count] = /^\s*(==|===|>=|<=|>|<|%)?\s*(\d+)\s*$/.exec(hitCondition) ?? [];
    if (count === undefined)
      return { error: `'${hitCondition}' is no hit condition: a number, or one after ==, >=, <=, >, < or %` };
    const hits = `${hooks}.hit(${id})`;
    parts.push(operator === '%' ? `${hits} % ${count} === 0` : `${hits} ${operator} ${count}`);
  }
  if (logMessage !== undefined) parts.push(`${hooks}.log([${logParts(logMessage).join(', ')}])`);
  if (parts.length === 0) return { expression: undefined };
  const expression = parts.join(' && ');
  try {
    new Script(`async () => (${expression})`);
  } catch (error) {
    return { error: String(error) };
  }
  return { expression };
}

/** `x is {x}`: texts as they are, and in braces expressions, read when the line is reached. */
function logParts(message: string): string[] {
  return message
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const expression = /^\{([^{}]+)\}$/.exec(part)?.[1];
      return expression === undefined ? JSON.stringify(part) : `() => (${expression}\n)`;
    });
}
