import { Type } from 'typebox';
import { LimitExceeded } from '../../errors.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { processProblems } from './check-process.ts';

/** Says what is wrong with a process, without running it. */
export function validationRoutes(app: App, { config: { collections } }: Doors): void {
  app.post(
    `${openeoPrefix}/validation`,
    {
      config: { access: 'openeo' },
      schema: {
        tags: ['openeo processing'],
        summary: 'What is wrong with a process',
        operationId: 'validate-custom-process',
        body: anyObject,
        response: {
          200: Type.Object({
            errors: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
          }),
        },
      },
    },
    async ({ body }) => {
      try {
        return { errors: processProblems(body as Record<string, unknown>, collections) };
      } catch (error) {
        if (!(error instanceof LimitExceeded)) throw error;
        return { errors: [{ code: 'ProcessGraphComplexity', message: error.message }] };
      }
    },
  );
}
