import type { Json } from '../graph/process-graph.ts';

/** Severities of log lines, the worst first (openEO API 1.2, `log_level`). */
export const logLevels = ['error', 'warning', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The states of a batch job (openEO API 1.2, `batch_job`). */
export const jobStatuses = ['created', 'queued', 'running', 'canceled', 'finished', 'error'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export type JsonObject = { readonly [key: string]: Json };

/** What was measured of a run, as the openEO API writes it. */
export interface JobUsage {
  readonly cpu: { readonly value: number; readonly unit: 'cpu-seconds' };
  /** The most that its process held in memory, times its duration. */
  readonly memory: { readonly value: number; readonly unit: 'mb-seconds' };
  readonly duration: { readonly value: number; readonly unit: 'seconds' };
}

/** A batch job without its process, as lists show it. */
export interface JobSummary {
  readonly id: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly status: JobStatus;
  /** 0 to 100. */
  readonly progress: number;
  readonly created: Date;
  /** Of the last change of the status. */
  readonly updated: Date;
  readonly plan?: string | undefined;
  readonly budget?: number | undefined;
  readonly logLevel: LogLevel;
  /** Of the last run that ended. */
  readonly usage?: JobUsage | undefined;
}

export interface Job extends JobSummary {
  /** As it was given: the process graph with its metadata. */
  readonly process: JsonObject;
}

/** What a new job is made of. `process` is `{ process_graph }` with any metadata; the caller has validated it. */
export interface NewJob {
  readonly process: JsonObject;
  readonly title?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly plan?: string | null | undefined;
  readonly budget?: number | null | undefined;
  readonly logLevel?: LogLevel | undefined;
}

/** What may be changed of a job; null takes a value away. */
export type JobChange = Partial<NewJob>;

export interface LogLine {
  /** Digits; ids grow with time. */
  readonly id: string;
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly code?: string | undefined;
  readonly data?: Json | undefined;
}

/** A line that is to be written. */
export interface NewLogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly code?: string | undefined;
  readonly data?: Json | undefined;
}

/** Files of a run that may lie in the workspace: the run's name, and the names of the files below it. */
export interface RunFiles {
  readonly run: string;
  readonly names: readonly string[];
}
