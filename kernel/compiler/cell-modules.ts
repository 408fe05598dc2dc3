import { type DeclaredName, declaredNames, wordsOf } from './declared-names.ts';
import type { RecordedCell } from './language-messages.ts';

/** A cell as a module for the type checker: what it takes from earlier cells, its text, what later cells may take. */
export interface CellModule {
  readonly specifier: string;
  readonly text: string;
  /** Specifiers of the cells that it takes names from. */
  readonly needs: ReadonlySet<string>;
}

interface Origin {
  readonly specifier: string;
  readonly kind: string;
}

/** Where the newest value and the newest type of a name come from. */
interface LiveName {
  readonly value?: Origin | undefined;
  readonly type?: Origin | undefined;
}

/**
 * The cells that ran, as modules. Each takes names from the newest cell that declares them, so a later declaration
 * shadows an earlier one without changing what cells in between saw. Cells that nobody can reach any more are dropped.
 */
export function openCellModules() {
  const live = new Map<string, LiveName>();
  const modules = new Map<string, CellModule>();

  function declare(specifier: string, names: readonly Omit<DeclaredName, 'exported'>[]): void {
    for (const { name, kind, value, type } of names) {
      const origin = { specifier, kind };
      const before = live.get(name);
      live.set(name, { value: value ? origin : before?.value, type: type ? origin : before?.type });
    }
  }

  /** One line of imports and declarations that gives a text the names it does not declare itself. */
  function header(
    own: readonly DeclaredName[],
    only?: ReadonlySet<string>,
  ): { text: string; needs: Set<string> } {
    const imports = new Map<string, string[]>();
    const needs = new Set<string>();
    let declared = '';
    const take = (name: string, { specifier }: Origin) => {
      needs.add(specifier);
      imports.set(specifier, [...(imports.get(specifier) ?? []), name]);
    };
    for (const [name, { value, type }] of live) {
      if (only && !only.has(name)) continue;
      const mine = own.filter((declaration) => declaration.name === name);
      const wantsValue = value && !mine.some((declaration) => declaration.value);
      const wantsType = type && !mine.some((declaration) => declaration.type);
      // An import cannot be assigned to, a let can. A type of the same name may still come from elsewhere.
      if (wantsValue && (/^(let|var)$/.test(value.kind) || (type && type.specifier !== value.specifier))) {
        needs.add(value.specifier);
        declared += `declare ${value.kind === 'let' || value.kind === 'var' ? 'let' : 'const'} ${name}:typeof import('${value.specifier}').${name};`;
        if (wantsType) take(name, type);
      } else if (wantsValue) take(name, value);
      else if (wantsType && !(value && value.specifier === type.specifier)) take(name, type);
    }
    const lines = [...imports].map(([specifier, names]) => `import{${names.join(',')}}from'${specifier}';`);
    return { text: `${lines.join('')}${declared}\n`, needs };
  }

  function forget(): void {
    const reached = new Set<string>();
    const todo = [...live.values()].flatMap(({ value, type }) => [value?.specifier, type?.specifier]);
    for (const specifier of todo) {
      if (specifier === undefined || reached.has(specifier)) continue;
      reached.add(specifier);
      todo.push(...(modules.get(specifier)?.needs ?? []));
    }
    for (const specifier of modules.keys()) if (!reached.has(specifier)) modules.delete(specifier);
  }

  return {
    modules,
    declare,
    /** The keyword that declared the newest value or type of a name. */
    kindOf: (name: string): string | undefined => live.get(name)?.value?.kind ?? live.get(name)?.type?.kind,
    /** What stands in front of a cell that is being written. */
    headerFor: (source: string): string => header(declaredNames(source)).text,
    /** Adds a cell that ran, or replaces the one of the same number. */
    record({ id, source }: RecordedCell): void {
      const specifier = `#cell-${id}`;
      const names = declaredNames(source);
      for (const [name, { value, type }] of live)
        if (value?.specifier === specifier || type?.specifier === specifier) live.delete(name);
      const { text, needs } = header(names, wordsOf(source));
      const exports = new Set(names.filter(({ exported }) => !exported).map(({ name }) => name));
      modules.set(specifier, {
        specifier,
        text: `${text}${source}\nexport{${[...exports].join(',')}}`,
        needs,
      });
      declare(specifier, names);
      forget();
    },
  };
}
