import type TypeScript from 'typescript';
import type { PlainChain } from './plain-chain.ts';
import { ts } from './typescript.ts';

/** A name of a completion: what it is (an element kind of the language service), and its symbol. */
export interface NamedSymbol {
  readonly name: string;
  readonly kind: string;
  readonly symbol: TypeScript.Symbol;
  /** As the language service sorts: what a class itself has, other members, deprecated ones. */
  readonly sortText: string;
}

/**
 * The names that may follow a chain and its last dot, from the types of a checker that is there; undefined where only
 * the language service knows. The rules are those of its own member completion.
 */
export function chainMembers(
  checker: TypeScript.TypeChecker,
  place: TypeScript.Node,
  root: TypeScript.Symbol,
  { names }: PlainChain,
): NamedSymbol[] | undefined {
  let symbol: TypeScript.Symbol | undefined = unaliased(checker, root);
  if (!(symbol.flags & ts.SymbolFlags.Value)) return undefined;
  let type = checker.getTypeOfSymbolAtLocation(symbol, place);
  for (const [index, { called, optional }] of names.entries()) {
    if (called) {
      const result = resultOf(checker, type);
      if (!result) return undefined;
      [type, symbol] = [result, undefined];
    }
    if (optional) type = checker.getNonNullableType(type);
    if (isNullable(type)) return undefined;
    const next = names[index + 1];
    if (!next) break;
    const property = checker.getPropertyOfType(checker.getApparentType(type), next.name);
    if (!property || isHidden(property)) return undefined;
    symbol = unaliased(checker, property);
    type = checker.getTypeOfSymbolAtLocation(symbol, place);
  }
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.TypeParameter | ts.TypeFlags.Never)) return undefined;
  return membersOf(checker, symbol, type).flatMap((member) => {
    const { name } = member;
    return isHidden(member) || !identifier.test(name)
      ? []
      : [{ name, kind: kindOf(checker, member), symbol: member, sortText: sortTextOf(member) }];
  });
}

/** What a call gives whatever is handed over: the one signature, of no type parameters. */
function resultOf(checker: TypeScript.TypeChecker, type: TypeScript.Type): TypeScript.Type | undefined {
  const [only, ...more] = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  if (!only || more.length > 0 || only.typeParameters) return undefined;
  return checker.getReturnTypeOfSignature(only);
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** Of namespaces, modules and enums what they export; of what is also a class or a function its members besides. */
function membersOf(
  checker: TypeScript.TypeChecker,
  symbol: TypeScript.Symbol | undefined,
  type: TypeScript.Type,
): TypeScript.Symbol[] {
  if (!symbol || !(symbol.flags & (ts.SymbolFlags.Module | ts.SymbolFlags.Enum)))
    return type.getApparentProperties();
  const exported = checker
    .getExportsOfModule(symbol)
    .filter((member) => unaliased(checker, member).flags & ts.SymbolFlags.Value);
  const merged = symbol.declarations?.some(
    (declaration) =>
      !ts.isSourceFile(declaration) &&
      !ts.isModuleDeclaration(declaration) &&
      !ts.isEnumDeclaration(declaration),
  );
  return merged ? [...exported, ...type.getApparentProperties()] : exported;
}

function unaliased(checker: TypeScript.TypeChecker, symbol: TypeScript.Symbol): TypeScript.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function isNullable(type: TypeScript.Type): boolean {
  const parts = type.isUnion() ? type.types : [type];
  return parts.some(({ flags }) => flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined | ts.TypeFlags.Void));
}

/** Private and protected members are not seen from a cell. */
function isHidden({ declarations }: TypeScript.Symbol): boolean {
  return (
    declarations?.some(
      (declaration) =>
        ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected),
    ) ?? false
  );
}

function sortTextOf({ declarations = [], valueDeclaration }: TypeScript.Symbol): string {
  if (declarations.length > 0 && declarations.every((declaration) => ts.getJSDocDeprecatedTag(declaration)))
    return '2';
  const own =
    valueDeclaration &&
    ts.isClassLike(valueDeclaration.parent) &&
    ts.getCombinedModifierFlags(valueDeclaration) & ts.ModifierFlags.Static;
  return own ? '0' : '1';
}

function kindOf(checker: TypeScript.TypeChecker, symbol: TypeScript.Symbol): string {
  const { flags } = symbol;
  // A member of a union, or of a mapped type: what it is there.
  const roots = checker.getRootSymbols(symbol);
  if (roots.every((root) => root.flags & ts.SymbolFlags.Method)) return 'method';
  for (const [flag, kind] of kinds) if (flags & flag) return kind;
  return 'property';
}

const kinds: readonly (readonly [TypeScript.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Enum, 'enum'],
  [ts.SymbolFlags.Variable, 'var'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Method, 'method'],
  [ts.SymbolFlags.Module, 'module'],
  [ts.SymbolFlags.Alias, 'alias'],
];
