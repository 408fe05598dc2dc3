/** JSON as it is in a process graph. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A process graph as openEO writes it: nodes by id. */
export type ProcessGraph = Readonly<Record<string, ProcessNode>>;

export interface ProcessNode {
  readonly process_id: string;
  readonly arguments: Readonly<Record<string, Json>>;
  readonly result?: boolean | undefined;
  readonly description?: string | undefined;
}

/** A parsed argument: what is literal is told apart from references and child processes. */
export type Argument =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'node'; readonly id: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'process'; readonly graph: ParsedGraph }
  | { readonly kind: 'array'; readonly items: readonly Argument[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, Argument> };

export interface ParsedNode {
  readonly id: string;
  readonly process: string;
  readonly args: ReadonlyMap<string, Argument>;
  readonly isResult: boolean;
}

export interface ParsedGraph {
  /** In the order of the JSON text. */
  readonly nodes: ReadonlyMap<string, ParsedNode>;
}

/** One thing that is wrong with a graph. `node` is the path of node ids, from the outermost graph inwards. */
export interface Problem {
  readonly code:
    | 'ProcessGraphInvalid'
    | 'ProcessGraphMissing'
    | 'ProcessUnsupported'
    | 'ProcessParameterRequired'
    | 'ProcessParameterInvalid'
    | 'FileTypeInvalid'
    | 'FeatureUnsupported';
  readonly node: string;
  readonly message: string;
}

/** The nodes that an argument refers to. */
export function* referencedNodes(argument: Argument): Generator<string> {
  if (argument.kind === 'node') yield argument.id;
  if (argument.kind === 'array') for (const item of argument.items) yield* referencedNodes(item);
  if (argument.kind === 'object')
    for (const entry of argument.entries.values()) yield* referencedNodes(entry);
}
