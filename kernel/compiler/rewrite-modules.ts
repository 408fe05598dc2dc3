import type {
  AnyNode,
  ExportAllDeclaration,
  ExportNamedDeclaration,
  ImportAttribute,
  ImportDeclaration,
  Literal,
  Program,
} from 'acorn';
import { blank, type Edit, emptied, fill } from './edits.ts';

/** What stands in a cell for the loader: `(specifier, { with }?) => Promise<module namespace>`, and `.meta`. */
const importHelper = "globalThis['furrow.import']";

/**
 * Edits that turn the module syntax of a cell into code for a script: `import` declarations into awaited
 * destructuring (in front of everything but directives, as in a module), `import()` and `import.meta` into the loader,
 * `export` into nothing.
 */
export function moduleEdits(source: string, program: Program): Edit[] {
  const edits: Edit[] = [];
  const top = program.body.find((node) => node.type !== 'ImportDeclaration' && !isDirective(node))?.start;
  for (const node of program.body) {
    const whole = source.slice(node.start, node.end);
    if (node.type === 'ImportDeclaration') {
      const text = importStatement(source, node);
      if (top !== undefined && node.start > top) {
        edits.push({ start: top, end: top, text: `${text} `, made: true });
        edits.push({ start: node.start, end: node.end, text: emptied(whole) });
      } else edits.push({ start: node.start, end: node.end, text: fill(text, whole), made: true });
    } else if (
      node.type === 'ExportAllDeclaration' ||
      (node.type === 'ExportNamedDeclaration' && node.source)
    ) {
      const text = fill(`void ${loaded(source, node)};`, whole);
      edits.push({ start: node.start, end: node.end, text, made: true });
    } else if (node.type === 'ExportNamedDeclaration') {
      const { declaration } = node;
      const end = declaration ? declaration.start : node.end;
      edits.push({
        start: node.start,
        end,
        text: declaration ? blank(source.slice(node.start, end)) : emptied(whole),
      });
    } else if (node.type === 'ExportDefaultDeclaration') {
      const { declaration } = node;
      const head = defaultHead.exec(whole)?.[0] ?? '';
      const named =
        /^(Function|Class)Declaration$/.test(declaration.type) && 'id' in declaration && declaration.id;
      if (named) edits.push({ start: node.start, end: node.start + head.length, text: blank(head) });
      else {
        // The expression begins and ends within parentheses of its own. The semicolon keeps ours from calling what the
        // line before leaves open.
        const end = whole.endsWith(';') ? node.end - 1 : node.end;
        edits.push({
          start: node.start,
          end: node.start + head.length,
          text: blank(head).replace(/..$/, ';('),
        });
        edits.push({ start: end, end, text: ')' });
      }
    }
  }
  // Nearly no cell has `import` other than in a declaration: the walk over the whole tree is the slow part.
  if (/import(?!\s*[\w$*{'"])/.test(source)) visit(program, (node) => edits.push(...dynamicEdits(node)));
  return edits;
}

const defaultHead = /^export(?:\s|\/\*[\s\S]*?\*\/|\/\/.*)*default/;

/** Whether a statement is one such as `'use strict'`: it counts only where nothing stands in front of it. */
export function isDirective(node: AnyNode): boolean {
  return 'directive' in node && typeof node.directive === 'string';
}

function importStatement(source: string, node: ImportDeclaration): string {
  const module = loaded(source, node);
  const named: string[] = [];
  let whole: string | undefined;
  for (const specifier of node.specifiers) {
    const local = specifier.local.name;
    if (specifier.type === 'ImportNamespaceSpecifier') whole = local;
    else if (specifier.type === 'ImportDefaultSpecifier') named.push(`default: ${local}`);
    else {
      const imported = source.slice(specifier.imported.start, specifier.imported.end);
      named.push(imported === local ? local : `${imported}: ${local}`);
    }
  }
  const members = named.length > 0 ? `{ ${named.join(', ')} }` : undefined;
  if (whole !== undefined) return `let ${whole} = ${module}${members ? `, ${members} = ${whole}` : ''};`;
  return members ? `let ${members} = ${module};` : `void ${module};`;
}

type WithSource = ImportDeclaration | ExportAllDeclaration | ExportNamedDeclaration;

function loaded(source: string, node: WithSource): string {
  const text = (part: Literal | null | undefined): string =>
    part ? source.slice(part.start, part.end) : "''";
  const attributes: readonly ImportAttribute[] = node.attributes ?? [];
  const pairs = attributes.map(({ key, value }) => `${source.slice(key.start, key.end)}: ${text(value)}`);
  const options = pairs.length > 0 ? `, { with: { ${pairs.join(', ')} } }` : '';
  return `await ${importHelper}(${text(node.source)}${options})`;
}

function dynamicEdits(node: AnyNode): Edit[] {
  if (node.type === 'ImportExpression')
    return [{ start: node.start, end: node.start + 'import'.length, text: importHelper }];
  if (node.type === 'MetaProperty' && node.meta.name === 'import')
    return [{ start: node.start, end: node.end, text: `${importHelper}.meta` }];
  return [];
}

/** Calls `see` for the node and everything below it; not below a node for which it answers `false`. */
export function visit(node: AnyNode, see: (node: AnyNode) => unknown): void {
  if (see(node) === false) return;
  for (const child of Object.values(node) as unknown[]) {
    if (Array.isArray(child)) {
      for (const item of child as unknown[]) if (isNode(item)) visit(item, see);
    } else if (isNode(child)) visit(child, see);
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
