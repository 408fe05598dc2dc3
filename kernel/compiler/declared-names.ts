import type TypeScript from 'typescript';
import { ts } from './typescript.ts';

/** What a name stands for: `kind` is its keyword (`const`, `function`, `class`, `import`...). */
export interface DeclaredName {
  readonly name: string;
  readonly kind: string;
  readonly value: boolean;
  readonly type: boolean;
  /** The cell exports it itself. */
  readonly exported: boolean;
}

/** The names that the top level of a cell declares; a name declared both as value and as type comes twice. */
export function declaredNames(source: string): DeclaredName[] {
  const file = ts.createSourceFile('cell.mts', source, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);
  return file.statements.flatMap(namesOf);
}

function namesOf(statement: TypeScript.Statement): DeclaredName[] {
  const exported =
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);
  const one = (
    name: TypeScript.Node | undefined,
    kind: string,
    value: boolean,
    type: boolean,
  ): DeclaredName[] =>
    name && ts.isIdentifier(name) && name.text !== ''
      ? [{ name: name.text, kind, value, type, exported }]
      : [];
  if (ts.isVariableStatement(statement)) {
    const { flags, declarations } = statement.declarationList;
    const kind = flags & ts.NodeFlags.Let ? 'let' : flags & ts.NodeFlags.BlockScoped ? 'const' : 'var';
    return declarations
      .flatMap((declaration) => bindings(declaration.name))
      .flatMap((name) => one(name, kind, true, false));
  }
  if (ts.isFunctionDeclaration(statement)) return one(statement.name, 'function', true, false);
  if (ts.isClassDeclaration(statement)) return one(statement.name, 'class', true, true);
  if (ts.isEnumDeclaration(statement)) return one(statement.name, 'enum', true, true);
  if (ts.isInterfaceDeclaration(statement)) return one(statement.name, 'interface', false, true);
  if (ts.isTypeAliasDeclaration(statement)) return one(statement.name, 'type', false, true);
  if (ts.isModuleDeclaration(statement)) return one(statement.name, 'module', true, true);
  if (ts.isImportEqualsDeclaration(statement)) return one(statement.name, 'import', true, true);
  if (ts.isImportDeclaration(statement) && statement.importClause) {
    const { name, namedBindings: named } = statement.importClause;
    const others = !named
      ? []
      : ts.isNamespaceImport(named)
        ? [named.name]
        : named.elements.map((e) => e.name);
    return [name, ...others].flatMap((local) => one(local, 'import', true, true));
  }
  return [];
}

function bindings(name: TypeScript.BindingName): TypeScript.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindings(element.name) : []));
}

const word = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** Every word of a text that could be a name. */
export function wordsOf(source: string): Set<string> {
  return new Set(source.match(word));
}
