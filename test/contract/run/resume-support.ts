/** Runs that are broken off and taken up again, beside the same run undisturbed. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinishedRun } from '../../../server/src/run/finish.ts';
import { type RunHost, resumeRun, runQueries } from '../../../server/src/run/index.ts';
import type { SandboxOptions } from '../../../server/src/sandbox/index.ts';
import { profileFromEnvironment, resolveProfile } from '../../../server/src/tenant/index.ts';
import { Desk, NOW_MICROS, step, tenantOf } from '../cli/support.ts';
import { allOf } from '../support/records.ts';

export interface HostOptions {
  /** Names the folder of the runs. */
  readonly runs?: string;
  readonly redaction?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly more?: Partial<RunHost>;
}

export function hostOf(desk: Desk, options: HostOptions = {}): RunHost {
  const { runs = 'runs', redaction = [], limits = {}, more = {} } = options;
  const named = profileFromEnvironment(desk.env, { baseUrl: desk.tenant.baseUrl });
  if (!named.ok) throw new Error('no profile');
  const resolved = resolveProfile(
    {
      baseUrl: desk.tenant.baseUrl,
      auth: { tokenUrl: named.profile.auth.tokenUrl },
      redaction: [...redaction],
      limits: { ...limits },
    },
    [],
  );
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const { profile } = resolved;
  const { credentials } = named;
  return {
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    credentials: async () => ({ ok: true, value: credentials }),
    runsFolder: desk.path(runs),
    auditFolder: desk.path(runs, 'audit'),
    outboxFolder: desk.path(runs, 'outbox'),
    exportFolder: desk.folder,
    user: 'tester',
    now: () => NOW_MICROS,
    defaultLimit: 1000,
    thresholdMicros: 15_000_000,
    webhookAllow: [],
    // In this thread, unless a test says otherwise: one that starts from the sources takes longer than a run here.
    analysis: { atOnce: Number.POSITIVE_INFINITY },
    ...more,
  };
}

export async function runText(
  host: RunHost,
  text: string,
  signal: AbortSignal = new AbortController().signal,
  query?: string,
): Promise<FinishedRun> {
  const choice = query === undefined ? ({ kind: 'only' } as const) : ({ kind: 'name', name: query } as const);
  const request = { text, source: null, choice, parameters: {}, confirmed: true };
  return only(await runQueries(host, request, signal));
}

export async function resumed(
  host: RunHost,
  runId: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<FinishedRun> {
  return only(await resumeRun(host, { runId }, signal));
}

function only(outcome: Awaited<ReturnType<typeof runQueries>>): FinishedRun {
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  const [run] = outcome.runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

/** What of a run must not depend on whether it was disturbed. Tags of masked values differ from run to run. */
export async function resultOf(
  run: FinishedRun,
  folder = run.folder ?? '',
): Promise<Record<string, unknown>> {
  const { outcome, error, window, filter, retrieval, analysis, compliance, expectations } = run.output;
  const { records, duplicates, rejected, expected, accuracyRate } = retrieval;
  const file = async (name: string): Promise<string> => tagged(await readFile(join(folder, name), 'utf8'));
  return {
    ...{ outcome, error, window, filter, compliance, expectations, headline: run.headline },
    counts: { records, duplicates, rejected, expected, accuracyRate },
    analysis: analysisOf(analysis),
    records: tagged(JSON.stringify(await allOf(run.records))),
    interactions: await file('interactions.ndjson'),
    matches: await file('matches.ndjson'),
    rejects: await file('rejected.ndjson'),
    report: analysisOf(JSON.parse(await file('report.json'))),
    files: (await readdir(folder)).sort(),
  };
}

/** The text with tags numbered in the order in which they are met. */
export function tagged(text: string): string {
  const numbers = new Map<string, number>();
  return text.replaceAll(/\*{3}[0-9a-f]{8}/g, (tag) => {
    const number = numbers.get(tag) ?? numbers.size;
    numbers.set(tag, number);
    return `***#${number}`;
  });
}

/**
 * An analysis without what is sorted by masked values, whose tags differ from run to run. Sums over them are taken in
 * their order, so the last digits may differ, too.
 */
export function analysisOf(report: unknown): string {
  return JSON.stringify(report, (key, value: unknown) => {
    if (key === 'transitions' && Array.isArray(value)) return value.length;
    return typeof value === 'number' ? Number(value.toPrecision(12)) : value;
  });
}

/** In what two results differ. */
export function differences(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => {
    const [left, right] = [JSON.stringify(one[key]), JSON.stringify(other[key])];
    return left === right ? [] : [`${key}: ${left?.slice(0, 200)} is not ${right?.slice(0, 200)}`];
  });
}

/** A tenant in the place of another one that has ended. */
export async function successorOf(desk: Desk, options: SandboxOptions): Promise<Desk> {
  const { clientSecret } = desk.tenant;
  await desk.tenant.close();
  const port = Number(new URL(desk.tenant.baseUrl).port);
  return new Desk(desk.folder, await tenantOf({ clientSecret, ...options, port }));
}

/** Same seed, same numbers from 0 to 1. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Aborts after so many turns of the event loop; says how many there were. */
export function abortAfter(turns: number): { readonly signal: AbortSignal; readonly stop: () => number } {
  const controller = new AbortController();
  let gone = 0;
  let stopped = false;
  const turn = (): void => {
    if (stopped) return;
    gone += 1;
    if (gone >= turns) controller.abort();
    else setImmediate(turn);
  };
  setImmediate(turn);
  return {
    signal: controller.signal,
    stop: () => {
      stopped = true;
      return gone;
    },
  };
}

/** A history of one morning, with variables that must never be on a disk unmasked. */
export async function writeHistory(folder: string, count: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const records: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    const minute = String(index % 60).padStart(2, '0');
    const hour = String(7 + (Math.floor(index / 60) % 3)).padStart(2, '0');
    const second = (at: number): string => `${hour}:${minute}:${String(at).padStart(2, '0')}`;
    const canary = { ssn: `canary-${index % 7}`, plain: index };
    records.push({
      interactionId: `i-${index}`,
      big: `big-${index % 5}`,
      steps: [
        step('menu', 'DECISION', second(1), second(2 + (index % 20)), { variablesAfter: canary }),
        step('route', 'ROUTING', second(30), second(31 + (index % 25)), {
          variablesBefore: canary,
          variablesAfter: { ...canary, ssn: `canary-${index % 3}` },
        }),
      ],
    });
  }
  const path = join(folder, 'history.json');
  // Integers that a double cannot hold.
  await writeFile(path, JSON.stringify(records).replaceAll('"big-0"', '9007199254740993'));
  return path;
}
