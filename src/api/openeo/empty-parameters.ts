import type { App } from '../app.ts';
import { openeoPrefix } from '../doors.ts';

/** Parameters of a query without a value count as left out (openEO API 1.2, `allowEmptyValue`). Call it before the first route. */
export function ignoreEmptyParameters(app: App): void {
  app.addHook('preValidation', async ({ url, query }) => {
    if (!url.startsWith(openeoPrefix)) return;
    const given = query as Record<string, unknown>;
    for (const [name, value] of Object.entries(given)) if (value === '') delete given[name];
  });
}
