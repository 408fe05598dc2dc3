import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { sharedData } from '../support/shared-data.ts';

interface Description {
  readonly paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  readonly components: { readonly responses: Record<string, Response> };
}

interface Response {
  readonly $ref?: string;
  readonly content?: Record<string, { schema: object }>;
}

const place = sharedData('spec', 'openeo-api', 'openapi.yaml');

/**
 * A function that holds an answer to the schema of the openEO API's own description, found by `GET /jobs/{job_id}` and the status;
 * undefined where the specification is not beside the project.
 */
export function openeoSchemas(): ((operation: string, status: number, body: unknown) => void) | undefined {
  if (place === undefined) return undefined;
  // A data type is "one of" three kinds there, of which the first takes everything: nothing would pass.
  const text = readFileSync(place, 'utf8').replace(/oneOf:(?=\s+- title: Generic)/g, 'anyOf:');
  const description = nullableByType(parse(text)) as Description;
  const ajv = new Ajv({ strict: false, validateFormats: false, discriminator: false, allErrors: true });
  ajv.addSchema(description, 'openeo');
  return (operation, status, body) => {
    const [method = '', path = ''] = operation.split(' ');
    const responses = description.paths[path]?.[method.toLowerCase()]?.responses;
    assert.ok(responses, `${operation} is no operation of the openEO API`);
    const stated = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
    assert.ok(stated, `${operation} does not answer ${status}`);
    const name = stated.$ref?.split('/').at(-1);
    const response = name === undefined ? stated : description.components.responses[name];
    const [json] = Object.values(response?.content ?? {});
    assert.ok(json, `${operation} ${status} has no content`);
    const schema = JSON.parse(JSON.stringify(json.schema).replaceAll('"#/', '"openeo#/')) as object;
    const validate = ajv.compile(schema);
    assert.ok(validate(body), `${operation} ${status}: ${ajv.errorsText(validate.errors)}`);
  };
}

/** `nullable` beside no type, as in OpenAPI 3.0, in the words of JSON Schema. */
function nullableByType(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(nullableByType);
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, nullableByType(part)]));
  if (own.nullable !== true || own.type !== undefined) return own;
  const { nullable: _, ...rest } = own;
  return { anyOf: [rest, { type: 'null' }] };
}
