/**
 * The run store: one folder a run with what came from the tenant, what was set aside, and what was made of it.
 * Everything in it has been masked before it arrives here.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../protocol/history.ts';
import { type AnalysisReport, analysisReportSchema } from '../protocol/report.ts';
import { type RunManifest, runManifestSchema } from '../protocol/run.ts';
import { ARRIVED_FILES, MANIFEST, RUN_FILES } from './files.ts';
import { type Place, readableLines, readLines } from './lines.ts';
import { isProcessAlive } from './process.ts';

/** Sorts by time and never collides: `20261122T081500Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** A run id is a folder's name and nothing else: data from a panel or an argument never becomes a path. */
export function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);
}

/** What stands where a run's manifest should. */
type Found =
  | { readonly kind: 'manifest'; readonly manifest: RunManifest }
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged' }
  /** Of a later version of this product. */
  | { readonly kind: 'later'; readonly version: number };

async function find(runsFolder: string, runId: string): Promise<Found> {
  if (!isRunId(runId)) return { kind: 'none' };
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(runsFolder, runId, MANIFEST), 'utf8'));
  } catch (error) {
    return { kind: error instanceof SyntaxError ? 'damaged' : 'none' };
  }
  const parsed = runManifestSchema.safeParse(value);
  if (parsed.success) return { kind: 'manifest', manifest: parsed.data };
  const version =
    typeof value === 'object' && value !== null && 'schemaVersion' in value && value.schemaVersion;
  return typeof version === 'number' && version > 1 ? { kind: 'later', version } : { kind: 'damaged' };
}

/** Reads a run's manifest, or undefined when there is none or it is not one. */
export async function readManifest(runsFolder: string, runId: string): Promise<RunManifest | undefined> {
  const found = await find(runsFolder, runId);
  return found.kind === 'manifest' ? found.manifest : undefined;
}

/** Why a run cannot be read, in a sentence. */
export async function whyNotKept(runsFolder: string, runId: string): Promise<string> {
  const found = await find(runsFolder, runId);
  switch (found.kind) {
    case 'later':
      return `The run ${runId} was kept by a later version of CXQ (its manifest has version ${found.version}, this one reads version 1). Update CXQ to read it.`;
    case 'damaged':
      return `The manifest of the run ${runId} is damaged, so its records cannot be shown. They are in ${join(runsFolder, runId, RUN_FILES.interactions)}.`;
    default:
      return `The run ${runId} is no longer kept. Run the query again.`;
  }
}

/** A manifest that says `running` although its process is gone, as what it is. */
function settled(manifest: RunManifest): RunManifest {
  if (manifest.outcome !== 'running' || isProcessAlive(manifest.process)) return manifest;
  return {
    ...manifest,
    outcome: 'failed',
    error: {
      code: 'killed',
      message:
        'The process that ran it was stopped before the end. What was retrieved until then is here; resume the run, or run the query again, for the rest.',
    },
  };
}

/** The runs that are kept, newest first. */
export async function listRuns(runsFolder: string): Promise<RunManifest[]> {
  const names = await readdir(runsFolder).catch(() => []);
  const manifests = await Promise.all(names.map((name) => readManifest(runsFolder, name)));
  return (
    manifests
      .filter((manifest) => manifest !== undefined)
      .map(settled)
      // Ids tell seconds apart, and a file's queries may all run within one.
      .sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.runId < b.runId ? 1 : -1))
  );
}

/** A run's manifest, also of one that goes on or was killed; undefined where no such run is kept. */
export async function keptRun(runsFolder: string, runId: string): Promise<RunManifest | undefined> {
  const manifest = await readManifest(runsFolder, runId);
  return manifest === undefined ? undefined : settled(manifest);
}

/** What a run's folder holds beside its records. */
export interface StoredRun {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport | undefined;
  /** A record once more; undefined where it is no longer there. */
  readonly recordAt: (place: Place) => JsonObject | undefined;
  /** What is not as the run left it, in a sentence; undefined where nothing is. */
  readonly damage: string | undefined;
}

/** Takes a record as the run kept it, with the sequences of its matching steps. */
export type TakeRecord = (record: JsonObject, matching: readonly number[], place: Place) => void;

/** What stands on a line that holds no record keeps its place, so that the matching steps stay with their records. */
function objectOf(value: unknown): JsonObject {
  const isObject = (one: unknown): one is JsonObject =>
    typeof one === 'object' && one !== null && !Array.isArray(one);
  return isObject(value) ? value : {};
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}

/** Reads a run back, also one that is still going on or was killed. Records are handed on as they are read. */
export async function readRun(
  runsFolder: string,
  runId: string,
  take: (manifest: RunManifest, file: string) => TakeRecord,
): Promise<StoredRun | undefined> {
  const manifest = await keptRun(runsFolder, runId);
  if (manifest === undefined) return undefined;
  const folder = join(runsFolder, runId);
  const file = await wholeFile(folder, manifest, 'interactions');
  const matching: (readonly number[])[] = [];
  for await (const lines of readableLines(await wholeFile(folder, manifest, 'matches'))) {
    for (const { value } of lines) matching.push(numbers(value));
  }
  const record = take(manifest, file);
  let index = 0;
  for await (const lines of readableLines(file)) {
    for (const { value, place } of lines) {
      record(objectOf(value), matching[index] ?? [], place);
      index += 1;
    }
  }
  const report = await keptReport(runsFolder, runId);
  return {
    manifest,
    report,
    recordAt: (place) => recordAt(file, place),
    damage: damageOf(manifest, index),
  };
}

/** The analysis as a run kept it; undefined where it was stopped before, or where it can no longer be read. */
export async function keptReport(runsFolder: string, runId: string): Promise<AnalysisReport | undefined> {
  try {
    const text = await readFile(join(runsFolder, runId, RUN_FILES.report), 'utf8');
    return analysisReportSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A killed run may have been about to put its records into another order: then what came is whole, and that is not. */
async function wholeFile(
  folder: string,
  { error }: RunManifest,
  name: keyof typeof ARRIVED_FILES,
): Promise<string> {
  const arrived = join(folder, ARRIVED_FILES[name]);
  const isThere = error?.code === 'killed' && (await stat(arrived).catch(() => undefined)) !== undefined;
  return isThere ? arrived : join(folder, RUN_FILES[name]);
}

/** What it means that so many records can be read of those that a run kept. */
export function damageOf({ kept, outcome }: RunManifest, read: number): string | undefined {
  if (kept === undefined || kept === read || outcome === 'running') return undefined;
  return read < kept
    ? `Only ${read} of the ${kept} records that the run kept can be read: its file of interactions was cut or damaged. Run the query again for all of them.`
    : `The file of interactions holds ${read} records, but the run kept ${kept}: it was changed since.`;
}

/** Why a run's file may end in the middle of a line. */
const CUT_SHORT = ['killed', 'disk'];

/** How large a run's records are, in bytes; 0 where there are none. */
export async function keptBytes(runsFolder: string, runId: string): Promise<number> {
  const found = await stat(join(runsFolder, runId, RUN_FILES.interactions)).catch(() => undefined);
  return found?.size ?? 0;
}

/**
 * The records of a run as it kept them, in order, each with the byte behind it. Throws where one can no longer be
 * read, except at the end of a run that was cut off there.
 */
export async function* keptRecords(
  runsFolder: string,
  { runId, error }: RunManifest,
): AsyncGenerator<{ readonly record: JsonObject; readonly end: number }, void> {
  const file = join(runsFolder, runId, RUN_FILES.interactions);
  const read = error !== undefined && CUT_SHORT.includes(error.code) ? readableLines : readLines;
  for await (const lines of read(file)) {
    for (const { value, place } of lines) {
      yield { record: objectOf(value), end: place.offset + place.length + 1 };
    }
  }
}

function recordAt(file: string, { offset, length }: Place): JsonObject | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, offset);
    return objectOf(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
