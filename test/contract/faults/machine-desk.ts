/** A folder and a tenant for faults of this machine: runs in this process, in others, and what they leave. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { AuditRecord } from '../../../server/src/protocol/audit.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { MICROS_PER_SECOND } from '../../../server/src/protocol/instant.ts';
import { type RunOutput, runOutputSchema } from '../../../server/src/protocol/run.ts';
import {
  type FinishedRun,
  type RunHost,
  type RunsOutcome,
  resumeRun,
  runQueries,
} from '../../../server/src/run/index.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';
import { resolveProfile } from '../../../server/src/tenant/index.ts';
import { allOf } from '../support/records.ts';
import { askAll, INTERACTIONS, without } from './truth.ts';
import { auditOf, NOW } from './whole-way.ts';

const CLI = resolve(import.meta.dirname, '../../../server/src/cli.ts');
export const TEXT = 'LAST 29d LIMIT ALL WITH pageSize = 12, concurrency = 2';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** How a process of `cxq` is started. */
export interface CommandOptions {
  /** Arguments of Node, before the program. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A limit of the size of files, in KiB, that the system enforces. */
  readonly fileKilobytes?: number;
}

export interface DeskOptions extends SandboxOptions {
  readonly seed: number;
}

export class MachineDesk {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly seed: number;

  constructor(folder: string, sandbox: Sandbox, seed: number) {
    this.folder = folder;
    this.sandbox = sandbox;
    this.seed = seed;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Surroundings of runs in this process. */
  host(more: Partial<RunHost> = {}): RunHost {
    const resolved = resolveProfile({ id: 'default', baseUrl: this.sandbox.baseUrl });
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems));
    const { profile } = resolved;
    const { clientId, clientSecret } = this.sandbox;
    return {
      profiles: new Map([[profile.id, profile]]),
      inForce: profile,
      credentials: async () => ({ ok: true, value: { clientId, clientSecret } }),
      runsFolder: this.path('runs'),
      auditFolder: this.path('runs', 'audit'),
      outboxFolder: this.path('runs', 'outbox'),
      exportFolder: this.folder,
      user: 'tester',
      now: () => NOW,
      defaultLimit: 1000,
      thresholdMicros: 15 * MICROS_PER_SECOND,
      webhookAllow: [],
      ...more,
    };
  }

  async run(host: RunHost, signal: AbortSignal = new AbortController().signal): Promise<CameRun> {
    const choice = { kind: 'only' } as const;
    const request = { text: TEXT, source: null, choice, parameters: {}, confirmed: true };
    return only(await runQueries(host, request, signal));
  }

  async resume(runId: string): Promise<CameRun> {
    return only(await resumeRun(this.host(), { runId }, new AbortController().signal));
  }

  /** A process of its own. */
  start(args: readonly string[], options: CommandOptions = {}): Child {
    const { node = [], env = {}, fileKilobytes } = options;
    const command = [process.execPath, ...node, CLI, ...args];
    const limited = ['bash', '-c', `ulimit -f ${fileKilobytes}; exec "$0" "$@"`, ...command];
    const [program = '', ...rest] = fileKilobytes === undefined ? command : limited;
    const child = spawn(program, rest, {
      cwd: this.folder,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: this.path('compiled'),
        CXONE_CLIENT_ID: this.sandbox.clientId,
        CXONE_CLIENT_SECRET: this.sandbox.clientSecret,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    const ended = once(child, 'close').then(([code]) => ({
      code: typeof code === 'number' ? code : null,
      out,
      err,
    }));
    return { process: child, ended };
  }

  /** `cxq run` of a text, or of a run that is taken up, as JSON. */
  async startRun(
    what: { readonly text: string } | { readonly resume: string },
    options: CommandOptions = {},
    runs = 'runs',
  ): Promise<Child> {
    await writeFile(this.path('query.cxq'), 'text' in what ? what.text : TEXT);
    const which = 'text' in what ? ['query.cxq'] : ['--resume', what.resume];
    const where = ['--base-url', this.sandbox.baseUrl, '--runs', runs, '--now', '2026-11-20T10:30:00Z'];
    return this.start(['run', ...which, ...where, '--format', 'json'], options);
  }

  /** The audit, whose chain is intact: beside the runs where the command line keeps it, else an editor's. */
  audit(folder = this.path('runs', 'audit')): Promise<AuditRecord[]> {
    return auditOf(folder);
  }

  /** What the audit says of a run's end. */
  async endOf(
    runId: string,
    folder = this.path('runs', 'audit'),
  ): Promise<Extract<AuditRecord, { event: 'run.ended' }>> {
    const ends = (await this.audit(folder)).flatMap((one) =>
      one.event === 'run.ended' && one.run_id === runId ? [one] : [],
    );
    const end = ends.at(-1);
    if (end === undefined) throw new Error(`the audit has no end of the run ${runId}`);
    return end;
  }

  /** Runs that are kept, in the order in which they began. */
  async runIds(runs = 'runs'): Promise<string[]> {
    const names = await readdir(this.path(runs)).catch(() => []);
    return names.filter((name) => /^\d{8}T/.test(name)).sort();
  }

  /** Ids of the records that a run's folder holds; a line that breaks off is none. */
  async kept(runId: string, runs = 'runs'): Promise<string[]> {
    const text = await readFile(this.path(runs, runId, 'interactions.ndjson'), 'utf8');
    return text.split('\n').slice(0, -1).map(idOf);
  }

  /** How many of the tenant's records are missing among some, and how many are too many. */
  async count(
    ids: readonly string[],
    filter: string,
  ): Promise<{ readonly lost: number; readonly duplicated: number }> {
    const all = await askAll(this.seed, filter);
    expect(all.length).toBeGreaterThan(INTERACTIONS / 2);
    return { lost: without(all, ids).length, duplicated: without(ids, all).length };
  }
}

/** The id of a record, or of one in a line of JSON. */
export function idOf(record: unknown): string {
  const value: unknown = typeof record === 'string' ? JSON.parse(record) : record;
  const found = typeof value === 'object' && value !== null && 'interactionId' in value ? value : undefined;
  return String(found?.interactionId);
}

export function outputOf({ out, err }: Ended): RunOutput {
  if (out === '') throw new Error(`nothing was printed: ${err}`);
  return runOutputSchema.parse(JSON.parse(out));
}

/** A run with its records read. */
type CameRun = Omit<FinishedRun, 'records'> & { readonly records: readonly JsonObject[] };

async function only(outcome: RunsOutcome): Promise<CameRun> {
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  const [run] = outcome.runs;
  if (run === undefined) throw new Error('nothing ran');
  return { ...run, records: await allOf(run.records).catch(() => []) };
}

/** Works at a desk that is gone afterwards. */
export async function atDesk<T>(options: DeskOptions, work: (desk: MachineDesk) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-machine-'));
  const sandbox = await startSandbox({ interactions: INTERACTIONS, now: NOW, ...options });
  try {
    return await work(new MachineDesk(folder, sandbox, options.seed));
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}
