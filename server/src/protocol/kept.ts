/** The runs that are kept, as `cxq runs --format json` gives them. */
import * as z from 'zod';
import { OUTCOMES, runErrorSchema } from './run.ts';

const keptRunSchema = z.object({
  runId: z.string(),
  query: z.string().nullable(),
  title: z.string().nullable(),
  connection: z.string(),
  /** Origin of the tenant. */
  tenant: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  outcome: z.enum([...OUTCOMES, 'running']),
  error: runErrorSchema.optional(),
  /** `cxq run --resume` can take it up again. */
  resumable: z.boolean(),
  /** Counts of its retrieval; null where it did not end. */
  records: z.number().int().nullable(),
  expected: z.number().int().nullable(),
  requests: z.number().int().nullable(),
  /** Records retrieved of those expected; null where nothing tells. */
  accuracyRate: z.number().nullable(),
  compliance: z.enum(['VERIFIED', 'REVIEW_REQUIRED']).nullable(),
  /** From the first history request to the end. */
  latencyMs: z.number().nullable(),
  /** Size of its folder. */
  bytes: z.number().int(),
});
export type KeptRun = z.infer<typeof keptRunSchema>;

/** How the runs of one query against one connection went, oldest first. */
const trendSchema = z.object({
  query: z.string().nullable(),
  connection: z.string(),
  /** Runs that ended complete: only these can be compared. */
  runs: z.number().int(),
  latencyMs: z.object({
    values: z.array(z.number()),
    last: z.number(),
    /** Of the runs before the last one; null where there is none. */
    median: z.number().nullable(),
  }),
  accuracyRate: z.object({
    values: z.array(z.number().nullable()),
    last: z.number().nullable(),
    lowest: z.number().nullable(),
  }),
});
export type RunTrend = z.infer<typeof trendSchema>;

export const keptRunsOutputSchema = z.object({
  schemaVersion: z.literal(1),
  folder: z.string(),
  /** Size of all runs. */
  bytes: z.number().int(),
  /** Beyond these the oldest runs are removed when a run ends. */
  limits: z.object({ maxAgeDays: z.number(), maxBytes: z.number() }),
  /** Newest first. */
  runs: z.array(keptRunSchema),
  /** Of queries with at least two comparable runs. */
  trends: z.array(trendSchema),
  /** Folders of runs whose manifest this version cannot read. */
  unreadable: z.array(z.string()),
});
export type KeptRunsOutput = z.infer<typeof keptRunsOutputSchema>;
