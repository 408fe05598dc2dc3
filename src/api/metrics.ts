import type { IncomingHttpHeaders } from 'node:http';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { Type } from 'typebox';
import { NotFound } from '../errors.ts';
import { setting } from '../settings.ts';
import type { App } from './app.ts';
import { isLoopback, isSameSecret } from './local-callers.ts';

/** Numbers of the server for Prometheus at `/metrics`: of the process, and of requests by route, method and status. */
export function measureRequests(app: App): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'furrow_request_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 15, 60],
    registers: [registry],
  });
  const open = new Gauge({
    name: 'furrow_requests_open',
    help: 'Requests that are being answered.',
    registers: [registry],
  });
  app.addHook('onRequest', async () => open.inc());
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    open.dec();
    seconds.observe(
      { method, route: routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
  });
  app.addHook('onRequestAbort', async (_request) => open.dec());
  app.get(
    '/metrics',
    {
      config: { access: 'open' },
      schema: {
        summary: 'Numbers for Prometheus',
        description: 'With the bearer token of FURROW_METRICS_TOKEN, or from the machine itself.',
        tags: ['server'],
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const token = setting('metricsToken');
      const allowed =
        token === undefined
          ? isLoopback(request.socket.remoteAddress ?? '') &&
            request.headers['x-forwarded-for'] === undefined &&
            request.headers.forwarded === undefined &&
            !isForwarded(request.headers)
          : isSameSecret(request.headers.authorization ?? '', `Bearer ${token}`);
      if (!allowed) throw new NotFound('there is nothing at this address');
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );
  return registry;
}

/** Whether a proxy passed a request on: its sender is elsewhere, however near the proxy is. */
function isForwarded(headers: IncomingHttpHeaders): boolean {
  return ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via'].some(
    (name) => headers[name] !== undefined,
  );
}
