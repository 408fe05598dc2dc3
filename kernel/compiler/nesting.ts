/** Levels of brackets that Node's type stripper can certainly read; somewhere above 1000 its memory is destroyed. */
const deepest = 400;

const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\/.*|\/\*[\s\S]*?\*\//g;

/** Type arguments in type arguments, and negations of negations: without brackets that are counted. */
const runs = /(?:<\s*[\w$.]+\s*){400}|[!~]{2000}/;

/**
 * Whether a text is nested so deeply that it must not be handed to Node's type stripper: what overflows the stack of that
 * one makes it fail for every later text of the process.
 */
export function isTooDeep(source: string): boolean {
  if (runs.test(source)) return true;
  return depthOf(source) > deepest && depthOf(source.replace(quoted, '')) > deepest;
}

function depthOf(text: string): number {
  let open = 0;
  let most = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 40 || code === 91 || code === 123) most = Math.max(most, ++open);
    else if ((code === 41 || code === 93 || code === 125) && open > 0) open -= 1;
  }
  return most;
}
