/** What the results panel keeps over a reload of the window (`setState`). */
import * as z from 'zod';
import { filterSchema } from './panel-filter.ts';
import { AXES, FLOW_MEASURES, ORDERS, sortSchema, TABLE_COLUMNS } from './panel-requests.ts';

export const PANEL_TABS = [
  'overview',
  'timeline',
  'flow',
  'paths',
  'decisions',
  'variables',
  'table',
  'compare',
] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** Filters that can be gone back to, at most. */
export const MAX_PAST = 50;

const row = z.number().int().nonnegative().catch(0);
const share = z.number().min(0).max(1);

export const selectionSchema = z.object({
  interactionId: z.string(),
  /** 0 for the first step in time order. */
  sequence: z.number().int().nonnegative(),
});

/** All of a part as it is at first. */
const fresh = <T extends z.ZodRawShape>(shape: T) => {
  const part = z.object(shape);
  return part.catch(() => part.parse({}));
};

/**
 * How a view was set never stands in the way of the run: what is missing or of another version is as at first.
 */
export const panelStateSchema = z.object({
  runId: z.string(),
  tab: z.enum(PANEL_TABS).catch('overview').default('overview'),
  selection: selectionSchema.nullable().catch(null).default(null),
  filter: filterSchema.catch([]).default([]),
  /** The filters before, the latest last. */
  past: z.array(filterSchema).max(MAX_PAST).catch([]).default([]),
  overview: fresh({ top: row }),
  timeline: fresh({
    axis: z.enum(AXES).catch('aligned'),
    order: z.enum(ORDERS).catch('run'),
    /** Times the first scale, below 1 for more time in view; `all` for the whole axis. */
    zoom: z.union([z.literal('all'), z.number().positive()]).catch(1),
    /** Idle time is drawn short. */
    compressed: z.boolean().catch(false),
    /** The first row in view, with the part of it above, and seconds from the axis' beginning to its left edge. */
    top: z.number().nonnegative().catch(0),
    left: z.number().nonnegative().catch(0),
  }),
  flow: fresh({
    measure: z.enum(FLOW_MEASURES).catch('p95'),
    /** Share of the edges, the rarest, that is not shown. */
    hidden: share.catch(0),
    /** undefined before it was moved: all fits. */
    view: z
      .object({ x: z.number(), y: z.number(), scale: z.number().positive() })
      .optional()
      .catch(undefined),
  }),
  paths: fresh({ top: row }),
  decisions: fresh({ nodeId: z.string().nullable().catch(null) }),
  variables: fresh({ name: z.string().nullable().catch(null), top: row }),
  table: fresh({
    sort: sortSchema.catch(null),
    /** Those shown, in their order; null for those shown at first. */
    columns: z.array(z.enum(TABLE_COLUMNS)).min(1).nullable().catch(null),
    top: row,
  }),
  compare: fresh({
    /** The run compared with; null for what the query itself compares with. */
    with: z.string().nullable().catch(null),
    /** Only what differs for sure. */
    sure: z.boolean().catch(true),
    top: row,
  }),
  /** Share of the view that the step's pane takes: below the rows, or beside them. */
  split: fresh({ below: share.catch(0.46), beside: share.catch(0.36) }),
});
export type PanelState = z.infer<typeof panelStateSchema>;
