/**
 * The run store: one folder a run with what came from the tenant, what was set aside, and what was made of it.
 * Everything in it has been masked before it arrives here.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolders, replaceFile } from '../output/index.ts';
import type { Interaction, JsonObject, RejectedRecord } from '../protocol/history.ts';
import { type AnalysisReport, analysisReportSchema } from '../protocol/report.ts';
import { type RunManifest, runManifestSchema } from '../protocol/run.ts';

const FILES = {
  interactions: 'interactions.ndjson',
  rejected: 'rejected.ndjson',
  matches: 'matches.ndjson',
  report: 'report.json',
} as const;

const LINE_FEED = 0x0a;
const PART_BYTES = 1 << 20;

/** An interaction that a run kept, with the sequences of the steps that satisfied its predicate. */
export interface KeptInteraction {
  readonly interaction: Interaction;
  readonly matching: readonly number[];
}

/** Sorts by time and never collides: `20261122T081500Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** Writes one run as it goes. Every method rejects with the file system's error (full disk, read-only folder). */
export interface RunWriter {
  readonly folder: string;
  append(kept: readonly KeptInteraction[], rejected: readonly RejectedRecord[]): Promise<void>;
  /** Replaces what was appended, for a run whose order or set is known only at its end. */
  rewrite(kept: readonly KeptInteraction[]): Promise<void>;
  /** Writes the analysis, the largest piece, before the run is recorded: a disk that is full shows here. */
  report(report: AnalysisReport): Promise<void>;
  /** Replaces the manifest: from then on the run has ended. */
  finish(manifest: RunManifest): Promise<void>;
  close(): Promise<void>;
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

export type NewManifest = Omit<RunManifest, 'files' | 'schemaVersion' | 'endedAt' | 'outcome'>;

/** Creates the run's folder (mode 0700) with a manifest that says `running`. */
export async function createRunWriter(runsFolder: string, manifest: NewManifest): Promise<RunWriter> {
  const folder = join(runsFolder, manifest.runId);
  await makeFolders(folder);
  const writeManifest = (value: RunManifest): Promise<void> =>
    replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(value, null, 2)}\n`, 0o600);
  await writeManifest({ ...manifest, schemaVersion: 1, endedAt: null, outcome: 'running', files: FILES });
  const handles: FileHandle[] = [];
  try {
    for (const name of [FILES.interactions, FILES.rejected, FILES.matches]) {
      handles.push(await open(join(folder, name), 'a', 0o600));
    }
  } catch (error) {
    await Promise.all(handles.map((handle) => handle.close()));
    throw error;
  }
  const [interactions, rejectedFile, matches] = handles;
  if (interactions === undefined || rejectedFile === undefined || matches === undefined) {
    throw new Error('unreachable: three files were opened');
  }
  const append = async (kept: readonly KeptInteraction[]): Promise<void> => {
    await interactions.appendFile(lines(kept.map((one) => one.interaction.raw)));
    await matches.appendFile(lines(kept.map((one) => one.matching)));
  };
  return {
    folder,
    append: async (kept, rejected) => {
      await append(kept);
      if (rejected.length > 0) await rejectedFile.appendFile(lines(rejected));
    },
    rewrite: async (kept) => {
      await interactions.truncate(0);
      await matches.truncate(0);
      await append(kept);
    },
    report: (report) => replaceFile(join(folder, FILES.report), `${JSON.stringify(report)}\n`, 0o600),
    finish: writeManifest,
    close: async () => {
      await Promise.all(handles.map((handle) => handle.close()));
    },
  };
}

/** The files' names, for a manifest. */
export const RUN_FILES = FILES;

/** A run id is a folder's name and nothing else: data from a panel or an argument never becomes a path. */
export function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);
}

/** Reads a run's manifest, or undefined when there is none or it is not one. */
export async function readManifest(runsFolder: string, runId: string): Promise<RunManifest | undefined> {
  if (!isRunId(runId)) return undefined;
  try {
    const text = await readFile(join(runsFolder, runId, 'manifest.json'), 'utf8');
    const parsed = runManifestSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote a manifest still runs; one of another machine is taken to. */
export function isProcessAlive({ pid, host }: { readonly pid: number; readonly host: string }): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
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
        'The process that ran it was stopped before the end. What was retrieved until then is here; run the query again for the rest.',
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

/** Where a record stands in the file of interactions, in bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** What a run's folder holds beside its records. */
export interface StoredRun {
  readonly manifest: RunManifest;
  readonly report: AnalysisReport | undefined;
  /** A record once more; undefined where it is no longer there. */
  readonly recordAt: (place: Place) => JsonObject | undefined;
}

/** Takes a record as the run kept it, with the sequences of its matching steps. */
export type TakeRecord = (record: JsonObject, matching: readonly number[], place: Place) => void;

interface Line {
  readonly value: unknown;
  readonly place: Place;
}

/**
 * The values of an NDJSON file in order, some at a time, whatever its size. Throws where the file cannot be read, and
 * at a line that is cut or is no JSON, after what stands before it.
 */
async function* readLines(path: string): AsyncGenerator<readonly Line[], void> {
  let rest: Buffer[] = [];
  let offset = 0;
  let count = 0;
  const parsed = (bytes: Buffer): Line | undefined => {
    try {
      const line = { value: JSON.parse(bytes.toString()), place: { offset, length: bytes.length } };
      offset += bytes.length + 1;
      count += 1;
      return line;
    } catch {
      return undefined;
    }
  };
  const cut = (): Error => new Error(`line ${count + 1} of ${path} is no record`);
  for await (const chunk of createReadStream(path, { highWaterMark: PART_BYTES })) {
    const bytes = Buffer.from(chunk);
    const lines: Line[] = [];
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
      const end = bytes.subarray(from, to);
      const line = parsed(rest.length === 0 ? end : Buffer.concat([...rest, end]));
      rest = [];
      from = to + 1;
      if (line === undefined) {
        yield lines;
        throw cut();
      }
      lines.push(line);
    }
    if (from < bytes.length) rest.push(bytes.subarray(from));
    yield lines;
  }
  if (rest.length > 0) throw cut();
}

/** What can be read of it: the last line of a run that was killed may be cut, and what stands before it is whole. */
async function* readableLines(path: string): AsyncGenerator<readonly Line[], void> {
  try {
    yield* readLines(path);
  } catch {
    // A file that is not there, or no longer, holds nothing more.
  }
}

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
  take: (manifest: RunManifest) => TakeRecord,
): Promise<StoredRun | undefined> {
  const manifest = await keptRun(runsFolder, runId);
  if (manifest === undefined) return undefined;
  const folder = join(runsFolder, runId);
  const file = join(folder, FILES.interactions);
  const matching: (readonly number[])[] = [];
  for await (const lines of readableLines(join(folder, FILES.matches))) {
    for (const { value } of lines) matching.push(numbers(value));
  }
  const record = take(manifest);
  let index = 0;
  for await (const lines of readableLines(file)) {
    for (const { value, place } of lines) {
      record(objectOf(value), matching[index] ?? [], place);
      index += 1;
    }
  }
  const report = await readFile(join(folder, FILES.report), 'utf8').then(
    (text) => analysisReportSchema.safeParse(JSON.parse(text)).data,
    () => undefined,
  );
  return { manifest, report, recordAt: (place) => recordAt(file, place) };
}

/** Why a run's file may end in the middle of a line. */
const CUT_SHORT = ['killed', 'disk'];

/** How large a run's records are, in bytes; 0 where there are none. */
export async function keptBytes(runsFolder: string, runId: string): Promise<number> {
  const found = await stat(join(runsFolder, runId, FILES.interactions)).catch(() => undefined);
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
  const file = join(runsFolder, runId, FILES.interactions);
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
