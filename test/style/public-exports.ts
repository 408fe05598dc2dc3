import { join } from 'node:path';
import ts from 'typescript';

/**
 * The public surface as text: one line an export of the runtime (`src/index.ts`) and of what a cell sees
 * (`kernel/prelude.ts`), sorted, each with its kind and, for functions and classes, nothing of their insides.
 */
export function publicExports(root: string): string {
  const entries = ['src/index.ts', 'kernel/prelude.ts'];
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2024,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
    },
  );
  const checker = program.getTypeChecker();
  return entries
    .map((entry) => {
      const file = program.getSourceFile(join(root, entry));
      const module = file && checker.getSymbolAtLocation(file);
      if (module === undefined) return `# ${entry}: no module`;
      const lines = checker
        .getExportsOfModule(module)
        .map((symbol) => `${kindOf(symbol, checker)} ${symbol.name}`);
      return [`# ${entry}`, ...lines.sort()].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

function kindOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target.flags & ts.SymbolFlags.Class) return 'class';
  if (target.flags & ts.SymbolFlags.Function) return 'function';
  if (target.flags & ts.SymbolFlags.Variable) return 'const';
  return 'type';
}
