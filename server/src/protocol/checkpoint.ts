/** Where a retrieval stood after a page: what it takes to go on from there, and to know the rows that had come. */
import * as z from 'zod';

const count = z.number().int().nonnegative();

/**
 * One row of a page that was handed on, kept or not. It says nothing of what the record says: a digest tells whether
 * a record is the same, the id which one it is.
 */
export const seenRecordSchema = z.strictObject({
  /** null where the record could not be read. */
  id: z.string().nullable(),
  /** '' where the record cannot be written, and so not be told from others. */
  digest: z.string(),
  batch: count,
  row: count,
  /** Read once more around a gap. */
  late: z.boolean().optional(),
  /** Which interaction it is, by the order in which they were handed on; null where it said nothing new. */
  version: count.nullable(),
});
export type SeenRecord = z.infer<typeof seenRecordSchema>;

/** Where reading goes on within a batch. */
export const positionSchema = z.strictObject({
  /** Row that the tenant is asked for next; with `per-interaction`, the index of the id. */
  offset: count,
  /** Takes the place of the offset, once the tenant has given one. */
  token: z.string().nullable(),
  /** Rows that a page has here, where the tenant gives fewer than it is asked for. */
  step: count.nullable(),
  /** Row that the next record gets. */
  row: count,
});
export type Position = z.infer<typeof positionSchema>;

/** A stretch of rows beside which something may be missing. */
export const stretchSchema = z.strictObject({
  /** Position among the stretches of its batch. */
  index: count,
  offset: count,
  asked: count,
  rows: count,
  /** Fewer rows than asked for, where more were to be expected. */
  short: z.boolean(),
  /** It repeated a row of another page. */
  shifted: z.boolean(),
  /** The total was another than on the page before. */
  moved: z.boolean(),
  /** Nothing came at its end. */
  empty: z.boolean(),
});
export type Stretch = z.infer<typeof stretchSchema>;

/** Rows that did not come. */
export const gapSchema = z.strictObject({ offset: count, limit: count });
export type Gap = z.infer<typeof gapSchema>;

/** What is known about a batch's end. */
export const batchStateSchema = z.strictObject({
  /** Largest total that the tenant gave. */
  total: count.nullable(),
  /** The first one: a total that grows is followed only so far. */
  firstTotal: count.nullable(),
  /** Row behind the last one that came. */
  furthest: count,
  /** The end was proved by an empty page, or by a token that did not come. */
  ended: z.boolean(),
  /** Page tokens took over. */
  tokens: z.boolean(),
  repeatedToken: z.boolean(),
  /** It went on and on without anything new, or its total ran away. */
  endless: z.boolean(),
});

export const batchTallySchema = z.strictObject({
  /** Distinct readable records. */
  readable: count,
  rejected: count,
  /** Of the readable ones, those that an earlier batch had given already. */
  shared: count,
  /** Further records of ids that this batch had given already, contradicting them. */
  conflicts: count,
});

/** What became of a batch so far. */
export const batchProgressSchema = z.strictObject({
  state: batchStateSchema,
  tally: batchTallySchema,
  /** Stopped by LIMIT or by the caller. */
  enough: z.boolean(),
  /** Rows that the total promises and that did not come. */
  gap: count,
  /** Nothing came at a place although rows behind it did. */
  hole: z.boolean(),
  /** Where nothing came, as often as it was asked for; not all of them where there are many. */
  empty: z.array(gapSchema),
  /** The total became smaller from one page to the next, so that a row may lie between them. */
  shrunk: z.boolean(),
  stretches: z.array(stretchSchema),
});
export type BatchProgress = z.infer<typeof batchProgressSchema>;

export const checkpointSchema = z.strictObject({
  version: z.literal(2),
  /** Digest of what was asked for: batches, order, offset, limit. */
  request: z.string(),
  /** The batch of the page. */
  batch: count,
  /** null where the batch has been read to its end. */
  next: positionSchema.nullable(),
  /** The page, to be read once more before anything is built on it. */
  last: z.strictObject({
    place: z.strictObject({ offset: count, limit: count, token: z.string().nullable() }),
    /** Records of it that were looked at: the last so many that were seen. */
    rows: count,
    /** All of its records were; false where LIMIT ended within it. */
    whole: z.boolean(),
    total: count.nullable(),
  }),
  /** Those begun so far, in order. */
  batches: z.array(batchProgressSchema),
  totals: z.strictObject({
    readable: count,
    rejected: count,
    duplicates: count,
    replaced: count,
    conflicts: count,
    /** Interactions handed on. */
    versions: count,
    /** Rows seen: so many of the seen records belong to this checkpoint. */
    seen: count,
    records: count,
  }),
  /** What was assumed in reading them, by name: how often. */
  assumed: z.record(z.string(), count),
});
/** Plain JSON. What was handed on after the page that bears it is to be dropped when a run goes on from it. */
export type Checkpoint = z.infer<typeof checkpointSchema>;
