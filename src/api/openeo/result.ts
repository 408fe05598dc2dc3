import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Json } from '../../graph/process-graph.ts';
import type { NewLogLine } from '../../jobs/job.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix, toldBy } from '../doors.ts';
import { openeoAddress } from './addresses.ts';
import { logEntry, logsSchema } from './job-document.ts';
import { checkedPlan, checkProcess, commonFields, idSchema, processSchema } from './process-body.ts';
import { openRunLogs } from './run-logs.ts';
import { tarArchive } from './tar-archive.ts';

const tags = ['openeo processing'];

/** Computes a process while its caller waits; what is computed ends when the caller goes. */
export function resultRoutes(app: App, doors: Doors): void {
  const { runner, clock, config } = doors;
  const told = toldBy(doors);
  const logs = openRunLogs(clock);
  app.post(
    `${openeoPrefix}/result`,
    {
      config: { access: 'openeo' },
      schema: {
        tags,
        summary: 'Compute a process at once',
        description:
          'Answers in the format that save_result asks for; several files as a tar archive. A plain value is answered as JSON. The header Link (rel="monitor") leads to what there is to say of it, such as images that cannot be read and are left out.',
        operationId: 'compute-result',
        body: Type.Object({ process: processSchema, ...commonFields }),
        produces: ['application/octet-stream'],
        response: { 200: Type.Unknown({ description: 'The result.' }) },
      },
    },
    async (request, reply) => {
      const { process, plan, log_level: level = 'info' } = request.body;
      checkedPlan(plan);
      checkProcess(process, config.collections);
      const graph = { process_graph: process.process_graph } as Json;
      const caller = callerOf(request);
      const log = logs.begin(request.id, caller.name, level);
      const onLine = (line: NewLogLine) => log.add({ ...line, message: told(line.message) });
      const { files } = await runner.run(graph, { caller, signal: request.signal, onLine }).finally(() => {
        if (log.close())
          reply.header('link', `<${openeoAddress(doors, `/logs/${request.id}`)}>; rel="monitor"`);
      });
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
  app.get(
    `${openeoPrefix}/logs/:log_id`,
    {
      config: { access: 'openeo' },
      schema: {
        tags,
        summary: 'The log of a process that was computed at once',
        description: 'For an hour, for who asked for the result; the result links to it.',
        operationId: 'debug-result',
        params: Type.Object({ log_id: idSchema }),
        response: { 200: logsSchema },
      },
    },
    async (request) => {
      const { level, lines } = logs.read(request.params.log_id, callerOf(request).name);
      return { level, logs: lines.map(logEntry), links: [] };
    },
  );
}

/** The same memory as the framework knows how to send it. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
