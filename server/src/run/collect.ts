/** What a run gets: the ids that its query needs, then its interactions. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Plan } from '../language/index.ts';
import type { RunError } from '../protocol/run.ts';
import { NO_COUNTS, type RetrievalResult, type Traffic } from '../tenant/index.ts';
import { type Begun, windowOf } from './begin.ts';
import { type GatheredOther, gatherOther } from './comparison.ts';
import { type Gathered, gather, sumOf } from './gather.ts';
import { KeptRecords } from './kept-records.ts';
import { planOf, retrievalRequest, type Session, selectionOf } from './session.ts';
import { gatherSets, setUses } from './sets.ts';
import { createSnapshots } from './snapshots.ts';
import { createVerdict, diskProblem, retrievalError, type Verdict } from './verdict.ts';

export interface Collected {
  /** The plan with the ids of the queries that it needs. */
  readonly plan: Plan;
  readonly gathered: Gathered;
  readonly verdict: Verdict;
  /** What it is compared with; undefined for nothing. */
  readonly other: GatheredOther | undefined;
  /** What the queries cost whose ids it needs and that it is compared with, and what the run had cost before. */
  readonly traffic: readonly Traffic[];
}

const NOTHING_RETRIEVED: RetrievalResult = {
  outcome: 'complete',
  records: [],
  rejected: [],
  order: null,
  continued: false,
  stats: {
    ...NO_COUNTS,
    records: 0,
    duplicates: 0,
    conflicts: 0,
    rejected: 0,
    total: null,
    expected: 0,
    latencyMs: 0,
  },
  notes: [],
};

/** Why the query must not be asked: a set that is not there, or one that cannot prove what NOT IN asks. */
async function neededSets(
  session: Session,
  { query, progress, writer }: Begun,
): Promise<{
  readonly stopped: RunError | undefined;
  readonly cutShort: readonly string[];
  readonly traffic: readonly Traffic[];
}> {
  const { error, traffic } = await gatherSets(session, query, writer?.folder, (counts) => {
    progress.counts(counts);
  });
  const uses = setUses(query);
  const cut = (names: ReadonlySet<string>): string[] =>
    [...names].filter((name) => session.sets.get(name)?.cutShort === true);
  const excluded = cut(uses.excluded);
  if (error !== undefined || excluded.length === 0) {
    return { stopped: error, cutShort: cut(uses.wanted), traffic };
  }
  return {
    stopped: {
      code: 'set-cut-short',
      message: `NOT IN ${excluded.join(', ')} cannot be answered: that query was cut short by its own LIMIT or a fault, so an id that is missing there proves nothing. Use LIMIT ALL there.`,
    },
    cutShort: [],
    traffic,
  };
}

/** What stands for a retrieval that was not begun: an empty set of ids asks the tenant nothing. */
function notRetrieved(stopped: RunError | undefined): Gathered {
  const retrieval: RetrievalResult =
    stopped === undefined
      ? NOTHING_RETRIEVED
      : {
          ...NOTHING_RETRIEVED,
          outcome: stopped.code === 'cancelled' ? 'cancelled' : 'failed',
          stats: { ...NOTHING_RETRIEVED.stats, expected: null },
        };
  const kept = new KeptRecords('', []);
  const none = { rejected: [], limited: false, diskError: undefined, startedOver: undefined };
  return { ...none, kept, analysed: true, retrieval };
}

/** What became of a run that was taken up. */
function resumeNotes({ earlier, taken, startedOver, plan }: Begun, gathered: Gathered): string[] {
  if (earlier === undefined) return [];
  const notes: string[] = [];
  const anew = startedOver ?? gathered.startedOver;
  const before = taken?.checkpoint.checkpoint.totals.readable ?? 0;
  notes.push(
    anew === undefined
      ? `Resumed: ${before} interactions that had been retrieved before were not asked for again.`
      : `Resumed, but from the start: ${anew} What had been retrieved before was dropped.`,
  );
  const { from } = windowOf(plan);
  if (from !== null && earlier.window.from !== null && from !== earlier.window.from) {
    notes.push(
      `The window now begins at ${from} instead of ${earlier.window.from}: the tenant no longer keeps what was before.`,
    );
  }
  return notes;
}

/** Retrieves what the query asks for. Never rejects: what went wrong is in the verdict. */
export async function collect(session: Session, run: Begun): Promise<Collected> {
  const { tenant, profile, progress, writer, mask, digest, taken } = run;
  progress.phase('retrieving');
  const { stopped: noSet, cutShort, traffic: ofSets } = await neededSets(session, run);
  const traffic = [run.before, ...ofSets];
  const planned = planOf(session, run.query, false);
  const plan = planned.ok ? planned.value : run.plan;
  const stopped = noSet ?? (planned.ok ? undefined : planned.error);
  // Of many thousands of ids or conditions each of these takes its time.
  await turn();
  const selection = selectionOf(session, plan);
  await turn();
  const snapshots = createSnapshots(session.host, run.manifest, run.analysis);
  const gathered =
    stopped !== undefined || plan.batches.length === 0
      ? notRetrieved(stopped)
      : await gather({
          tenant,
          profile,
          request: retrievalRequest(plan, selection),
          selection,
          mask,
          analysis: run.analysis,
          now: plan.environment.now,
          ...(writer === undefined
            ? {}
            : {
                // Beside the run: the system's own folder may be memory.
                folder: writer.folder,
                keeping: {
                  ...{ writer, digest, before: sumOf(...traffic) },
                  ...(taken === undefined ? {} : { taken }),
                },
              }),
          signal: session.signal,
          onKept: () => snapshots.page(),
          onProgress: (counts) => {
            progress.counts(counts);
            snapshots.counts(counts);
          },
        });
  snapshots.end();
  const { retrieval, limited } = gathered;
  const diskError = run.diskError ?? gathered.diskError;
  // The disk before the tenant, whose error then only says that the run gave up.
  const disk = diskError === undefined ? undefined : diskProblem(diskError);
  const verdict = createVerdict(retrieval.outcome, stopped ?? disk ?? retrievalError(retrieval));
  if (disk !== undefined) verdict.partial(disk);
  verdict.note(...resumeNotes(run, gathered), ...plan.notes, ...retrieval.notes);
  if (verdict.outcome === 'complete' && cutShort.length > 0) {
    verdict.partial();
    verdict.note(`The ids of ${cutShort.join(', ')} were cut short, so interactions may be missing here.`);
  }
  if (limited && plan.limit !== null) {
    const which = plan.limitIsDefault ? ' (the default)' : '';
    verdict.note(`Stopped at LIMIT ${plan.limit}${which}: there may be more. LIMIT ALL reads on.`);
  }
  const other = await gatherOther(session, run, plan, verdict);
  return { plan, gathered, verdict, other, traffic: [...traffic, ...(other?.traffic ?? [])] };
}
