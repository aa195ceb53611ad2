/**
 * Messages of the results panel. The webview asks for what it shows; the host answers from the run's data, which
 * never leaves it whole. Both sides validate every message against these schemas.
 */
import * as z from 'zod';
import { filterSchema } from './panel-filter.ts';
import { overviewSchema } from './panel-overview.ts';
import { panelRequestSchema } from './panel-requests.ts';
import { PANEL_TABS, panelStateSchema, selectionSchema } from './panel-state.ts';
import {
  compareSchema,
  decisionsSchema,
  densitySchema,
  driversSchema,
  flowSchema,
  pathsSchema,
  runsSchema,
  stepSchema,
  tableSchema,
  timelineSchema,
  variablesSchema,
} from './panel-views.ts';

export const panelResponseSchema = z.discriminatedUnion('kind', [
  overviewSchema,
  timelineSchema,
  densitySchema,
  stepSchema,
  tableSchema,
  flowSchema,
  pathsSchema,
  decisionsSchema,
  driversSchema,
  variablesSchema,
  compareSchema,
  runsSchema,
]);
export type PanelResponse = z.infer<typeof panelResponseSchema>;

/** Characters of a picture that the panel hands over: a process map of some hundred nodes has far less. */
const MAX_PICTURE = 40_000_000;

/** Parts of a query that the panel leads back to. */
export const CLAUSES = ['where', 'analyze', 'expect', 'compare'] as const;
export type ClauseOfQuery = (typeof CLAUSES)[number];

/** The few things that the panel may ask the editor to do. */
export const panelActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('showAudit') }),
  z.strictObject({ kind: z.literal('showLog') }),
  z.strictObject({ kind: z.literal('showQuery') }),
  z.strictObject({ kind: z.literal('rerun') }),
  z.strictObject({ kind: z.literal('cancel') }),
  z.strictObject({ kind: z.literal('resume') }),
  /** Selects it in the query's text, or, where it is not written there, the query. */
  z.strictObject({ kind: z.literal('showClause'), clause: z.enum(CLAUSES) }),
  /** Opens a query of what the filter leaves. */
  z.strictObject({ kind: z.literal('openQuery'), filter: filterSchema }),
  /** Opens the record's text of a step. */
  z.strictObject({ kind: z.literal('openRaw'), step: selectionSchema.strict() }),
  /** Asks where to, and writes it there: SVG as text, PNG as base64. */
  z.strictObject({
    kind: z.literal('savePicture'),
    format: z.enum(['svg', 'png']),
    name: z.string().max(200),
    data: z.string().max(MAX_PICTURE),
  }),
]);
export type PanelAction = z.infer<typeof panelActionSchema>;

export const fromWebviewSchema = z.discriminatedUnion('type', [
  /** The view's script runs and listens. */
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('request'), id: z.number().int(), body: panelRequestSchema }),
  /** Nobody waits for the answer any more. */
  z.strictObject({ type: z.literal('cancel'), id: z.number().int() }),
  z.strictObject({ type: z.literal('action'), action: panelActionSchema }),
]);
export type FromWebview = z.infer<typeof fromWebviewSchema>;

/** Somewhere in the run that is shown. */
export const placeSchema = z.object({
  tab: z.enum(PANEL_TABS),
  /** In the place of the one in force. */
  filter: filterSchema.optional(),
  selection: selectionSchema.optional(),
  /** Of the tab `compare`: the run to compare with. */
  with: z.string().optional(),
});
export type Place = z.infer<typeof placeSchema>;

export const toWebviewSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), state: panelStateSchema }),
  /** Goes there: from the Problems view, a clause, a command. */
  placeSchema.extend({ type: z.literal('reveal') }),
  /** More has come of a run that goes on. */
  z.object({ type: z.literal('snapshot'), overview: overviewSchema }),
  z.object({ type: z.literal('response'), id: z.number().int(), body: panelResponseSchema }),
  z.object({ type: z.literal('failed'), id: z.number().int(), message: z.string() }),
]);
export type ToWebview = z.infer<typeof toWebviewSchema>;
