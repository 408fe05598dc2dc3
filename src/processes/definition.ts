import type { Arguments, Scope, Value } from './value.ts';

/** The part of JSON Schema (draft 7) that process definitions use, with openEO's subtypes. */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly subtype?: string;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly const?: string | number | boolean | null;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** As the specification spells it, at `delta` of `eq`. */
  readonly minimumExclusive?: number;
  readonly maximumExclusive?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly deprecated?: boolean;
  readonly default?: unknown;
  readonly dimensions?: readonly DimensionRequirement[];
  /** Of a child process: what it is called with, and what it must give. */
  readonly parameters?: readonly ProcessParameter[];
  readonly returns?: { readonly description: string; readonly schema: JsonSchema | readonly JsonSchema[] };
  readonly title?: string;
  readonly description?: string;
}

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

export interface DimensionRequirement {
  readonly type: string;
  readonly axis?: readonly string[];
  readonly geometry_type?: readonly string[];
}

export interface ProcessParameter {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema | readonly JsonSchema[];
  readonly optional?: boolean;
  readonly deprecated?: boolean;
  readonly default?: unknown;
  readonly minimum?: number;
}

/** A process as `GET /processes` of the openEO API lists it. Names, types and defaults are the specification's. */
export interface ProcessDefinition {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly parameters: readonly ProcessParameter[];
  readonly returns: { readonly description: string; readonly schema: JsonSchema | readonly JsonSchema[] };
  readonly exceptions?: Readonly<Record<string, { readonly message: string }>>;
  readonly experimental?: boolean;
}

export interface ArgumentProblem {
  readonly code: 'ProcessParameterInvalid' | 'FileTypeInvalid' | 'FeatureUnsupported';
  readonly message: string;
}

/** A registered process. `run` gets its arguments with references resolved and defaults filled in. */
export interface Process {
  readonly definition: ProcessDefinition;
  readonly run: (args: Arguments, scope: Scope) => Value;
  /** What is wrong with arguments that the graph states, beyond what schemas can say; others are left out. Found before a run. */
  readonly check?: ((stated: Arguments) => readonly ArgumentProblem[]) | undefined;
}
