import { InvalidArgument, LimitExceeded } from '../errors.ts';
import { limit } from '../limits.ts';
import type { App } from './app.ts';

const [quote = 0, backslash = 0, open = 0, close = 0, openList = 0, closeList = 0] = Buffer.from('"\\{}[]');

/** How deeply JSON text nests; text in quotes does not count. Ill-formed text gives some number. */
export function nestingOf(text: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (inText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === open || byte === openList) deepest = Math.max(deepest, (depth += 1));
    else if (byte === close || byte === closeList) depth -= 1;
  }
  return deepest;
}

/**
 * Reads bodies of requests as JSON, whatever JSON type they carry: nested no deeper than `bodyDepth`, and without names that
 * reach into prototypes. Throws `LimitExceeded` and `InvalidArgument`.
 */
export function readJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // Also text/plain, which pages of any origin may send without asking first.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(json|[\w.-]+\+json)\b/,
    { parseAs: 'buffer', bodyLimit: limit('bodyBytes') },
    (request, body, done) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const deepest = limit('bodyDepth');
      if (nestingOf(bytes) > deepest) {
        done(
          new LimitExceeded(
            `the request nests deeper than ${deepest} levels; FURROW_MAX_BODY_DEPTH sets that limit`,
          ),
        );
        return;
      }
      const read = (error: Error | null, value?: unknown) => {
        if (error) done(new InvalidArgument(`the request is no JSON: ${error.message}`));
        else done(null, value);
      };
      // An empty body with a JSON type is how some clients send no body.
      if (bytes.length === 0) read(null, undefined);
      else void parse(request, bytes.toString(), read);
    },
  );
}
