/** Runs the cases of a table, each with several seeds and in both modes, and writes a row for each. */
import { afterAll, describe, expect, it } from 'vitest';
import { type FaultSpec, type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import type { FaultCase, Mode } from './case.ts';
import type { OtherServer } from './other-server.ts';
import { startRawServer } from './raw-server.ts';
import { type Row, SEEDS, writeRows } from './row.ts';
import { askAll, INTERACTIONS, without } from './truth.ts';
import { type CameOut, NOW, runWholeWay } from './whole-way.ts';

const PAGE_SIZE = 24;
/** A seed with which the fault strikes nothing does not count: so many times as many are tried. */
const TRIES = 4;
/** What is said of every such query, whatever comes of it. */
const OF_THE_PLAN = /^Ends at the start of the run/;
/** A page is some of these. */
const CHUNK_BYTES = 40_000;

/** Sandboxes are closed when all is done: no later one has the port, and with it the governor, of one that throttled. */
const open: { close(): Promise<void> }[] = [];
const known = new Map<string, Promise<readonly string[]>>();

/** What a tenant without faults has, asked for without the product: the ids that its filter finds, in order. */
function truthOf(seed: number, filter: string, faults: readonly FaultSpec[]): Promise<readonly string[]> {
  const key = `${seed} ${filter} ${faults.map(({ name }) => name)}`;
  let ids = known.get(key);
  if (ids === undefined) {
    // A fault that never strikes may hold records back all the same.
    const held = faults.filter(({ name }) => name === 'inserted').map((spec) => ({ ...spec, rate: 0 }));
    ids = askAll(seed, filter, held);
    known.set(key, ids);
  }
  return ids;
}

function specsOf({ faults = [], rate = 0.4, times = 3 }: FaultCase): FaultSpec[] {
  return faults.map((name) => ({ name, rate, ...(times === null ? {} : { times }) }));
}

interface Tried {
  readonly sandbox: Sandbox;
  readonly out: CameOut;
  readonly fired: readonly string[];
  readonly lost: number;
  readonly duplicated: number;
}

async function attempt(tried: FaultCase, mode: Mode, seed: number): Promise<Tried> {
  const sandbox = await startSandbox({
    interactions: INTERACTIONS,
    seed,
    now: NOW,
    faultMilliseconds: 60,
    faults: specsOf(tried),
    ...tried.sandbox,
  });
  open.push(sandbox);
  const other = await otherServer(tried, seed, sandbox);
  if (other !== undefined) open.push(other);
  const out = await runWholeWay({
    baseUrl: other?.baseUrl ?? sandbox.baseUrl,
    credentials: { clientId: sandbox.clientId, clientSecret: sandbox.clientSecret },
    text: `LAST 29d LIMIT ALL WITH pageSize = ${tried.pageSize ?? PAGE_SIZE}, mode = '${mode}'${tried.options ?? ''}`,
    profile: {
      ...tried.profile,
      limits: { rangeChunkBytes: CHUNK_BYTES, ...tried.profile?.limits },
    },
    tenant: { ...tried.tenant, ...other?.tenant },
  });
  const fired = other === undefined ? firedOf(tried, sandbox) : other.fired;
  const all = await truthOf(seed, out.run.output.filter, specsOf(tried));
  const there = tried.truth?.(all, fired) ?? all;
  const optional = new Set(tried.optional?.(fired));
  return {
    sandbox,
    out,
    fired,
    lost: without(there, out.ids).length,
    duplicated: without(without(out.ids, there), [...optional]).length,
  };
}

async function otherServer(
  { raw, makeRaw, serve, rate = 0.4, times = 3 }: FaultCase,
  seed: number,
  { baseUrl: upstream }: Sandbox,
): Promise<OtherServer | undefined> {
  const fault = raw ?? makeRaw?.();
  if (fault === undefined) return serve?.();
  return startRawServer({ upstream, fault, seed, rate, times: times ?? Number.POSITIVE_INFINITY });
}

function firedOf({ faults = [] }: FaultCase, sandbox: Sandbox): string[] {
  return sandbox.log.filter(({ name }) => faults.includes(name)).map(({ detail }) => detail);
}

/** What holds of every run, however it ended. */
function holds({ out, lost, duplicated }: Omit<Tried, 'fired' | 'sandbox'>): void {
  const { output } = out.run;
  const { outcome, error, retrieval, compliance } = output;
  expect(out.ended).toMatchObject({
    outcome,
    error: error?.message ?? null,
    records_processed: retrieval.records,
    accuracy_rate: retrieval.accuracyRate,
    requests: retrieval.requests,
    compliance_status: compliance,
  });
  expect(out.kept).toEqual(out.ids);
  expect(out.shown).toContain(outcome);
  // Layout breaks the sentence into lines.
  const told = out.shown.replace(/\s+/g, ' ');
  if (error !== undefined) expect(told).toContain(error.message.replace(/\s+/g, ' ').slice(0, 60));
  if (outcome === 'complete') {
    expect({ lost, duplicated, error }, 'a false complete').toEqual({ lost: 0, duplicated: 0 });
  } else {
    expect(outcome === 'partial' || outcome === 'failed').toBe(true);
    expect(compliance).toBe('REVIEW_REQUIRED');
    expect(error !== undefined || notesOf(out).length > 0, 'nothing says why').toBe(true);
  }
}

function judge(tried: FaultCase, { out, fired, sandbox, ...counts }: Tried): void {
  const { outcome, error, retrieval } = out.run.output;
  const notes = notesOf(out);
  holds({ out, ...counts });
  if (tried.expected === 'whole') {
    const { lost, duplicated } = counts;
    expect({ outcome, error, lost, duplicated }).toEqual({ outcome: 'complete', lost: 0, duplicated: 0 });
  }
  if (tried.expected === 'said') expect(outcome).not.toBe('complete');
  if (tried.error !== undefined && outcome !== 'complete') {
    const [code, message] = tried.error;
    expect(error?.code).toMatch(code);
    expect(error?.message).toMatch(message);
  }
  if (tried.note !== undefined) expect(notes.join('\n')).toMatch(tried.note);
  if (tried.rejected !== undefined) expect(retrieval.rejected).toBe(tried.rejected(fired));
  tried.check?.(out, fired, sandbox);
}

function notesOf({ run: { output } }: CameOut): string[] {
  return output.notes.filter((note) => !OF_THE_PLAN.test(note));
}

/** The message without what differs from run to run. */
function plainly(out: CameOut): string {
  const { output } = out.run;
  const said = output.error?.message ?? notesOf(out).join(' ');
  return said
    .replace(/127\.0\.0\.1:\d+|localhost:\d+/g, 'tenant')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…')
    .replace(/\b\d+(?= (of them|interactions?|records?|answers?|retries|retry|KB)\b)/g, 'n')
    .replace(/(?<=at the offsets ).*?(?=, as often| in part)/g, '…')
    .replace(/are \d+ /g, 'are n ');
}

/** One table: its group's name and its cases. */
export function describeFaults(group: string, cases: readonly FaultCase[]): void {
  const rows: Row[] = [];
  afterAll(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
    writeRows(group, 'cases', rows);
  });
  describe.concurrent(group, () => {
    for (const [order, tried] of cases.entries()) {
      for (const mode of tried.modes ?? (['stream', 'page'] as const)) {
        it(`${tried.name}, ${mode}`, async () => {
          const row: Row = {
            ...{ order, name: tried.name, mode, seeds: 0, fired: 0 },
            ...{ lost: 0, duplicated: 0, outcomes: [], messages: [] },
          };
          for (let seed = 1; row.seeds < SEEDS && seed <= TRIES * SEEDS; seed += 1) {
            const came = await attempt(tried, mode, seed);
            if (came.fired.length === 0) {
              holds(came);
              continue;
            }
            try {
              judge(tried, came);
            } catch (error) {
              const { outcome, error: why, notes } = came.out.run.output;
              const said = JSON.stringify({ seed, outcome, why, notes, fired: came.fired.slice(0, 9) });
              if (error instanceof Error) error.message += `\n${said}`;
              throw error;
            }
            row.seeds += 1;
            row.fired += came.fired.length;
            row.lost += came.lost;
            row.duplicated += came.duplicated;
            const { outcome } = came.out.run.output;
            if (!row.outcomes.includes(outcome)) row.outcomes.push(outcome);
            const message = plainly(came.out);
            if (message !== '' && !row.messages.includes(message)) row.messages.push(message);
          }
          expect(row.seeds, 'the fault did not fire').toBe(SEEDS);
          rows.push(row);
        });
      }
    }
  });
}
