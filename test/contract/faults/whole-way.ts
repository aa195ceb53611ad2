/** A query from its text to what is kept, audited and shown, against a tenant that goes wrong. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import { expect } from 'vitest';
import type { Io } from '../../../server/src/commands/io.ts';
import { runText } from '../../../server/src/commands/report-text.ts';
import { verifyAudit } from '../../../server/src/output/index.ts';
import { type AuditRecord, auditRecordSchema } from '../../../server/src/protocol/audit.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { MICROS_PER_SECOND, parseInstant } from '../../../server/src/protocol/instant.ts';
import type { Credentials, ProfileInput } from '../../../server/src/protocol/profile.ts';
import { type FinishedRun, type RunHost, runQueries } from '../../../server/src/run/index.ts';
import { resolveProfile, type TenantOptions } from '../../../server/src/tenant/index.ts';
import { allOf } from '../support/records.ts';
import { hurriedClock } from '../tenant/support/ask.ts';

/** Friday morning: the present of the sandbox and of the run. */
export const NOW = parseInstant('2026-11-20T10:30:00Z')?.micros ?? 0;

export interface WholeWay {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly text: string;
  readonly profile?: ProfileInput;
  readonly tenant?: TenantOptions;
  readonly signal?: AbortSignal;
}

export interface CameOut {
  readonly run: FinishedRun;
  readonly records: readonly JsonObject[];
  /** Ids of the records, in order. */
  readonly ids: readonly string[];
  /** Ids of what lies in the run's folder. */
  readonly kept: readonly string[];
  /** `run.ended` of the audit, whose chain is intact. */
  readonly ended: Extract<AuditRecord, { event: 'run.ended' }>;
  /** What a person reads on a terminal. */
  readonly shown: string;
  /** How long the run waited, each time, in milliseconds; no wait took that time. */
  readonly waits: readonly number[];
}

function idOf(record: unknown): string {
  const id = typeof record === 'object' && record !== null && 'interactionId' in record ? record : undefined;
  return String(id?.interactionId);
}

const io: Io = {
  stdout: new PassThrough(),
  out: () => undefined,
  err: () => undefined,
  cwd: tmpdir(),
  env: {},
  colour: pc.createColors(false),
  progress: false,
  columns: 100,
  now: () => NOW,
  signal: new AbortController().signal,
  readStdin: async () => new Uint8Array(),
};

/** Runs one query, in folders of its own that are gone afterwards. Waiting takes no time; time limits do. */
export async function runWholeWay(way: WholeWay): Promise<CameOut> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-faults-'));
  try {
    return await runIn(folder, way);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, way: WholeWay): Promise<CameOut> {
  const resolved = resolveProfile({ id: 'faulty', baseUrl: way.baseUrl, ...way.profile });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
  const { profile } = resolved;
  const clock = hurriedClock();
  const host: RunHost = {
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    credentials: async () => ({ ok: true, value: way.credentials }),
    runsFolder: join(folder, 'runs'),
    auditFolder: join(folder, 'audit'),
    outboxFolder: join(folder, 'outbox'),
    exportFolder: folder,
    user: 'tester',
    now: () => NOW,
    defaultLimit: 1000,
    thresholdMicros: 15 * MICROS_PER_SECOND,
    webhookAllow: [],
    tenant: { clock, ...way.tenant },
    // What the analysis thread does is tested elsewhere: to start one takes longer than such a run.
    analysis: { atOnce: Number.POSITIVE_INFINITY },
  };
  const request = {
    text: way.text,
    source: null,
    choice: { kind: 'only' },
    parameters: {},
    confirmed: true,
  } as const;
  const result = await runQueries(host, request, way.signal ?? new AbortController().signal);
  if (!result.ok) throw new Error(`nothing ran: ${result.error.message}`);
  const [run] = result.runs;
  if (run === undefined) throw new Error('nothing ran');
  const audited = await auditOf(host.auditFolder);
  const ended = audited.find((record) => record.event === 'run.ended');
  if (ended?.event !== 'run.ended') throw new Error('the audit has no end of the run');
  expect(audited.map(({ event }) => event).slice(0, 2)).toEqual(['run.started', 'run.ended']);
  const records = await allOf(run.records);
  return {
    run,
    records,
    ids: records.map(idOf),
    kept: await keptIds(run.folder),
    ended,
    shown: runText(io, run.output, run.findings),
    waits: clock.waits,
  };
}

/** The records of the audit, whose chain is intact. */
export async function auditOf(folder: string): Promise<AuditRecord[]> {
  expect(await verifyAudit(folder)).toMatchObject({ ok: true });
  const text = await readFile(join(folder, 'audit-0001.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => auditRecordSchema.parse(JSON.parse(line)));
}

async function keptIds(folder: string | undefined): Promise<string[]> {
  const text = await readFile(join(folder ?? '', 'interactions.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => idOf(JSON.parse(line)));
}
