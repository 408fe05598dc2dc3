import type { App } from '../app.ts';
import { openeoPrefix } from '../doors.ts';

export interface AnnouncedRoute {
  /** Below the address of the API, variables in braces. */
  readonly path: string;
  readonly methods: string[];
}

const announcedMethods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];

/**
 * The routes of the openEO API that an app has, gathered as they are added: what is announced is what is there. Call it before
 * the first. WebSockets are no part of the API and are left out.
 */
export function announceRoutes(app: App): () => AnnouncedRoute[] {
  const found = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method, websocket }) => {
    if (!url.startsWith(`${openeoPrefix}/`) || websocket === true) return;
    const path = url.slice(openeoPrefix.length).replaceAll(/:(\w+)/g, '{$1}');
    const methods = found.get(path) ?? new Set();
    for (const name of [method].flat()) if (announcedMethods.includes(name)) methods.add(name);
    found.set(path, methods);
  });
  return () =>
    [...found]
      .map(([path, methods]) => ({ path, methods: [...methods] }))
      .filter(({ methods }) => methods.length > 0);
}
