import { SourceMap, type SourceMapPayload } from 'node:module';
import { parse, type Token } from 'acorn';

const mapComment = /\n*\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Kinds of tokens after which a line end never changes the meaning, whatever comes next. */
const breakable = new Set([';', '{', '}', ',', '(', '[', '${']);

/**
 * Lays printed JavaScript out again so that each token stands on the line of the source that its inline source map
 * names; tokens that the printer made up stay on the line before. Comments are dropped. Columns are not kept.
 */
export function keepLines(printed: string): string {
  const found = mapComment.exec(printed);
  const encoded = found?.[1];
  if (!found || encoded === undefined) return printed;
  const code = printed.slice(0, found.index);
  const map = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as SourceMapPayload);
  const tokens: Token[] = [];
  parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, onToken: tokens });
  const anchors = inOrder(tokens.map((token) => sourceLine(map, token)));
  let output = '';
  let line = 0;
  let end = 0;
  let previous = ';';
  for (const [at, token] of tokens.entries()) {
    const text = code.slice(token.start, token.end);
    const wanted = anchors[at] ?? line;
    if (wanted > line && breakable.has(previous) && token.type.label !== 'template') {
      output += '\n'.repeat(wanted - line);
      line = wanted;
    } else if (token.start > end) output += ' ';
    output += text;
    line += text.split('\n').length - 1;
    end = token.end;
    previous = token.type.label;
  }
  return output;
}

/** The line that the map names for the very start of a token; what is made up has none of its own. */
function sourceLine(map: SourceMap, token: Token): number | undefined {
  if (!token.loc) return undefined;
  const { line, column } = token.loc.start;
  const entry = map.findEntry(line - 1, column);
  const exact =
    'originalLine' in entry && entry.generatedLine === line - 1 && entry.generatedColumn === column;
  return exact ? entry.originalLine : undefined;
}

/**
 * The longest run of lines that never goes back; the others become undefined. Decorators are printed in front of their
 * class: a printer's order is not always that of the source, and one token out of order must not move all after it.
 */
function inOrder(lines: readonly (number | undefined)[]): (number | undefined)[] {
  /** `ends[n]` is where the run of length n + 1 with the lowest last line ends. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  for (const [at, line] of lines.entries()) {
    if (line === undefined) continue;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lines[ends[middle] ?? 0] ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    before[at] = low > 0 ? ends[low - 1] : undefined;
    ends[low] = at;
  }
  const kept: (number | undefined)[] = lines.map(() => undefined);
  for (let at = ends.at(-1); at !== undefined; at = before[at]) kept[at] = lines[at];
  return kept;
}
