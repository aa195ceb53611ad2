/** What the results panel asks for: only what it shows. */
import * as z from 'zod';
import { filterSchema } from './panel-filter.ts';

/** Ceiling on rows in one answer: a view never needs more than a few screens. */
export const MAX_ROWS = 500;
/** Of a density. */
export const MAX_BINS = 600;

const slice = {
  filter: filterSchema,
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
  'endTime',
  'dwell',
  'wait',
  'outcome',
  'workflowName',
  'error',
  'bottleneck',
  'matching',
] as const;
export type TableColumn = (typeof TABLE_COLUMNS)[number];

/** `aligned`: all begin at 0. `own`: each from 0 to its own end. `clock`: by the time of day that it was. */
export const AXES = ['aligned', 'own', 'clock'] as const;
export type Axis = (typeof AXES)[number];

/** As the run returned them, longest first, most bottlenecks first, by their start. */
export const ORDERS = ['run', 'duration', 'bottlenecks', 'start'] as const;

/** What the sizes and colours of the flow say. */
export const FLOW_MEASURES = ['frequency', 'p50', 'p95', 'total', 'share', 'errors'] as const;
export type FlowMeasure = (typeof FLOW_MEASURES)[number];

export const sortSchema = z
  .strictObject({ column: z.enum(TABLE_COLUMNS), descending: z.boolean() })
  .nullable();
export type Sort = z.infer<typeof sortSchema>;

const step = { interactionId: z.string(), sequence: z.number().int().nonnegative() };

export const panelRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('overview'), filter: filterSchema }),
  z.strictObject({
    kind: z.literal('timeline'),
    ...slice,
    order: z.enum(ORDERS),
    /** Seconds that a pixel is about to stand for: what is shorter and unremarkable may come as one bar; 0 for all. */
    resolution: z.number().nonnegative(),
    /**
     * Interaction that the answer must hold: the host answers with the page (its `offset` a multiple of `count`)
     * that has it, instead of the one at `offset`; where the filter leaves it out, `offset` counts.
     */
    at: z.string().optional(),
  }),
  /** How much happens along the whole axis, for the map above the timeline. */
  z.strictObject({
    kind: z.literal('density'),
    filter: filterSchema,
    axis: z.enum(['aligned', 'clock']),
    bins: z.number().int().min(1).max(MAX_BINS),
  }),
  z.strictObject({ kind: z.literal('step'), ...step }),
  z.strictObject({
    kind: z.literal('table'),
    ...slice,
    sort: sortSchema,
    /** Step that the answer must hold, as in `timeline`. */
    at: z.strictObject(step).optional(),
  }),
  /** The process map, laid out. */
  z.strictObject({
    kind: z.literal('flow'),
    filter: filterSchema,
    /** Share of the edges, the rarest, to leave out. */
    hidden: z.number().min(0).max(1),
  }),
  z.strictObject({ kind: z.literal('paths'), ...slice }),
  /** Every decision with its outcomes. */
  z.strictObject({ kind: z.literal('decisions'), filter: filterSchema }),
  /** What one of them hangs on, which takes longer than all the outcomes. */
  z.strictObject({ kind: z.literal('drivers'), filter: filterSchema, nodeId: z.string() }),
  z.strictObject({ kind: z.literal('variables'), filter: filterSchema }),
  /** This run beside another, or, without one, what its query compared it with. */
  z.strictObject({ kind: z.literal('compare'), with: z.string().nullable() }),
  /** Runs that it can be compared with. */
  z.strictObject({ kind: z.literal('runs') }),
]);
export type PanelRequest = z.infer<typeof panelRequestSchema>;
export type RequestOf<K extends PanelRequest['kind']> = Extract<PanelRequest, { kind: K }>;
