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
  let output = '';
  let line = 0;
  let end = 0;
  let previous = ';';
  for (const token of tokens) {
    const text = code.slice(token.start, token.end);
    const wanted = sourceLine(map, token) ?? line;
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

function sourceLine(map: SourceMap, token: Token): number | undefined {
  if (!token.loc) return undefined;
  const entry = map.findEntry(token.loc.start.line - 1, token.loc.start.column);
  return 'originalLine' in entry ? entry.originalLine : undefined;
}
