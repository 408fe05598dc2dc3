import { Type } from 'typebox';
import type { JsonObject } from '../../jobs/job.ts';
import {
  changeService,
  createService,
  getService,
  listServices,
  removeService,
  type Service,
  type ServiceSummary,
} from '../../jobs/services.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { linkSchema, openeoAddress } from './addresses.ts';
import { freePlan } from './capabilities.ts';
import { pageOf, pageQuery } from './pages.ts';
import { checkedPlan, checkProcess, commonFields, idSchema, processSchema } from './process-body.ts';
import { serviceTypes } from './service-types.ts';
import { signedTiles } from './signed-links.ts';

/** How long the address of a service's tiles holds; showing the service again gives a new one. */
const addressMs = 30 * 24 * 3_600_000;

const config = { access: 'openeo' } as const;
const tags = ['openeo services'];
const params = Type.Object({ service_id: idSchema });
const none = Type.Unsafe<void>(Type.Null({ description: 'Done.' }));
const fields = {
  ...commonFields,
  enabled: Type.Optional(Type.Boolean()),
  configuration: Type.Optional(anyObject),
};

/** Map tiles of a process: made, listed, shown, changed, deleted. */
export function serviceRoutes(app: App, doors: Doors): void {
  const { config: own, store } = doors;
  const { collections } = own;
  const document = (owner: string, service: ServiceSummary | Service) => {
    const expires = new Date(doors.clock().getTime() + addressMs);
    return serviceDocument(service, signedTiles(doors, { owner, service: service.id, expires }));
  };
  app.get(
    `${openeoPrefix}/service_types`,
    {
      config: { access: 'open' },
      schema: {
        tags,
        summary: 'Types of services',
        operationId: 'list-service-types',
        response: { 200: anyObject },
      },
    },
    async () => serviceTypes,
  );
  app.get(
    `${openeoPrefix}/services`,
    {
      config,
      schema: {
        tags,
        summary: 'Services of the caller, the newest first',
        operationId: 'list-services',
        querystring: pageQuery,
        response: { 200: Type.Object({ services: Type.Array(anyObject), links: Type.Array(linkSchema) }) },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const all = await listServices(store, caller, { signal: request.signal });
      const { page, links } = pageOf(all, request.query, openeoAddress(doors, '/services'));
      return { services: page.map((service) => document(caller.name, service)), links: [...links] };
    },
  );
  app.post(
    `${openeoPrefix}/services`,
    {
      config,
      schema: {
        tags,
        summary: 'Make a service',
        operationId: 'create-service',
        body: Type.Object({ type: Type.String({ maxLength: 100 }), process: processSchema, ...fields }),
        response: { 201: none },
      },
    },
    async (request, reply) => {
      const { process, configuration, plan, log_level: logLevel, ...rest } = request.body;
      checkProcess(process, collections);
      const id = await createService(
        store,
        callerOf(request),
        {
          ...rest,
          process: process as JsonObject,
          configuration: configuration as JsonObject | undefined,
          plan: checkedPlan(plan),
          logLevel,
        },
        { signal: request.signal },
      );
      return reply
        .code(201)
        .header('location', openeoAddress(doors, `/services/${id}`))
        .header('openeo-identifier', id)
        .send();
    },
  );
  app.get(
    `${openeoPrefix}/services/:service_id`,
    {
      config,
      schema: {
        tags,
        summary: 'A service',
        operationId: 'describe-service',
        params,
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { service_id: id } = request.params;
      return document(caller.name, await getService(store, caller, id, { signal: request.signal }));
    },
  );
  app.patch(
    `${openeoPrefix}/services/:service_id`,
    {
      config,
      schema: {
        tags,
        summary: 'Change a service',
        operationId: 'update-service',
        params,
        body: Type.Object({ process: Type.Optional(processSchema), ...fields }),
        response: { 204: none },
      },
    },
    async (request, reply) => {
      const { process, configuration, plan, log_level: logLevel, ...rest } = request.body;
      const { service_id: id } = request.params;
      const caller = callerOf(request);
      const { signal } = request;
      if (process !== undefined) checkProcess(process, collections);
      const change = {
        title: rest.title,
        description: rest.description,
        budget: rest.budget,
        enabled: rest.enabled,
        process: process as JsonObject | undefined,
        configuration: configuration as JsonObject | undefined,
        plan: checkedPlan(plan),
        logLevel,
      };
      // A change of nothing is done at once, for a service that is there.
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      if (Object.keys(given).length === 0) await getService(store, caller, id, { signal });
      else await changeService(store, caller, id, given, { signal });
      return reply.code(204).send();
    },
  );
  app.delete(
    `${openeoPrefix}/services/:service_id`,
    {
      config,
      schema: {
        tags,
        summary: 'Delete a service',
        operationId: 'delete-service',
        params,
        response: { 204: none },
      },
    },
    async (request, reply) => {
      await removeService(store, callerOf(request), request.params.service_id, { signal: request.signal });
      return reply.code(204).send();
    },
  );
}

/** A service as the openEO API writes it; with its process only where it is asked for alone. */
function serviceDocument(service: ServiceSummary | Service, url: string): Record<string, unknown> {
  const { id, type, title, description, enabled, created, plan, budget, logLevel } = service;
  return {
    id,
    type: type.toUpperCase(),
    url,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...('process' in service
      ? { process: service.process, configuration: service.configuration, attributes: service.attributes }
      : {}),
    enabled,
    created: created.toISOString(),
    plan: plan ?? freePlan,
    ...(budget === undefined ? {} : { budget }),
    log_level: logLevel,
  };
}
