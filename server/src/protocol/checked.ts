/** Diagnostics and plans as machines read them: `cxq check` and `cxq explain --format json`. */
import * as z from 'zod';
import { ADAPTERS } from './profile.ts';

const positionSchema = z.object({ line: z.number().int(), character: z.number().int() });
/** LSP positions: zero-based lines, UTF-16 characters. */
export const rangeSchema = z.object({ start: positionSchema, end: positionSchema });
export type Range = z.infer<typeof rangeSchema>;

export const SEVERITIES = ['error', 'warning', 'information', 'hint'] as const;
export type Severity = (typeof SEVERITIES)[number];

const fixSchema = z.object({
  title: z.string(),
  edits: z.array(z.object({ range: rangeSchema, newText: z.string() })),
});

export const checkedDiagnosticSchema = z.object({
  code: z.string(),
  severity: z.enum(SEVERITIES),
  message: z.string(),
  range: rangeSchema,
  fixes: z.array(fixSchema),
});

export const checkOutputSchema = z.object({
  schemaVersion: z.literal(1),
  files: z.array(z.object({ path: z.string(), diagnostics: z.array(checkedDiagnosticSchema) })),
  errorCount: z.number().int(),
  warningCount: z.number().int(),
});
export type CheckOutput = z.infer<typeof checkOutputSchema>;

export const windowSchema = z.object({ from: z.string().nullable(), to: z.string().nullable() });

export const explainedQuerySchema = z.object({
  name: z.string().nullable(),
  connection: z.string(),
  /** How it is asked: for pages, for one interaction after another, or as a file on the disk. */
  adapter: z.enum(ADAPTERS),
  window: windowSchema,
  /** Filter text of the first batch. */
  sent: z.string(),
  /** The condition that runs here, as CXQ. */
  local: z.string().nullable(),
  batches: z.number().int(),
  pageSize: z.number().int(),
  limit: z.number().int().nullable(),
  offset: z.number().int(),
  sort: z.string(),
  mode: z.enum(['stream', 'page']),
  concurrency: z.number().int(),
  estimatedRequests: z.object({ min: z.number().int(), max: z.number().int().nullable() }),
  /** Sentences that a person should know before running. */
  notes: z.array(z.string()),
  /** The whole plan in sentences, in the order in which things happen. */
  words: z.array(z.string()),
});
export type ExplainedQuery = z.infer<typeof explainedQuerySchema>;

export const explainOutputSchema = z.object({
  schemaVersion: z.literal(1),
  queries: z.array(explainedQuerySchema),
});
export type ExplainOutput = z.infer<typeof explainOutputSchema>;
