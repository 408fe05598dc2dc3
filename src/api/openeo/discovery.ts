import { Type } from 'typebox';
import { outputFormats } from '../../formats/output-formats.ts';
import { processes } from '../../processes/registry.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { linkSchema, openeoAddress } from './addresses.ts';
import { namedSubtypes } from './named-subtypes.ts';
import { pageOf, pageQuery } from './pages.ts';

const config = { access: 'open' } as const;
const tags = ['openeo discovery'];

/** The processes that can be run, the formats that results are written in, and the run times for foreign code: none. */
export function discoveryRoutes(app: App, doors: Doors): void {
  app.get(
    `${openeoPrefix}/processes`,
    {
      config,
      schema: {
        tags,
        summary: 'Processes',
        operationId: 'list-processes',
        querystring: pageQuery,
        response: { 200: Type.Object({ processes: Type.Array(anyObject), links: Type.Array(linkSchema) }) },
      },
    },
    async ({ query }) => {
      const all = [...processes.values()].map(({ definition }) => definition);
      const { page, links } = pageOf(all, query, openeoAddress(doors, '/processes'));
      return { processes: [...page], links: [...links] };
    },
  );
  app.get(
    `${openeoPrefix}/file_formats`,
    {
      config,
      schema: {
        tags,
        summary: 'Formats of files',
        operationId: 'list-file-types',
        response: { 200: Type.Object({ input: anyObject, output: anyObject }) },
      },
    },
    async () => ({
      // No process reads files of users.
      input: {},
      output: Object.fromEntries(
        outputFormats.map(({ name, title, description, gisDataTypes, parameters }) => [
          name,
          { title, description, gis_data_types: gisDataTypes, parameters: namedSubtypes(parameters) },
        ]),
      ),
    }),
  );
  app.get(
    `${openeoPrefix}/udf_runtimes`,
    {
      config,
      schema: {
        tags,
        summary: 'Run times of user-defined functions: none',
        operationId: 'list-udf-runtimes',
        response: { 200: Type.Object({}) },
      },
    },
    async () => ({}),
  );
}
