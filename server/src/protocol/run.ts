/** A run's result: `cxq run --format json`, the run folder's manifest, and the audit records. */
import * as z from 'zod';
import { windowSchema } from './checked.ts';
import { comparisonSchema } from './comparison.ts';
import { responseLayoutSchema } from './profile.ts';
import { analysisReportSchema } from './report.ts';

export const OUTCOMES = ['complete', 'partial', 'failed', 'cancelled'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const retrievalSchema = z.object({
  requests: z.number().int(),
  retries: z.number().int(),
  throttled: z.number().int(),
  tokens: z.number().int(),
  pages: z.number().int(),
  rangeChunks: z.number().int(),
  resumed: z.boolean(),
  bytes: z.number().int(),
  records: z.number().int(),
  duplicates: z.number().int(),
  rejected: z.number().int(),
  /** null where nothing tells how many there should be. */
  expected: z.number().int().nullable(),
  accuracyRate: z.number().nullable(),
  latencyMs: z.number(),
});
export type RetrievalReport = z.infer<typeof retrievalSchema>;

export const expectationSchema = z.object({
  text: z.string(),
  actual: z.number().nullable(),
  ok: z.boolean(),
});
export type Expectation = z.infer<typeof expectationSchema>;

export const exportedFileSchema = z.object({
  path: z.string(),
  format: z.string(),
  records: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string(),
});
export type ExportedFile = z.infer<typeof exportedFileSchema>;

export const webhookOutcomeSchema = z.object({
  status: z.enum(['delivered', 'pending', 'failed', 'refused']),
  attempts: z.number().int(),
});
export type WebhookOutcome = z.infer<typeof webhookOutcomeSchema>;

export const runErrorSchema = z.object({
  /** Stable, for machines: `auth`, `forbidden`, `bad-request`, `unreachable`, `throttled`, `disk`, … */
  code: z.string(),
  /** What happened, why, and what to do. */
  message: z.string(),
});
export type RunError = z.infer<typeof runErrorSchema>;

export const runOutputSchema = z.object({
  schemaVersion: z.literal(1),
  runId: z.string(),
  query: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  error: runErrorSchema.optional(),
  window: windowSchema,
  filter: z.string(),
  retrieval: retrievalSchema,
  analysis: analysisReportSchema,
  /** Memory that the analysis took for its columns, in bytes: arrays exactly, texts by estimate. */
  analysisBytes: z.number().int().optional(),
  /** Whether the record stands as it is, as the audit states it. */
  compliance: z.enum(['VERIFIED', 'REVIEW_REQUIRED']),
  /** Sentences on what a person should know: what was cut, clamped or kept apart. */
  notes: z.array(z.string()),
  /** COMPARE TO: the other set is `a`, this one `b`. */
  comparison: comparisonSchema.optional(),
  expectations: z.array(expectationSchema),
  exports: z.array(exportedFileSchema),
  /** null when the record could not be written: the run says "not audited". */
  audit: z.object({ file: z.string(), sequence: z.number().int(), hash: z.string() }).nullable(),
  webhook: webhookOutcomeSchema.optional(),
});
export type RunOutput = z.infer<typeof runOutputSchema>;

/** `cxq run --all --format json`: the runs of a file's queries, in order. */
export const runsOutputSchema = z.object({
  schemaVersion: z.literal(1),
  runs: z.array(runOutputSchema),
  /** Why a later query did not begin. */
  error: runErrorSchema.optional(),
});
export type RunsOutput = z.infer<typeof runsOutputSchema>;

const secondsByNameSchema = z.record(z.string(), z.number().positive()).default({});
const microsSchema = z.number().int().nullable().default(null);

/** All that a run's analysis depends on beside its records and the threshold. What is missing is as it is at first. */
export const analysisSettingsSchema = z.object({
  /** Thresholds by node type and by node id, in seconds: the most specific one wins. */
  typeThresholds: secondsByNameSchema,
  nodeThresholds: secondsByNameSchema,
  /** Paths to list, where that differs from other lists. */
  pathsTop: z.number().int().nonnegative().nullable().default(null),
  /** Variables to report, and those that may drive a decision; none for all. */
  variables: z.array(z.string()).default([]),
  driversOn: z.array(z.string()).default([]),
  /** TREND, and every analysis BY something. */
  grouped: z.array(z.object({ analysis: z.string(), by: z.string() })).default([]),
  /** Of hours, days and weekdays. */
  timeZone: z.string().default('UTC'),
  /** The hours and days that are counted though nothing is in them: microseconds since 1970, null for open. */
  window: z.object({ from: microsSchema, to: microsSchema }).prefault({}),
});
export type AnalysisSettings = z.infer<typeof analysisSettingsSchema>;

/** `manifest.json` of a run folder: enough to list it and to show it again after a restart. */
export const runManifestSchema = z.object({
  schemaVersion: z.literal(1),
  runId: z.string(),
  query: z.string().nullable(),
  title: z.string().nullable(),
  /** The query's text with the parameters it depends on, as it ran. */
  text: z.string(),
  source: z.string().nullable(),
  connection: z.string(),
  tenant: z.string(),
  timeZone: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** `running` until it ended; a crash leaves it so. */
  outcome: z.enum([...OUTCOMES, 'running']),
  error: runErrorSchema.optional(),
  window: windowSchema,
  filter: z.string(),
  /** How the records are to be read again. */
  response: responseLayoutSchema,
  /** The threshold rule that the run asked for: seconds, and the node types it looks at (null: the decision types). */
  threshold: z.object({ over: z.number(), types: z.array(z.string()).nullable() }),
  /** What else the analysis was asked; not in runs of earlier versions. */
  analysis: analysisSettingsSchema.optional(),
  /** Whose run it is: a run that says `running` while its process is gone was killed. */
  process: z.object({
    pid: z.number().int(),
    host: z.string(),
    /** Tells it from a later process with its number. */
    token: z.string().optional(),
    /** When it started, in the system's own words: no later process with its number has the same. */
    started: z.string().optional(),
  }),
  /** Matching steps: interaction id to step sequences, kept beside the interactions. */
  files: z.object({
    interactions: z.string(),
    rejected: z.string(),
    report: z.string(),
    matches: z.string(),
  }),
  /** Records in the file of interactions, once the run ended. */
  kept: z.number().int().nonnegative().optional(),
  /** Present once the run ended; without `analysis`, which is in the report file. */
  result: runOutputSchema.omit({ analysis: true }).optional(),
});
export type RunManifest = z.infer<typeof runManifestSchema>;
