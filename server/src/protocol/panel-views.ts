/** What the results panel's views are answered with. Durations are seconds. */
import * as z from 'zod';
import { comparisonSchema } from './comparison.ts';
import { decisionReportSchema, pathReportSchema, variableReportSchema } from './report.ts';
import { OUTCOMES } from './run.ts';

const flags = {
  bottleneck: z.boolean(),
  error: z.boolean(),
  /** It satisfies the conditions of the query that ran. */
  matching: z.boolean(),
  open: z.boolean(),
  /** It satisfies the panel's conditions on steps; absent where there is none. */
  found: z.boolean().optional(),
};

const instant = z.string().nullable();
const seconds = z.number().nullable();

export const timelineRowSchema = z.object({
  interactionId: z.string(),
  /** RFC 3339, null for an untimed interaction. */
  startTime: instant,
  duration: seconds,
  /** All of its steps, however many bars they come as. */
  stepCount: z.number().int(),
  bottlenecks: z.number().int(),
  errors: z.number().int(),
  steps: z.array(
    z.object({
      sequence: z.number().int(),
      nodeId: z.string(),
      nodeName: z.string().nullable(),
      nodeType: z.string().nullable(),
      /** After the interaction's start; null where the step has no time. */
      start: seconds,
      /** null where unknown (open, or end before start). */
      dwell: seconds,
      /** From the end of the step before; null where one of them is not known. */
      wait: seconds,
      ...flags,
      /**
       * Steps that it stands for, from `sequence` on, where they are too short to tell apart at the resolution asked
       * for; `dwell` is then from the first one's start to the last one's end. Absent for one.
       */
      steps: z.number().int().optional(),
    }),
  ),
});
export type TimelineRow = z.infer<typeof timelineRowSchema>;

export const timelineSchema = z.object({
  kind: z.literal('timeline'),
  total: z.number().int(),
  offset: z.number().int(),
  /** Longest duration of all rows that the filter leaves: the scale of the aligned axis. */
  maxDuration: z.number(),
  /** Ninetieth percentile of the durations of these rows: what the view shows at first. */
  typicalDuration: z.number(),
  /** From the first start to the last end of these rows; null where none has a time. */
  from: instant,
  to: instant,
  rows: z.array(timelineRowSchema),
});

export const densitySchema = z.object({
  kind: z.literal('density'),
  /** Length of the whole axis, which begins at 0, or on the clock at `from`. */
  length: z.number(),
  from: instant,
  /** By bin of equal length: steps that begin in it, and of these the bottlenecks and errors. */
  steps: z.array(z.number().int()),
  bottlenecks: z.array(z.number().int()),
  errors: z.array(z.number().int()),
  /** Stretches of the axis in which no step of any interaction goes on, the longest hundred, in order. */
  idle: z.array(z.object({ from: z.number(), to: z.number() })),
});
export type Density = z.infer<typeof densitySchema>;

export const tableRowSchema = z.object({
  interactionId: z.string(),
  sequence: z.number().int(),
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  startTime: instant,
  endTime: instant,
  dwell: seconds,
  wait: seconds,
  outcome: z.string().nullable(),
  workflowName: z.string().nullable(),
  ...flags,
});
export type TableRow = z.infer<typeof tableRowSchema>;

export const tableSchema = z.object({
  kind: z.literal('table'),
  /** Steps that satisfy the filter. */
  total: z.number().int(),
  offset: z.number().int(),
  rows: z.array(tableRowSchema),
});

export const variableChangeSchema = z.object({
  /** JSON Pointer. */
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed', 'typeChanged', 'same']),
  /** JSON text; null where there is no value on that side. */
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type VariableChange = z.infer<typeof variableChangeSchema>;

export const stepSchema = z.object({
  kind: z.literal('step'),
  interactionId: z.string(),
  /** Steps of its interaction. */
  steps: z.number().int(),
  step: tableRowSchema,
  variables: z.array(variableChangeSchema),
  /** Variables that changed between the step before and this one, outside any step. */
  outside: z.array(variableChangeSchema),
  raw: z.string(),
});

const place = { x: z.number(), y: z.number() };

export const flowNodeSchema = z.object({
  /** `start` and `end` stand for the beginning and the end of interactions; their `nodeId` is empty. */
  kind: z.enum(['node', 'start', 'end']),
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  /** Of its middle. */
  ...place,
  width: z.number(),
  height: z.number(),
  visits: z.number().int(),
  interactions: z.number().int(),
  p50: seconds,
  p95: seconds,
  total: z.number(),
  /** Of all dwell, 0 to 1. */
  share: z.number().nullable(),
  errors: z.number().int(),
  errorRate: z.number().nullable(),
  bottlenecks: z.number().int(),
});
export type FlowNode = z.infer<typeof flowNodeSchema>;

export const flowEdgeSchema = z.object({
  /** null for the start. */
  from: z.string().nullable(),
  /** null for the end. */
  to: z.string().nullable(),
  count: z.number().int(),
  interactions: z.number().int(),
  /** Of the interactions that the filter leaves, 0 to 1. */
  share: z.number(),
  /** The wait on it. */
  p50: seconds,
  p95: seconds,
  total: z.number(),
  /** Corners of its line from its beginning to its end; a line through them is to be smoothed. */
  points: z.array(z.object(place)),
});
export type FlowEdge = z.infer<typeof flowEdgeSchema>;

export const flowSchema = z.object({
  kind: z.literal('flow'),
  /** In units of a pixel at scale 1, from 0. */
  width: z.number(),
  height: z.number(),
  nodes: z.array(flowNodeSchema),
  edges: z.array(flowEdgeSchema),
  /** Left out: by the share asked for, or because there are more than can be laid out. */
  hiddenNodes: z.number().int(),
  hiddenEdges: z.number().int(),
  /** Share of the edges hidden, which is more than asked for where there are too many. */
  hidden: z.number(),
});
export type FlowPicture = z.infer<typeof flowSchema>;

const nameSchema = z.object({ nodeId: z.string(), nodeName: z.string().nullable() });

export const pathsSchema = z.object({
  kind: z.literal('paths'),
  total: z.number().int(),
  offset: z.number().int(),
  /** Of the interactions that the filter leaves. */
  interactions: z.number().int(),
  rows: z.array(pathReportSchema),
  /** Of the nodes on these paths. */
  names: z.array(nameSchema),
});

/** What is worked out of one decision at a time: it takes long. */
const slow = { drivers: true, rule: true, sampled: true } as const;

export const decisionOutcomesSchema = decisionReportSchema.omit(slow);
export type DecisionOutcomes = z.infer<typeof decisionOutcomesSchema>;

export const decisionsSchema = z.object({
  kind: z.literal('decisions'),
  /** The one with most visits first. */
  decisions: z.array(decisionOutcomesSchema),
  names: z.array(nameSchema),
});

export const driversSchema = decisionReportSchema.pick(slow).extend({
  kind: z.literal('drivers'),
  /** As asked for. Where it is no decision of what the filter leaves, it has no driver and no rule. */
  nodeId: z.string(),
});
export type Drivers = z.infer<typeof driversSchema>;

export const variablesSchema = z.object({
  kind: z.literal('variables'),
  /** The most changed first, at most a thousand. */
  variables: z.array(variableReportSchema),
  /** How many change in all. */
  total: z.number().int().optional(),
  names: z.array(nameSchema),
});

export const compareSchema = z.object({
  kind: z.literal('compare'),
  /** null where nothing was asked to be compared. */
  comparison: comparisonSchema.nullable(),
  names: z.array(nameSchema),
  notes: z.array(z.string()),
});

export const runsSchema = z.object({
  kind: z.literal('runs'),
  /** Newest first, without the one that is shown. */
  runs: z.array(
    z.object({
      runId: z.string(),
      title: z.string(),
      connection: z.string(),
      startedAt: z.string(),
      outcome: z.enum(OUTCOMES),
      /** Of the same query as the one that is shown. */
      sameQuery: z.boolean(),
    }),
  ),
});
