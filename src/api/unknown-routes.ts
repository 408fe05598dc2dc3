import { MethodNotAllowed, NotFound } from '../errors.ts';
import type { App } from './app.ts';

/** Which methods each path pattern of an app knows. */
export interface KnownRoutes {
  methodsAt(path: string): readonly string[];
}

/** Remembers the routes of an app as they are added; call it before the first. */
export function rememberRoutes(app: App): KnownRoutes {
  const known = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = known.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) entry.methods.add(name);
    known.set(url, entry);
  });
  return {
    methodsAt: (path) =>
      [...known.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])),
  };
}

/** `/parcels/:dataset/:pid` as a regular expression. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part
      .split(/(:\w+(?:\([^)]*\))?)/)
      .map((piece) => (piece.startsWith(':') ? '[^/]+' : piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('');
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}

/** Answers what no route does: 405 with the methods there are, else 404. */
export function answerUnknown(app: App, { methodsAt }: KnownRoutes): void {
  app.setNotFoundHandler(async ({ method, url }, reply) => {
    const path = url.split('?', 1)[0] ?? '';
    const methods = methodsAt(path);
    if (methods.length === 0) throw new NotFound(`there is nothing at ${path.slice(0, 200)}`);
    reply.header('allow', methods.join(', '));
    throw new MethodNotAllowed(`${path} takes ${methods.join(', ')}, not ${method}`);
  });
}
