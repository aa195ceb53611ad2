/** What waits to be told to process-mining platforms, and what was given up. */
import * as z from 'zod';

const outboxEntrySchema = z.object({
  /** The `webhook-id` of every attempt. */
  id: z.string(),
  /** `failed`: given up; a person may send it again or drop it. */
  state: z.enum(['pending', 'failed']),
  runId: z.string(),
  /** The profile that it is sent for. */
  connection: z.string(),
  /** The receiver's origin: the rest of an address is often its secret. */
  origin: z.string(),
  createdAt: z.string(),
  attempts: z.number().int(),
  /** Not before; null for what was given up. */
  nextAttemptAt: z.string().nullable(),
  /** What became of the last attempt. */
  lastError: z.string().nullable(),
});
export type OutboxEntry = z.infer<typeof outboxEntrySchema>;

/** `cxq outbox list --format json`. */
export const outboxOutputSchema = z.object({
  schemaVersion: z.literal(1),
  messages: z.array(outboxEntrySchema),
});
export type OutboxOutput = z.infer<typeof outboxOutputSchema>;
