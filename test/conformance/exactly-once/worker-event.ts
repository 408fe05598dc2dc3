/** What a worker process tells; `at` of the clock in milliseconds is added as it is written. */
export type WorkerEvent =
  | { readonly kind: 'claim'; readonly unit: string; readonly token: string; readonly tries: number }
  | { readonly kind: 'done'; readonly unit: string }
  /** The store cannot be reached. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'end'; readonly failed: number };

export type ToldEvent = WorkerEvent & { readonly at: number };
