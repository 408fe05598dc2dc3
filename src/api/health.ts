import { Type } from 'typebox';
import { StoreUnavailable } from '../errors.ts';
import type { App } from './app.ts';
import type { Doors } from './doors.ts';

const state = Type.Object({ status: Type.String() });
const patienceMs = 5_000;

/** `/health`: the process answers. `/ready`: its store does too, and it is not about to stop. */
export function healthRoutes(app: App, { store, stopping }: Doors): void {
  const config = { access: 'open' } as const;
  app.get(
    '/health',
    {
      config,
      schema: { summary: 'Whether the process answers', tags: ['server'], response: { 200: state } },
    },
    async () => ({ status: 'ok' }),
  );
  app.get(
    '/ready',
    {
      config,
      schema: { summary: 'Whether requests can be served', tags: ['server'], response: { 200: state } },
    },
    async ({ signal }) => {
      if (stopping.aborted) throw new StoreUnavailable('the server is stopping');
      const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
      await store.query('select 1', [], { signal: patience }).catch((cause: unknown) => {
        throw new StoreUnavailable('the store does not answer', { cause });
      });
      return { status: 'ready' };
    },
  );
}
