/** What a run that was broken off had come to, read back so that another process can go on from there. */
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { SeenRecord } from '../protocol/checkpoint.ts';
import type { JsonObject, JsonValue, RejectedRecord } from '../protocol/history.ts';
import {
  type RunCheckpoint,
  replacedLineSchema,
  runCheckpointSchema,
  type StoredRequest,
  seenLineSchema,
  storedRequestSchema,
} from '../protocol/journal.ts';
import { ARRIVED_FILES, GROWING_FILES, type GrowingFile, JOURNAL_FILES, RUN_FILES } from './files.ts';
import type { RecordSource } from './kept-records.ts';
import { type Line, readLines } from './lines.ts';
import { readSlots } from './slots.ts';

/** An interaction as it was kept. */
export interface TakenInteraction {
  readonly source: RecordSource;
  readonly matching: readonly number[];
}

/** All that came up to a checkpoint. */
export interface Taken {
  readonly checkpoint: RunCheckpoint;
  readonly seen: readonly SeenRecord[];
  /** By the number under which each came, as it is now; undefined where it was not kept. */
  readonly versions: readonly (TakenInteraction | undefined)[];
  /** In the order in which they came, as they came first. */
  readonly kept: number;
  readonly rejected: readonly RejectedRecord[];
  /** They were kept in the order in which they came, and none was replaced. */
  readonly settled: boolean;
}

const LOST = 'What had been retrieved is not wholly there any more.';

const recordSchema = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null);

const rejectedSchema = z.object({
  index: z.number().int().nonnegative(),
  reason: z.string(),
  raw: z.custom<JsonValue>((value) => value !== undefined),
});

async function parsedFile<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** What a run was asked; undefined where that is not known. */
export function readRequest(folder: string): Promise<StoredRequest | undefined> {
  return parsedFile(join(folder, JOURNAL_FILES.request), storedRequestSchema);
}

/** Where a run had come to, the latest first; empty where that is not known. */
export async function readCheckpoints(folder: string): Promise<RunCheckpoint[]> {
  const file = await readFile(join(folder, JOURNAL_FILES.checkpoint)).catch(() => Buffer.alloc(0));
  return readSlots(file).flatMap((value) => runCheckpointSchema.safeParse(value).data ?? []);
}

/** Gives what came its place back, where the run had ended with another order. */
export async function restoreArrival(folder: string): Promise<void> {
  for (const name of ['interactions', 'matches'] as const) {
    const arrived = join(folder, ARRIVED_FILES[name]);
    await rename(arrived, join(folder, RUN_FILES[name])).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
    // Two names of one file are not moved onto each other.
    await rm(arrived, { force: true });
  }
}

/**
 * Reads what came up to the first of the checkpoints to which all is there, or says why nothing can be built on any: of
 * a machine that stopped, the latest may have outlived its data.
 */
export async function readTaken(
  folder: string,
  checkpoints: readonly RunCheckpoint[],
): Promise<Taken | { readonly startOver: string }> {
  for (const checkpoint of checkpoints) {
    try {
      return await readAll(folder, checkpoint);
    } catch {
      // The one before it may be whole.
    }
  }
  return { startOver: LOST };
}

async function readAll(folder: string, checkpoint: RunCheckpoint): Promise<Taken> {
  const values = (name: GrowingFile): AsyncGenerator<Line, void> =>
    checkedValues(join(folder, GROWING_FILES[name]), checkpoint.files[name]);
  const matches: number[][] = [];
  for await (const { value } of values('matches')) matches.push(z.array(z.number()).parse(value));
  const interactions: TakenInteraction[] = [];
  for await (const { value, place } of values('interactions')) {
    const matching = matches[interactions.length];
    if (matching === undefined) throw new Error(LOST);
    recordSchema.parse(value);
    interactions.push({ source: { file: 'interactions', ...place }, matching });
  }
  const seen: SeenRecord[] = [];
  const versions: (TakenInteraction | undefined)[] = [];
  let kept = 0;
  let settled = true;
  for await (const { value } of values('seen')) {
    const { kept: isKept, ...record } = seenLineSchema.parse(value);
    seen.push(record);
    if (record.late === true) settled = false;
    if (record.version !== versions.length) continue;
    versions.push(isKept === true ? interactions[kept] : undefined);
    if (isKept === true) kept += 1;
  }
  const { totals } = checkpoint.checkpoint;
  if (seen.length !== totals.seen || versions.length !== totals.versions || kept !== interactions.length) {
    throw new Error(LOST);
  }
  for await (const { value, place } of values('replaced')) {
    const line = replacedLineSchema.parse(value);
    if (line.version >= versions.length) throw new Error(LOST);
    versions[line.version] =
      line.kept === null
        ? undefined
        : { source: { file: 'replaced', ...place }, matching: line.kept.matching };
    settled = false;
  }
  const rejected: RejectedRecord[] = [];
  for await (const { value } of values('rejected')) rejected.push(rejectedSchema.parse(value));
  return { checkpoint, seen, versions, kept, rejected, settled };
}

/** The values of a file up to an extent; throws where it is shorter, or is not what was written. */
async function* checkedValues(
  path: string,
  { bytes, crc32: expected }: RunCheckpoint['files'][GrowingFile],
): AsyncGenerator<Line, void> {
  if (bytes === 0) return;
  let read = 0;
  let sum = 0;
  const onBytes = (part: Buffer): void => {
    read += part.length;
    sum = crc32(part, sum);
  };
  for await (const lines of readLines(path, { bytes, onBytes })) {
    yield* lines;
  }
  if (read !== bytes || sum !== expected) throw new Error(LOST);
}
