import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Json } from '../../graph/process-graph.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { checkedPlan, checkProcess, commonFields, processSchema } from './process-body.ts';
import { tarArchive } from './tar-archive.ts';

/** Computes a process while its caller waits; what is computed ends when the caller goes. */
export function resultRoutes(app: App, { runner, clock, config: { collections } }: Doors): void {
  app.post(
    `${openeoPrefix}/result`,
    {
      config: { access: 'openeo' },
      schema: {
        tags: ['openeo processing'],
        summary: 'Compute a process at once',
        description:
          'Answers in the format that save_result asks for; several files as a tar archive. A plain value is answered as JSON.',
        operationId: 'compute-result',
        body: Type.Object({ process: processSchema, ...commonFields }),
        produces: ['application/octet-stream'],
        response: { 200: Type.Unknown({ description: 'The result.' }) },
      },
    },
    async (request, reply) => {
      const { process, plan } = request.body;
      checkedPlan(plan);
      checkProcess(process, collections);
      const graph = { process_graph: process.process_graph } as Json;
      const { files } = await runner.run(graph, { caller: callerOf(request), signal: request.signal });
      reply.header('openeo-costs', '0').header('openeo-identifier', request.id);
      const [file] = files;
      if (file === undefined) return reply.type('application/json').send(Buffer.from('null'));
      if (files.length === 1)
        return reply
          .header('content-disposition', `attachment; filename="${file.name}"`)
          .type(file.mediaType)
          .send(bufferOf(file.bytes));
      const parts = tarArchive(files, clock());
      return reply
        .header('content-disposition', 'attachment; filename="result.tar"')
        .header(
          'content-length',
          parts.reduce((sum, { length }) => sum + length, 0),
        )
        .type('application/x-tar')
        .send(Readable.from(parts));
    },
  );
}

/** The same memory as the framework knows how to send it. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
