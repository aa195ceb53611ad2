/**
 * Messages of the results panel. The webview asks for what it shows; the host answers from the run's data, which
 * never leaves it whole. Both sides validate every message against these schemas.
 */
import * as z from 'zod';
import { bottleneckSchema, insightSchema, nodeReportSchema } from './report.ts';
import { expectationSchema, OUTCOMES, retrievalSchema, runErrorSchema } from './run.ts';

/** Ceiling on rows in one answer: a view never needs more than a few screens. */
export const MAX_ROWS = 500;

/** Characters of a search, at most. */
export const MAX_SEARCH = 200;

const slice = {
  offset: z.number().int().nonnegative(),
  count: z.number().int().min(1).max(MAX_ROWS),
};

export const TABLE_COLUMNS = [
  'interactionId',
  'sequence',
  'nodeId',
  'nodeName',
  'nodeType',
  'startTime',
  'dwell',
  'wait',
  'outcome',
  'error',
  'bottleneck',
  'matching',
] as const;
export type TableColumn = (typeof TABLE_COLUMNS)[number];

const onlySchema = z.enum(['all', 'bottlenecks', 'errors', 'matching']);
const orderSchema = z.enum(['run', 'duration', 'bottlenecks']);
const sortSchema = z.strictObject({ column: z.enum(TABLE_COLUMNS), descending: z.boolean() }).nullable();

export const panelRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('overview') }),
  z.strictObject({
    kind: z.literal('timeline'),
    ...slice,
    /** Order of the rows: as the run returned them, longest first, or most bottlenecks first. */
    order: orderSchema,
    only: onlySchema,
    /**
     * Interaction that the answer must hold: the host answers with the page (its `offset` a multiple of `count`)
     * that has it, instead of the one at `offset`; where the filter leaves it out, `offset` counts.
     */
    at: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('step'),
    interactionId: z.string(),
    sequence: z.number().int().nonnegative(),
  }),
  z.strictObject({
    kind: z.literal('table'),
    ...slice,
    sort: sortSchema,
    /** Free text, found in id, node and outcome; empty for all. */
    search: z.string().max(MAX_SEARCH),
    only: onlySchema,
    /** Step that the answer must hold, as in `timeline`. */
    at: z.strictObject({ interactionId: z.string(), sequence: z.number().int().nonnegative() }).optional(),
  }),
]);
export type PanelRequest = z.infer<typeof panelRequestSchema>;

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

export const overviewSchema = z.object({
  kind: z.literal('overview'),
  header: panelHeaderSchema,
  /** While the run goes on: how many records came, of how many; null where nobody knows. */
  progress: z.object({ records: z.number().int(), expected: z.number().int().nullable() }).optional(),
  /** One sentence: what this run found. */
  headline: z.string(),
  interactions: z.number().int(),
  steps: z.number().int(),
  openSteps: z.number().int(),
  errors: z.number().int(),
  pathCount: z.number().int(),
  bottleneckCount: z.number().int(),
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

const flags = {
  bottleneck: z.boolean(),
  error: z.boolean(),
  matching: z.boolean(),
  open: z.boolean(),
};

export const timelineRowSchema = z.object({
  interactionId: z.string(),
  /** RFC 3339, null for an untimed interaction. */
  startTime: z.string().nullable(),
  /** Seconds. */
  duration: z.number().nullable(),
  bottlenecks: z.number().int(),
  errors: z.number().int(),
  steps: z.array(
    z.object({
      sequence: z.number().int(),
      nodeId: z.string(),
      nodeName: z.string().nullable(),
      nodeType: z.string().nullable(),
      /** Seconds after the interaction's start; null where the step has no time. */
      start: z.number().nullable(),
      /** Seconds; null where unknown (open, or end before start). */
      dwell: z.number().nullable(),
      ...flags,
    }),
  ),
});
export type TimelineRow = z.infer<typeof timelineRowSchema>;

export const tableRowSchema = z.object({
  interactionId: z.string(),
  sequence: z.number().int(),
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  startTime: z.string().nullable(),
  endTime: z.string().nullable(),
  dwell: z.number().nullable(),
  wait: z.number().nullable(),
  outcome: z.string().nullable(),
  ...flags,
});
export type TableRow = z.infer<typeof tableRowSchema>;

export const variableChangeSchema = z.object({
  /** JSON Pointer. */
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed', 'typeChanged', 'same']),
  /** JSON text; null where there is no value on that side. */
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type VariableChange = z.infer<typeof variableChangeSchema>;

export const panelResponseSchema = z.discriminatedUnion('kind', [
  overviewSchema,
  z.object({
    kind: z.literal('timeline'),
    total: z.number().int(),
    offset: z.number().int(),
    /** Longest duration of all rows that the filter leaves, seconds: the scale of the axis. */
    maxDuration: z.number(),
    /** Ninetieth percentile of the durations of these rows, seconds: what the view shows at first. */
    typicalDuration: z.number().optional(),
    rows: z.array(timelineRowSchema),
  }),
  z.object({
    kind: z.literal('step'),
    interactionId: z.string(),
    step: tableRowSchema,
    variables: z.array(variableChangeSchema),
    /** Variables that changed between the step before and this one, outside any step. */
    outside: z.array(variableChangeSchema),
    raw: z.string(),
  }),
  z.object({
    kind: z.literal('table'),
    total: z.number().int(),
    offset: z.number().int(),
    rows: z.array(tableRowSchema),
  }),
]);
export type PanelResponse = z.infer<typeof panelResponseSchema>;

export const PANEL_TABS = ['overview', 'timeline', 'table'] as const;

/**
 * What the panel keeps over a reload (`setState`). How a view was set never stands in the way of the run: what is
 * missing or of another version is as at first.
 */
export const panelStateSchema = z.object({
  runId: z.string(),
  tab: z.enum(PANEL_TABS).default('overview'),
  selection: z
    .object({ interactionId: z.string(), sequence: z.number().int().nonnegative() })
    .nullable()
    .default(null),
  timeline: z
    .object({
      only: onlySchema.catch('all'),
      order: orderSchema.catch('run'),
      /** Times the first scale, below 1 for more time in view; `all` for the whole axis. */
      zoom: z.union([z.literal('all'), z.number().positive()]).catch(1),
    })
    .catch({ only: 'all', order: 'run', zoom: 1 }),
  table: z
    .object({
      only: onlySchema.catch('all'),
      search: z.string().max(MAX_SEARCH).catch(''),
      sort: sortSchema.catch(null),
    })
    .catch({ only: 'all', search: '', sort: null }),
  /** Share of the view that the step's pane takes, 0 to 1: below the rows, or beside them. */
  split: z
    .object({ below: z.number().min(0).max(1).catch(0.46), beside: z.number().min(0).max(1).catch(0.36) })
    .catch({ below: 0.46, beside: 0.36 }),
});
export type PanelState = z.infer<typeof panelStateSchema>;

export const fromWebviewSchema = z.discriminatedUnion('type', [
  /** The view's script runs and listens. */
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('request'), id: z.number().int(), body: panelRequestSchema }),
  /** The few things that the panel may ask the editor to do. */
  z.strictObject({
    type: z.literal('action'),
    action: z.enum(['showAudit', 'showLog', 'showQuery', 'rerun']),
  }),
]);
export type FromWebview = z.infer<typeof fromWebviewSchema>;

export const toWebviewSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), state: panelStateSchema }),
  /** More has come of a run that goes on. */
  z.object({ type: z.literal('snapshot'), overview: overviewSchema }),
  z.object({ type: z.literal('response'), id: z.number().int(), body: panelResponseSchema }),
  z.object({ type: z.literal('failed'), id: z.number().int(), message: z.string() }),
]);
export type ToWebview = z.infer<typeof toWebviewSchema>;
