import type { AnyNode, FunctionDeclaration, Pattern, Program, Statement, VariableDeclaration } from 'acorn';
import { blank, type Edit } from './edits.ts';
import { isDirective, visit } from './rewrite-modules.ts';
import { usingEdits } from './using.ts';

/** Invisible, and allowed inside a name: a hoisted function keeps its spelling in stack traces. */
const unseen = '\u200c';

/**
 * V8's REPL mode lets a later cell declare a `let` or a class again as either, a `const` as a `const` only, and a
 * `var` or a function never as something else. For every kind to replace every other, all of them become `let` here;
 * that a `const` must not be assigned is for the type checker to say. A function that is used above its place is
 * bound in front of the cell. A `var` that may be used before its place, or is declared twice in the cell, stays what it is.
 * `last` is the last statement written by a person.
 */
export function redeclareEdits(
  source: string,
  program: Program,
): { edits: Edit[]; last: Program['body'][number] | undefined } {
  const edits: Edit[] = [];
  const names = new Set<string>();
  const made = new Set<AnyNode>();
  const vars = source.includes('var') ? countVars(program) : new Map<string, number>();
  const firstUse = firstUses(source);
  const hoisted = hoistedWords(source, program, firstUse);
  const front = program.body.find((node) => !isDirective(node))?.start ?? 0;
  let runs = false;
  for (const [index, node] of program.body.entries()) {
    const exported = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration';
    const statement = exported ? node.declaration : node;
    if (!statement) continue;
    if (statement.type === 'ImportDeclaration') {
      for (const { local } of statement.specifiers) names.add(local.name);
      continue;
    }
    if (statement.type === 'FunctionDeclaration' && statement.id) {
      const { name } = statement.id;
      const used = runs && firstUse(name) < node.start;
      names.add(name);
      if (used) edits.unshift(...hoistedFunction(statement as FunctionDeclaration, front));
      else edits.push(...letFunction(source, statement as FunctionDeclaration));
      continue;
    }
    runs = true;
    if (statement.type === 'ClassDeclaration' && statement.id) names.add(statement.id.name);
    else if (statement.type === 'VariableDeclaration') {
      const own = statement.declarations.flatMap(({ id }) => boundNames(id));
      const alone = own.every((name) => vars.get(name) === 1 && !names.has(name));
      if (statement.kind === 'var' && alone) {
        const anew = enumEdits(source, statement);
        edits.push(...(anew ?? []));
        if (
          anew ||
          (neverUsedBefore(source, statement, own, firstUse) && !own.some((name) => hoisted().has(name)))
        )
          edits.push({ start: statement.start, end: statement.start + 3, text: 'let' });
      }
      if (statement.kind === 'const')
        edits.push({ start: statement.start, end: statement.start + 5, text: 'let  ' });
      if (statement.kind === 'using' || statement.kind === 'await using') {
        const { start, kind, declarations } = statement;
        const values = declarations.flatMap(({ init }) => (init ? [init] : []));
        edits.push(...usingEdits(source, { start, end: declarations[0]?.start ?? start, values, kind }));
      }
      for (const name of own) names.add(name);
    } else {
      const space = namespaceEdits(source, statement as Statement, program.body, index);
      if (!space || names.has(space.name) || vars.get(space.name) !== 1) continue;
      edits.push(...space.edits);
      names.add(space.name);
      made.add(space.bare);
    }
  }
  const last = program.body.findLast((node) => node.type !== 'EmptyStatement' && !made.has(unexported(node)));
  return { edits, last };
}

/** How often each name is declared by a `var` outside functions, in blocks and loops too. */
function countVars(program: Program): Map<string, number> {
  const counts = new Map<string, number>();
  visit(program, (node) => {
    if (/^(Function|Arrow|Class)/.test(node.type)) return false;
    if (node.type === 'VariableDeclaration' && node.kind === 'var')
      for (const { id } of node.declarations)
        for (const name of boundNames(id)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return true;
  });
  return counts;
}

function letFunction(source: string, node: FunctionDeclaration): Edit[] {
  const { id } = node;
  const edits = [
    { start: node.start, end: node.start, text: `let ${id.name} = ` },
    { start: node.end, end: node.end, text: ';' },
  ];
  // The name of a function expression cannot be assigned within it; without one it is named by what it is bound to.
  const anew = mentions(source.slice(id.end, node.end), id.name) && assigns(node, id.name);
  return anew ? [...edits, { start: id.start, end: id.end, text: blank(id.name) }] : edits;
}

function assigns(node: AnyNode, name: string): boolean {
  let found = false;
  visit(node, (part) => {
    const target =
      part.type === 'AssignmentExpression' || part.type === 'ForInStatement' || part.type === 'ForOfStatement'
        ? part.left
        : part.type === 'UpdateExpression'
          ? part.argument
          : undefined;
    if (target && target.type !== 'VariableDeclaration' && boundNames(target as Pattern).includes(name))
      found = true;
  });
  return found;
}

function hoistedFunction({ id: { name, end } }: FunctionDeclaration, front: number): Edit[] {
  const hidden = name + unseen;
  const binding = `let ${name} = Object.defineProperty(${hidden}, 'name', { value: '${name}' }); `;
  return [
    { start: front, end: front, text: binding },
    { start: end, end, text: unseen },
  ];
}

function neverUsedBefore(
  source: string,
  node: VariableDeclaration,
  names: readonly string[],
  firstUse: (name: string) => number,
): boolean {
  const values = node.declarations
    .map(({ init }) => (init ? source.slice(init.start, init.end) : ''))
    .join('\n');
  return names.every((name) => firstUse(name) >= node.start && !mentions(values, name));
}

const word = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** Where a name first stands in a text, also in a comment or a string. The text is read once, when first asked. */
function firstUses(source: string): (name: string) => number {
  let found: Map<string, number> | undefined;
  return (name) => {
    if (!found) {
      found = new Map();
      for (const { 0: name, index } of source.matchAll(word)) if (!found.has(name)) found.set(name, index);
    }
    return found.get(name) ?? Infinity;
  };
}

/** Words of the functions that are used above their place: they may run before anything else of the cell. */
function hoistedWords(
  source: string,
  program: Program,
  firstUse: (name: string) => number,
): () => ReadonlySet<string> {
  let found: Set<string> | undefined;
  return () => {
    found ??= new Set(
      program.body.map(unexported).flatMap((node) => {
        if (node.type !== 'FunctionDeclaration' || !node.id || firstUse(node.id.name) >= node.start)
          return [];
        return source.slice(node.start, node.end).match(word) ?? [];
      }),
    );
    return found;
  };
}

function mentions(text: string, name: string): boolean {
  const at = text.indexOf(name);
  if (at < 0) return false;
  return new RegExp(
    `(?<![\\p{ID_Continue}$])${name.replaceAll('$', '\\$')}(?![\\p{ID_Continue}$])`,
    'u',
  ).test(text);
}

/** Names that a pattern binds. */
function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? boundNames(element) : []));
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'RestElement':
      return boundNames(pattern.argument);
    default:
      return [];
  }
}

/** A compiled enum, `var E = function (E) {...}(E || {})`, starts anew: members of an older cell's `E` are not kept. */
function enumEdits(source: string, node: VariableDeclaration): Edit[] | undefined {
  const [declarator, ...more] = node.declarations;
  if (more.length > 0 || declarator?.id.type !== 'Identifier' || declarator.init?.type !== 'CallExpression')
    return;
  const { name } = declarator.id;
  const { callee, arguments: given } = declarator.init;
  const parameter = callee.type === 'FunctionExpression' ? callee.params[0] : undefined;
  const [argument] = given;
  if (!argument || parameter?.type !== 'Identifier' || parameter.name !== name) return;
  const text = source.slice(argument.start, argument.end);
  if (text === '{}') return [];
  if (text !== `${name} || {}`) return;
  return [{ start: argument.start, end: argument.end, text: '{}'.padStart(text.length) }];
}

function unexported(node: Program['body'][number]): AnyNode {
  return node.type === 'ExportNamedDeclaration' ? (node.declaration ?? node) : node;
}

/** A compiled namespace, `(function (N) {...})(N || (N = {})); ... var N;`, starts anew as well. */
function namespaceEdits(
  source: string,
  node: Statement,
  body: Program['body'],
  index: number,
): { name: string; bare: AnyNode; edits: Edit[] } | undefined {
  if (node.type !== 'ExpressionStatement' || node.expression.type !== 'CallExpression') return undefined;
  const [argument] = node.expression.arguments;
  const name =
    argument && /^(\S+) \|\| \(\1 = \{\s*\}\)$/.exec(source.slice(argument.start, argument.end))?.[1];
  if (!argument || name === undefined) return undefined;
  const bare = body
    .slice(index + 1)
    .map(unexported)
    .find((statement) => source.slice(statement.start, statement.end) === `var ${name};`);
  if (!bare) return undefined;
  const edits = [
    { start: node.start, end: node.start, text: `let ${name} = {}; ` },
    { start: argument.start, end: argument.end, text: name },
    { start: bare.start, end: bare.end, text: blank(source.slice(bare.start, bare.end)) },
  ];
  return { name, bare, edits };
}
