/** What tells front ends where mathematics begins: a dollar sign, `\(`, `\[` or an environment. */
const delimiter = /(?<!\\)\$|\\[([]|\\begin\s*\{/;

/** LaTeX as front ends take it: a bare formula is set off by `$$`, as they show what has no delimiter as it is written. */
export function delimitedLatex(latex: string): string {
  return delimiter.test(latex) ? latex : `$$${latex.trim()}$$`;
}
