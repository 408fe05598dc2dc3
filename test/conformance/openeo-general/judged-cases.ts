import { isDeepStrictEqual } from 'node:util';
import { functionalPart, officialDefinition } from '../../support/functional-part.ts';
import type { Check } from '../suite.ts';

/** What a back end announces: methods by path. */
export type Announced = ReadonlyMap<string, readonly string[]>;

/** The operation that a case of the group general is about, by the words of its name. */
const operations: Readonly<Record<string, string>> = {
  GET_backend_info: 'GET /',
  GET_well_known: 'GET /',
  GET_file_formats: 'GET /file_formats',
  GET_conformance: 'GET /conformance',
  GET_udf_runtimes: 'GET /udf_runtimes',
  GET_service_types: 'GET /service_types',
  GET_credentials_oidc: 'GET /credentials/oidc',
  GET_collections: 'GET /collections',
  GET_collections_collection_id: 'GET /collections/{collection_id}',
  GET_processes: 'GET /processes',
  GET_me: 'GET /me',
  GET_process_graphs: 'GET /process_graphs',
  GET_process_graphs_process_id: 'GET /process_graphs/{process_graph_id}',
  PUT_process_graphs_process_id: 'PUT /process_graphs/{process_graph_id}',
  DELETE_process_graphs_process_id: 'DELETE /process_graphs/{process_graph_id}',
  GET_jobs: 'GET /jobs',
  POST_jobs: 'POST /jobs',
  GET_jobs_job_id: 'GET /jobs/{job_id}',
  PATCH_jobs_job_id: 'PATCH /jobs/{job_id}',
  DELETE_jobs_job_id: 'DELETE /jobs/{job_id}',
  GET_jobs_job_id_results: 'GET /jobs/{job_id}/results',
  POST_jobs_job_id_results: 'POST /jobs/{job_id}/results',
  DELETE_jobs_job_id_results: 'DELETE /jobs/{job_id}/results',
  GET_jobs_job_id_estimate: 'GET /jobs/{job_id}/estimate',
  GET_jobs_job_id_logs: 'GET /jobs/{job_id}/logs',
  POST_result: 'POST /result',
  POST_validation: 'POST /validation',
};

/** A case of the group general: one of an operation that is not announced does not count, whatever became of it. */
export function judgedGeneral(check: Check, announced: Announced): Check {
  const words = /test_(?:negative_|none_|empty_)?(\w+)/.exec(check.name)?.[1] ?? '';
  const operation = operations[words];
  const [method = '', path = ''] = operation?.split(' ') ?? [];
  if (operation === undefined || path === '/' || announced.get(path)?.includes(method)) return check;
  return { name: check.name, status: 'skipped', message: `${operation} is not announced` };
}

/** Processes as the back end lists them, by id. */
export type Listed = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/**
 * A case of the group metadata. Half of it compares words for people alone; the other half compares such words too where they stand in
 * schemas: what fails there counts unless all but the words is what the specification says.
 */
export function judgedMetadata(check: Check, listed: Listed): Check {
  const skipped = (message: string): Check => ({ name: check.name, status: 'skipped', message });
  if (check.name.includes('non_functional'))
    return skipped('asks for the descriptions of the specification word for word; ours are our own');
  if (check.status !== 'failed') return check;
  const id = /\[(\w+)\]/.exec(check.name)?.[1] ?? '';
  const [ours, text] = [listed.get(id), officialDefinition(id)];
  if (ours === undefined || text === undefined) return check;
  const official = JSON.parse(text) as Record<string, unknown>;
  const same = ['parameters', 'returns'].every((part) =>
    isDeepStrictEqual(functionalPart(ours[part]), functionalPart(official[part])),
  );
  return same
    ? skipped('differs in titles, descriptions and examples within schemas only: ours are our own words')
    : check;
}
