/**
 * The run store: one folder a run with what came from the tenant, what was set aside, and what was made of it.
 * Everything in it has been masked before it arrives here.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../protocol/history.ts';
import { type AnalysisReport, analysisReportSchema } from '../protocol/report.ts';
import { type RunManifest, runManifestSchema } from '../protocol/run.ts';
import { ARRIVED_FILES, JOURNAL_FILES, MANIFEST, RUN_FILES } from './files.ts';
import { objectOf, readableLines, readLines } from './lines.ts';
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

/** The analysis as a run kept it; undefined where it was stopped before, or where it can no longer be read. */
export async function keptReport(runsFolder: string, runId: string): Promise<AnalysisReport | undefined> {
  try {
    const text = await readFile(join(runsFolder, runId, RUN_FILES.report), 'utf8');
    return analysisReportSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * The files of a run's records and of their matching steps. A killed run may have been about to put them into another
 * order: then what came is whole, and that is not.
 */
export async function keptFiles(
  runsFolder: string,
  { runId, error }: RunManifest,
): Promise<{ readonly interactions: string; readonly matches: string }> {
  const folder = join(runsFolder, runId);
  const whole = async (name: keyof typeof ARRIVED_FILES): Promise<string> => {
    const arrived = join(folder, ARRIVED_FILES[name]);
    const isThere = error?.code === 'killed' && (await stat(arrived).catch(() => undefined)) !== undefined;
    return isThere ? arrived : join(folder, RUN_FILES[name]);
  };
  return { interactions: await whole('interactions'), matches: await whole('matches') };
}

/** Whether a run ended early, with what is needed to take it up again. */
export async function isResumable(runsFolder: string, { runId, outcome }: RunManifest): Promise<boolean> {
  if (outcome === 'running' || outcome === 'complete') return false;
  const checkpoint = join(runsFolder, runId, JOURNAL_FILES.checkpoint);
  return (await stat(checkpoint).catch(() => undefined)) !== undefined;
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
