import type TypeScript from 'typescript';
import { ts } from './typescript.ts';

/** A chain of plain names before a dot, `a.b?.c(1).`: each with whether it is called, and whether `?.` follows then. */
export interface PlainChain {
  readonly names: readonly ChainName[];
}

interface ChainName {
  readonly name: string;
  readonly called: boolean;
  readonly optional: boolean;
}

/** What a completion asks for when earlier cells and globals alone answer it. */
export type PlainQuestion =
  | { readonly kind: 'members'; readonly chain: PlainChain }
  | { readonly kind: 'names' };

/**
 * Whether a completion at `start` of `code` (from where the typed word is left out) needs nothing of the cell itself:
 * members of a chain of plain names whose root the cell neither declares nor narrows, or names that begin with `typed`
 * where an expression stands outside functions and the cell declares no such name. Undefined wherever that is not sure.
 */
export function plainQuestion(code: string, start: number, typed: string): PlainQuestion | undefined {
  const before = code.slice(0, start);
  if (!/\.\s*$/.test(before)) return typed === '' ? undefined : plainNames(code, start, typed);
  const file = parsed(code);
  const access = deepest(file, (node) => ts.isPropertyAccessExpression(node) && isDot(node, before));
  if (!access || !ts.isPropertyAccessExpression(access) || within(access, placesOfTypes)) return undefined;
  const names: ChainName[] = [];
  let optional = access.questionDotToken !== undefined;
  let { called, at } = withoutCall(access.expression);
  while (ts.isPropertyAccessExpression(at)) {
    if (!ts.isIdentifier(at.name)) return undefined;
    names.unshift({ name: at.name.text, called, optional });
    optional = at.questionDotToken !== undefined;
    ({ called, at } = withoutCall(at.expression));
  }
  if (!ts.isIdentifier(at) || at.text === '' || refused.has(at.text)) return undefined;
  names.unshift({ name: at.text, called, optional });
  return touches(file, at) ? undefined : { kind: 'members', chain: { names } };
}

/** What is called, without the call; `f()()` and `f?.()` are no plain calls. */
function withoutCall(at: TypeScript.Expression): { called: boolean; at: TypeScript.Expression } {
  const called = ts.isCallExpression(at) && !at.questionDotToken && !at.typeArguments;
  return { called, at: called ? at.expression : at };
}

/** `globalThis` has exports and no type; the others mean something else in each place. */
const refused = new Set(['globalThis', 'undefined', 'arguments']);

const placesOfTypes = new Set([
  ts.SyntaxKind.HeritageClause,
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.ClassExpression,
  ts.SyntaxKind.ModuleDeclaration,
]);

function isDot(access: TypeScript.PropertyAccessExpression, before: string): boolean {
  const { end } = access.expression;
  return end < before.length && /^\s*(?:\?\.|\.)\s*$/.test(before.slice(end));
}

function plainNames(code: string, start: number, typed: string): PlainQuestion | undefined {
  const file = parsed(code.slice(0, start) + typed + code.slice(start));
  const word = deepest(
    file,
    (node) => ts.isIdentifier(node) && node.getStart(file) === start && node.end === start + typed.length,
  );
  if (!word || !isExpression(word) || within(word, insides)) return undefined;
  const lower = typed.toLowerCase();
  let clash = false;
  visit(file, (node) => {
    if (node !== word && ts.isIdentifier(node) && declares(node) && node.text.toLowerCase().startsWith(lower))
      clash = true;
  });
  return clash ? undefined : { kind: 'names' };
}

/** In them there are other keywords, names of their own, or types. */
const insides = new Set([
  ...placesOfTypes,
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.FunctionExpression,
  ts.SyntaxKind.ArrowFunction,
  ts.SyntaxKind.MethodDeclaration,
  ts.SyntaxKind.GetAccessor,
  ts.SyntaxKind.SetAccessor,
  ts.SyntaxKind.SwitchStatement,
  ts.SyntaxKind.LabeledStatement,
  ts.SyntaxKind.ExportAssignment,
]);

/** Whether a name stands where a value is read, by what is around it. */
function isExpression(node: TypeScript.Node): boolean {
  const { parent } = node;
  if (ts.isExpressionStatement(parent)) return !ts.isLabeledStatement(parent.parent);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isBinaryExpression(parent)) return true;
  return (
    ts.isCallExpression(parent) ||
    ts.isParenthesizedExpression(parent) ||
    ts.isAwaitExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isConditionalExpression(parent) ||
    ts.isPrefixUnaryExpression(parent)
  );
}

/** Whether a cell declares the name of an identifier, or may narrow the type of what it stands for. */
function touches(file: TypeScript.SourceFile, root: TypeScript.Identifier): boolean {
  let found = false;
  visit(file, (node) => {
    if (found || node === root || !ts.isIdentifier(node) || node.text !== root.text) return;
    if (declares(node) || (isRead(node) && mayNarrow(node))) found = true;
  });
  return found;
}

function isRead({ parent }: TypeScript.Identifier): boolean {
  return !ts.isPropertyAssignment(parent);
}

function visit(node: TypeScript.Node, look: (node: TypeScript.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** An identifier that is the name of anything but a property that is read or given. */
function declares(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return false;
  return 'name' in parent && parent.name === node;
}

/** A condition, an assignment, or a call that may assert something: after them the type may be another one. */
function mayNarrow(name: TypeScript.Node): boolean {
  if (ts.isPropertyAccessExpression(name.parent) && name.parent.name === name) return false;
  for (let node = name; !ts.isSourceFile(node.parent); node = node.parent) {
    const { parent } = node;
    if (ts.isBlock(parent) || ts.isExpressionStatement(parent)) return false;
    if (ts.isBinaryExpression(parent) && !harmless.has(parent.operatorToken.kind)) return true;
    if (ts.isCallExpression(parent) && parent.expression !== node) return true;
    if (
      ts.isIfStatement(parent) ||
      ts.isConditionalExpression(parent) ||
      ts.isIterationStatement(parent, false) ||
      ts.isSwitchStatement(parent) ||
      ts.isCaseClause(parent) ||
      ts.isPrefixUnaryExpression(parent) ||
      ts.isPostfixUnaryExpression(parent) ||
      ts.isTaggedTemplateExpression(parent)
    )
      return true;
  }
  return false;
}

const harmless = new Set<TypeScript.SyntaxKind>([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
]);

function within(node: TypeScript.Node, kinds: ReadonlySet<TypeScript.SyntaxKind>): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) if (kinds.has(at.kind)) return true;
  return false;
}

/** The last node, in the order of the text and inwards, that fits. */
function deepest(
  file: TypeScript.SourceFile,
  fits: (node: TypeScript.Node) => boolean,
): TypeScript.Node | undefined {
  let found: TypeScript.Node | undefined;
  visit(file, (node) => {
    if (fits(node)) found = node;
  });
  return found;
}

function parsed(text: string): TypeScript.SourceFile {
  return ts.createSourceFile('cell.mts', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
}
