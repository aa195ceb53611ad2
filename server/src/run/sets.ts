/** `IN name`: the queries whose interaction ids another one needs, run first in the same run. */
import { clauseOf, type Operand, type Predicate, type Query } from '../language/index.ts';
import { createMask } from '../output/index.ts';
import type { RunError } from '../protocol/run.ts';
import type { RetrievalProgress, Traffic } from '../tenant/index.ts';
import { gather } from './gather.ts';
import { connect, planOf, retrievalRequest, type Session, selectionOf } from './session.ts';
import { withNeeded } from './source-text.ts';
import { retrievalError } from './verdict.ts';

/** Names after IN, apart by whether membership or its contrary is asked for. */
export interface SetUses {
  readonly wanted: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
}

/** How a query uses the ids of others; a NOT around a condition turns it. */
export function setUses(query: Query): SetUses {
  const wanted = new Set<string>();
  const excluded = new Set<string>();
  const operand = (node: Operand, negated: boolean): void => {
    if (node.kind !== 'call') return;
    // NONE asks for the contrary of what stands in it; COUNT and EVERY may, so neither reading is taken for safe.
    const name = node.name.text.toLowerCase();
    for (const argument of node.args) {
      if (name === 'count' || name === 'every') {
        walk(argument, true);
        walk(argument, false);
      } else walk(argument, name === 'none' ? !negated : negated);
    }
  };
  const walk = (node: Predicate, negated: boolean): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const inner of node.operands) walk(inner, negated);
        return;
      case 'not':
        walk(node.operand, !negated);
        return;
      case 'group':
        walk(node.inner, negated);
        return;
      case 'in':
        if (node.set.kind === 'name') (node.negated === negated ? wanted : excluded).add(node.set.text);
        return;
      case 'comparison':
        operand(node.left, negated);
        operand(node.right, negated);
        return;
      case 'test':
        operand(node.operand, negated);
        return;
      default:
        return;
    }
  };
  const where = clauseOf(query, 'where');
  if (where !== undefined) walk(where.predicate, false);
  return { wanted, excluded };
}

export interface GatheredSets {
  /** Why the ids are not all known. */
  readonly error: RunError | undefined;
  /** What asking for them cost; it belongs to the run that needs them. */
  readonly traffic: readonly Traffic[];
}

/** Runs the queries that another one needs, for their ids alone; large pages lie in the folder while they are read. */
export async function gatherSets(
  session: Session,
  query: Query,
  folder: string | undefined,
  onProgress: (progress: RetrievalProgress) => void,
): Promise<GatheredSets> {
  const traffic: Traffic[] = [];
  for (const needed of withNeeded(session.prepared.document, query)) {
    const name = needed.name?.text;
    if (needed === query || name === undefined || session.sets.has(name)) continue;
    const planned = planOf(session, needed, true);
    if (!planned.ok) return { error: planned.error, traffic };
    const plan = planned.value;
    const connected = await connect(session, plan);
    if (!connected.ok) return { error: connected.error, traffic };
    const inner = plan.needs.some((one) => session.sets.get(one)?.cutShort === true);
    if (plan.batches.length === 0) {
      session.sets.set(name, { ids: [], cutShort: inner });
      continue;
    }
    const selection = selectionOf(session, plan);
    const gathered = await gather({
      ...connected.value,
      request: retrievalRequest(plan, selection),
      selection,
      mask: createMask([]),
      now: plan.environment.now,
      idsOnly: true,
      ...(folder === undefined ? {} : { folder }),
      signal: session.signal,
      onProgress,
    });
    const { retrieval } = gathered;
    traffic.push(retrieval.stats);
    if (retrieval.outcome === 'failed' || retrieval.outcome === 'cancelled') {
      const why = retrievalError(retrieval);
      const message = `The query ${name}, whose ids are needed, did not end. ${why?.message ?? ''}`;
      return { error: { code: why?.code ?? retrieval.outcome, message }, traffic };
    }
    session.sets.set(name, {
      ids: gathered.kept.entries.map(({ id }) => id),
      // A record that could not be read has an id that is missing here.
      cutShort: retrieval.outcome !== 'complete' || gathered.rejected.length > 0 || gathered.limited || inner,
    });
  }
  return { error: undefined, traffic };
}
