/**
 * What a run's folder holds beside its results while the run can be taken up again: what was asked (`request.json`),
 * where it had come to (`checkpoint.slots`), every row that came (`seen.ndjson`), and what was replaced
 * (`replaced.ndjson`). No unmasked value is in any of them where the run masks.
 */
import * as z from 'zod';
import { checkpointSchema, seenRecordSchema } from './checkpoint.ts';
import type { JsonObject } from './history.ts';

/** Looked at no deeper: it was written by this product, and its checksum is right. */
const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const count = z.number().int().nonnegative();

/** `request.json`: all that it takes to ask the same again. */
export const storedRequestSchema = z.object({
  schemaVersion: z.literal(1),
  /** The whole text, without secrets. */
  text: z.string(),
  /** The query's place in it. */
  index: count,
  parameters: z.record(z.string(), z.string()),
  /** The run's one instant, in microseconds. */
  now: z.number(),
  defaultLimit: count,
  /** SHA-256 over the query, those it needs, and the parameters they use. */
  queries: z.string(),
  /** SHA-256 over how the connection reads, filters and masks. */
  connection: z.string(),
  /** Proves the key of masks and digests to whoever has it; null where nothing is masked. */
  key: z.string().nullable(),
});
export type StoredRequest = z.infer<typeof storedRequestSchema>;

export const trafficSchema = z.object({
  requests: count,
  retries: count,
  throttled: count,
  tokens: count,
  pages: count,
  rangeChunks: count,
  resumed: count,
  bytes: count,
  latencyMs: z.number(),
});

/** How far a file belongs to a checkpoint, and the CRC-32 of these bytes. */
const extentSchema = z.object({ bytes: count, crc32: count });
export type Extent = z.infer<typeof extentSchema>;

/** A slot of `checkpoint.slots`, one of which is written after each page. */
export const runCheckpointSchema = z.object({
  schemaVersion: z.literal(1),
  checkpoint: checkpointSchema,
  /** LIMIT was reached with the page. */
  stopped: z.boolean(),
  /** Interactions kept of each batch. */
  keptByBatch: z.array(count),
  /** Of all attempts so far. */
  traffic: trafficSchema,
  files: z.object({
    interactions: extentSchema,
    matches: extentSchema,
    rejected: extentSchema,
    seen: extentSchema,
    replaced: extentSchema,
  }),
});
export type RunCheckpoint = z.infer<typeof runCheckpointSchema>;

/** A line of `seen.ndjson`. */
export const seenLineSchema = seenRecordSchema.extend({
  /** The interaction that it brought is kept: the next line of the interactions. */
  kept: z.literal(true).optional(),
});
export type SeenLine = z.infer<typeof seenLineSchema>;

/** A line of `replaced.ndjson`: a fuller record that takes an earlier one's place. */
export const replacedLineSchema = z.object({
  /** Number of the interaction, in the order in which they came. */
  version: count,
  /** null where it is no longer kept. */
  kept: z.object({ raw: z.custom<JsonObject>(isRecord), matching: z.array(count) }).nullable(),
});
export type ReplacedLine = z.infer<typeof replacedLineSchema>;
