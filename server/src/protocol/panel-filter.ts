/**
 * What the results panel is filtered by: conditions that all have to hold, at most one of a kind. It means what a query
 * means: an interaction stays where one of its steps satisfies all conditions on steps at once, and where it satisfies
 * those on interactions; the steps that do are its matching steps.
 */
import * as z from 'zod';

/** Characters of a search, at most. */
export const MAX_SEARCH = 200;
/** Interactions that one condition names, at most. */
export const MAX_NAMED = 500;
/** Nodes of a path that one condition names, at most. */
const MAX_PATH = 2_000;

/** Marks of a step: `matching` satisfies the conditions of the query that ran. */
export const STEP_MARKS = ['bottleneck', 'error', 'matching', 'open'] as const;
export type StepMark = (typeof STEP_MARKS)[number];

export const CHANGE_KINDS = ['added', 'removed', 'changed', 'typeChanged', 'outside'] as const;

const bound = z.number().nonnegative().nullable();
const instant = z.string().max(40).nullable();

/** Of steps. */
const markCondition = z.strictObject({ kind: z.literal('mark'), mark: z.enum(STEP_MARKS) });
const nodeCondition = z.strictObject({ kind: z.literal('node'), nodeId: z.string() });
/** Of the visits of a decision point; `outcome` as the report of decisions names it. */
const outcomeCondition = z.strictObject({
  kind: z.literal('outcome'),
  nodeId: z.string(),
  outcome: z.string(),
});
/** Seconds, from inclusive, to exclusive; null is without bound. */
const dwellCondition = z.strictObject({ kind: z.literal('dwell'), from: bound, to: bound });
/** RFC 3339, from inclusive, to exclusive: where a step starts, or ends where it has no start. */
const timeCondition = z.strictObject({ kind: z.literal('time'), from: instant, to: instant });
/** A step that changes it, or before which it changed outside any; values as JSON text, null for any. */
const variableCondition = z.strictObject({
  kind: z.literal('variable'),
  /** As the report of variables names it. */
  name: z.string(),
  change: z.enum(CHANGE_KINDS).nullable(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
/** Found in the interaction's id, or in a step's node, type or outcome, whatever the case of its letters. */
const searchCondition = z.strictObject({
  kind: z.literal('search'),
  text: z.string().min(1).max(MAX_SEARCH),
});

/** Of interactions. One node directly after the other; from null they begin with `to`, to null they end with `from`. */
const edgeCondition = z.strictObject({
  kind: z.literal('edge'),
  from: z.string().nullable(),
  to: z.string().nullable(),
});
const pathCondition = z.strictObject({ kind: z.literal('path'), nodes: z.array(z.string()).max(MAX_PATH) });
const interactionsCondition = z.strictObject({
  kind: z.literal('interactions'),
  ids: z.array(z.string()).min(1).max(MAX_NAMED),
  /** What a person knows them by. */
  label: z.string().max(400),
});

export const conditionSchema = z.discriminatedUnion('kind', [
  markCondition,
  nodeCondition,
  outcomeCondition,
  dwellCondition,
  timeCondition,
  variableCondition,
  searchCondition,
  edgeCondition,
  pathCondition,
  interactionsCondition,
]);
export type Condition = z.infer<typeof conditionSchema>;
export type ConditionKind = Condition['kind'];

/** In the order in which they were added. */
export const filterSchema = z
  .array(conditionSchema)
  .refine((all) => new Set(all.map(({ kind }) => kind)).size === all.length, 'two conditions of one kind');
export type Filter = z.infer<typeof filterSchema>;
