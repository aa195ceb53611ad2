/** COMPARE TO: the other query, or the period before, retrieved in the same run, with the same instants and masks. */
import {
  type ParsedDocument,
  type Plan,
  parse,
  previousPeriod,
  previousText,
  type Query,
} from '../language/index.ts';
import type { Comparison } from '../protocol/comparison.ts';
import { formatInstant } from '../protocol/instant.ts';
import type { RunError } from '../protocol/run.ts';
import type { Traffic } from '../tenant/index.ts';
import { thresholdsOf } from './analysis-settings.ts';
import type { Begun } from './begin.ts';
import { ComparedRecords } from './compared-records.ts';
import { type Gathered, gather } from './gather.ts';
import type { Outcome } from './host.ts';
import { connect, planOf, retrievalRequest, type Session, selectionOf } from './session.ts';
import { gatherSets } from './sets.ts';
import { comparedQuery } from './source-text.ts';
import { retrievalError, type Verdict } from './verdict.ts';

/** What a query is compared with, and what it costs. */
export interface GatheredOther {
  readonly label: string;
  /** undefined where it was not retrieved: the verdict says why. */
  readonly gathered: Gathered | undefined;
  readonly traffic: readonly Traffic[];
  /** What was gathered is not needed any more. */
  readonly discard: () => Promise<void>;
}

interface Target {
  readonly label: string;
  readonly document: ParsedDocument;
  readonly query: Query;
}

function targetOf({ prepared }: Session, query: Query, plan: Plan): Target | undefined {
  const { document } = prepared;
  if (plan.compare !== 'PREVIOUS') {
    const other = comparedQuery(document, query);
    return other === undefined ? undefined : { label: plan.compare ?? '', document, query: other };
  }
  const period = previousPeriod(query, plan.environment);
  const text = previousText(document, query, plan.environment);
  if (period === undefined || text === undefined) return undefined;
  const before = parse(text);
  const same = before.queries[query.index];
  const label = `the period before (${formatInstant(period.from)} to ${formatInstant(period.to)})`;
  return same === undefined ? undefined : { label, document: before, query: same };
}

/**
 * Retrieves what a query is compared with, if anything. What is missing of it makes the run partial, for then the
 * comparison is not of all that was asked for. Nothing of it is kept but the comparison.
 */
export async function gatherOther(
  session: Session,
  run: Begun,
  plan: Plan,
  verdict: Verdict,
): Promise<GatheredOther | undefined> {
  if (plan.compare === null || verdict.outcome === 'failed' || verdict.outcome === 'cancelled')
    return undefined;
  const target = targetOf(session, run.query, plan);
  const missing = (label: string, error: RunError, traffic: readonly Traffic[] = []): GatheredOther => {
    verdict.partial({ code: error.code, message: `Nothing was compared with ${label}: ${error.message}` });
    return { label, gathered: undefined, traffic, discard: async () => undefined };
  };
  if (target === undefined) {
    const message = 'the window of the query is empty, or has no beginning.';
    return missing(plan.compare, { code: 'usage', message });
  }
  const { label, document, query } = target;
  const inner: Session = { ...session, prepared: { ...session.prepared, document } };
  const sets = await gatherSets(inner, query, run.writer?.folder, (counts) => run.progress.counts(counts));
  if (sets.error !== undefined) return missing(label, sets.error, sets.traffic);
  const planned = planOf(inner, query, false);
  if (!planned.ok) return missing(label, planned.error, sets.traffic);
  const other = planned.value;
  const connected = await connect(inner, other);
  if (!connected.ok) return missing(label, connected.error, sets.traffic);
  const selection = selectionOf(inner, other);
  // Where the disk does not take them, they are held here.
  const held =
    run.writer === undefined
      ? undefined
      : await ComparedRecords.open(run.writer.folder).catch(() => undefined);
  const gathered = await gather({
    ...connected.value,
    request: retrievalRequest(other, selection),
    selection,
    mask: run.mask,
    now: other.environment.now,
    ...(run.writer === undefined ? {} : { folder: run.writer.folder }),
    ...(held === undefined ? {} : { held }),
    signal: session.signal,
    onProgress: (counts) => run.progress.counts(counts),
  });
  const { retrieval, limited } = gathered;
  const traffic = [...sets.traffic, retrieval.stats];
  if (retrieval.outcome !== 'complete') {
    const why = retrievalError(retrieval);
    const message = `What the query is compared with, ${label}, is not whole. ${why?.message ?? ''}`.trim();
    if (retrieval.outcome === 'cancelled') verdict.cancelled({ code: 'cancelled', message });
    else verdict.partial({ code: why?.code ?? retrieval.outcome, message });
  }
  if (limited && other.limit !== null) {
    verdict.note(`Of ${label}, LIMIT ${other.limit} interactions were compared: there may be more.`);
  }
  return { label, gathered, traffic, discard: async () => held?.discard() };
}

/** The other set beside this one, in the analysis that has this one. Errors: those of `Analysis`. */
export async function compareWith(
  session: Session,
  { analysis }: Pick<Begun, 'analysis'>,
  plan: Plan,
  other: GatheredOther,
): Promise<Outcome<Comparison> | undefined> {
  if (other.gathered === undefined) return undefined;
  for await (const { lines } of other.gathered.kept.blocks()) await analysis.add(lines, 'other');
  return analysis.compare(other.label, plan.name ?? 'this query', thresholdsOf(plan, session.host));
}
