/** Audit records: one JSON line each, chained by hash. The tutorial's field names keep their snake case. */
import * as z from 'zod';
import { OUTCOMES } from './run.ts';

const chain = {
  sequence: z.number().int().nonnegative(),
  prev_hash: z.string(),
  hash: z.string(),
  audit_timestamp: z.string(),
  /** Torn lines that a crash left before this record: set aside, each in a file of the same folder. */
  torn: z.array(z.object({ file: z.string(), bytes: z.number().int(), sha256: z.string() })).optional(),
};
const run = {
  run_id: z.string(),
  query_name: z.string().nullable(),
  query_text_sha256: z.string(),
  connection: z.string(),
  tenant_origin: z.string(),
  user: z.string(),
};

export const auditRecordSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('run.started'),
    ...chain,
    ...run,
    query_filter: z.string(),
    /** The run had begun before, and was taken up again. */
    resumed: z.literal(true).optional(),
  }),
  z.object({
    event: z.literal('run.ended'),
    ...chain,
    ...run,
    /** The ids asked for, or null. */
    interaction_id: z.array(z.string()).nullable(),
    query_filter: z.string(),
    records_processed: z.number().int(),
    extraction_latency_ms: z.number(),
    accuracy_rate: z.number().nullable(),
    compliance_status: z.enum(['VERIFIED', 'REVIEW_REQUIRED']),
    requests: z.number().int(),
    retries: z.number().int(),
    throttled: z.number().int(),
    outcome: z.enum(OUTCOMES),
    error: z.string().nullable(),
  }),
  z.object({
    event: z.literal('export'),
    ...chain,
    run_id: z.string(),
    path: z.string(),
    format: z.string(),
    records: z.number().int(),
    sha256: z.string(),
    user: z.string(),
  }),
  z.object({
    event: z.literal('webhook'),
    ...chain,
    run_id: z.string(),
    webhook_id: z.string(),
    url_origin: z.string(),
    status: z.number().int().nullable(),
    outcome: z.enum(['delivered', 'retry', 'failed', 'refused']),
    attempt: z.number().int(),
    user: z.string(),
  }),
]);
export type AuditRecord = z.infer<typeof auditRecordSchema>;
type WithoutChain<T> = T extends unknown
  ? Omit<T, 'sequence' | 'prev_hash' | 'hash' | 'audit_timestamp' | 'torn'>
  : never;
/** A record before the chain gave it its place. */
export type AuditEvent = WithoutChain<AuditRecord>;

/** `cxq audit verify --format json`. */
export const auditVerifyOutputSchema = z.object({
  schemaVersion: z.literal(1),
  ok: z.boolean(),
  /** Good records before the first bad line. */
  records: z.number().int(),
  /** One sentence; names the first bad line. */
  message: z.string(),
  files: z.array(z.string()),
  head: z.object({ sequence: z.number().int(), hash: z.string() }).nullable(),
  bad: z.object({ file: z.string(), line: z.number().int(), reason: z.string() }).nullable(),
});
export type AuditVerifyOutput = z.infer<typeof auditVerifyOutputSchema>;
