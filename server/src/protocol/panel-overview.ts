/** What the results panel says first of a run. */
import * as z from 'zod';
import {
  bottleneckSchema,
  insightSchema,
  nodeReportSchema,
  summarySchema,
  trendReportSchema,
} from './report.ts';
import { expectationSchema, OUTCOMES, retrievalSchema, runErrorSchema } from './run.ts';

/** What the panel always says: which query, tenant, window and when. */
export const panelHeaderSchema = z.object({
  runId: z.string(),
  query: z.string().nullable(),
  title: z.string().nullable(),
  text: z.string(),
  connection: z.string(),
  tenant: z.string(),
  timeZone: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  outcome: z.enum([...OUTCOMES, 'running']),
  error: runErrorSchema.optional(),
  window: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  filter: z.string(),
  /** It ended early and can be taken up from where it had come to. */
  resumable: z.boolean().optional(),
});
export type PanelHeader = z.infer<typeof panelHeaderSchema>;

/** A ranked finding in words; `text` has no markup, `nodeId` says which node it is about. */
export const findingSchema = z.object({
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  text: z.string(),
  /** Steps above the threshold, and how many interactions they belong to. */
  count: z.number().int(),
  interactions: z.number().int(),
  visits: z.number().int(),
  p95: z.number().nullable(),
  max: z.number().nullable(),
  threshold: z.number(),
  /** Share of all time above the threshold that is spent here, 0 to 1. */
  excessShare: z.number(),
  /** The same in seconds. */
  excess: z.number(),
  /** Interaction ids that show it, slowest first, at most ten. */
  examples: z.array(z.object({ interactionId: z.string(), sequence: z.number().int(), dwell: z.number() })),
});
export type Finding = z.infer<typeof findingSchema>;

/** How many steps have a dwell between two edges, in seconds; `counts` has one entry less than `edges`. */
export const histogramSchema = z.object({
  edges: z.array(z.number()),
  counts: z.array(z.number().int()),
  /** Of these, the ones above their threshold. */
  bottlenecks: z.array(z.number().int()),
});
export type Histogram = z.infer<typeof histogramSchema>;

/** Of the interactions that the filter leaves, but for the run's own facts: `header`, `progress` and from `retrieval` on. */
export const overviewSchema = z.object({
  kind: z.literal('overview'),
  header: panelHeaderSchema,
  /** While the run goes on: how many records came, of how many; null where nobody knows. */
  progress: z.object({ records: z.number().int(), expected: z.number().int().nullable() }).optional(),
  /** Of the whole run, whatever the filter leaves. */
  all: z.object({ interactions: z.number().int(), steps: z.number().int() }),
  /** One sentence: what this run found. */
  headline: z.string(),
  interactions: z.number().int(),
  steps: z.number().int(),
  /** Steps that satisfy the conditions on steps; all where there is none. */
  matchingSteps: z.number().int(),
  openSteps: z.number().int(),
  errors: z.number().int(),
  pathCount: z.number().int(),
  bottleneckCount: z.number().int(),
  /** Of interactions, seconds. */
  duration: summarySchema,
  dwell: summarySchema,
  histogram: histogramSchema,
  trends: z.array(trendReportSchema),
  /** What matters most first. */
  insights: z.array(insightSchema),
  /** Sentences on since when nodes take longer or shorter, the latest change first. */
  changes: z.array(z.string()),
  findings: z.array(findingSchema),
  slowest: z.array(bottleneckSchema),
  errorsByNode: z.array(
    z.object({
      nodeId: z.string(),
      nodeName: z.string().nullable(),
      errors: z.number().int(),
      errorRate: z.number().nullable(),
    }),
  ),
  nodes: z.array(nodeReportSchema),
  retrieval: retrievalSchema.nullable(),
  compliance: z.enum(['VERIFIED', 'REVIEW_REQUIRED']),
  expectations: z.array(expectationSchema),
  notes: z.array(z.string()),
  audit: z.object({ file: z.string(), sequence: z.number().int(), hash: z.string() }).nullable(),
});
export type Overview = z.infer<typeof overviewSchema>;
