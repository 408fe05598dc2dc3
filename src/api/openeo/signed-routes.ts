import { Type } from 'typebox';
import { NotFound } from '../../errors.ts';
import { openSource } from '../../storage/open-source.ts';
import type { App } from '../app.ts';
import type { Doors } from '../doors.ts';
import { openedLink } from '../opened-link.ts';
import { resultDocument } from './result-document.ts';
import { sendBytes } from './send-bytes.ts';
import { type SignedTarget, signedTarget } from './signed-links.ts';

const params = Type.Object({
  token: Type.String({ maxLength: 4096 }),
  name: Type.String({ maxLength: 250 }),
});

/** What links open that were signed for a while: files of results, and the document that describes them. Whoever has one may. */
export function signedRoutes(app: App, doors: Doors): void {
  const { jobs } = doors;
  app.route({
    method: ['GET', 'HEAD'],
    url: '/signed/:token/:name',
    config: { access: 'open' },
    schema: {
      tags: ['signed links'],
      summary: 'A file that a signed link opens',
      params,
      produces: ['application/octet-stream'],
      response: {
        200: Type.Unknown({ description: 'The file.' }),
        206: Type.Unknown({ description: 'The range of it that was asked for.' }),
        304: Type.Null({ description: 'The file is the one that is known.' }),
      },
    },
    handler: async (request, reply) => {
      const { token, name } = request.params;
      const { signal } = request;
      const { what, owner, expires } = await openedLink(doors, token, { signal });
      const caller = { name: owner };
      const target = signedTarget(what);
      if (nameOf(target) !== name) throw new NotFound('there is nothing at this address');
      if (target?.kind === 'job-file') {
        const file = await jobs.resultFile(caller, target.job, target.name, { signal });
        const source = await openSource(file.address, { trust: 'user', signal });
        return sendBytes(request, reply, { source, ...file, version: file.sha256 });
      }
      if (target?.kind === 'job-results') {
        const job = await jobs.get(caller, target.job, { signal });
        const outcome = await jobs.results(caller, target.job, { signal });
        if (outcome.kind === 'finished')
          return resultDocument(doors, { owner, job, results: outcome.results, expires });
      }
      throw new NotFound('there is nothing at this address');
    },
  });
}

/** The last segment of the address of a thing: it is part of what was signed. */
function nameOf(target: SignedTarget | undefined): string | undefined {
  if (target?.kind === 'job-file') return target.name;
  return target?.kind === 'job-results' ? 'results.json' : undefined;
}
