/** Reports to look at: of a small history with names as given. */
import { analyse, compare, createStore } from '../../../../server/src/analysis/index.ts';
import type { ReportDocument, ReportedRun } from '../../../../server/src/output/exports/report/document.ts';
import type { Interaction, Step } from '../../../../server/src/protocol/history.ts';

export interface Words {
  readonly first: string;
  readonly second: string;
  readonly name: string | null;
  readonly value: string;
  readonly variable: string;
  readonly id: string;
}

export const PLAIN: Words = {
  first: 'menu',
  second: 'routing',
  name: 'Priority routing',
  value: 'high',
  variable: 'priority',
  id: 'a',
};

const SECOND = 1_000_000;
const BEGIN = 1_795_330_800_000_000;

function step(nodeId: string, at: number, seconds: number, more: Partial<Step>): Step {
  const startTime = BEGIN + at * SECOND;
  return {
    ...{ nodeId, nodeName: null, nodeType: 'ROUTING', outcome: null, errorState: false },
    ...{ startTime, endTime: startTime + seconds * SECOND, variablesBefore: null, variablesAfter: null },
    ...more,
  };
}

function history(words: Words, count: number, slow: number): Interaction[] {
  return Array.from({ length: count }, (_, i) => {
    const at = i * 3_600;
    const high = i % 2 === 0;
    const before = { [words.variable]: high ? words.value : 'low' };
    const after = { [words.variable]: high ? 'low' : words.value };
    const steps = [
      step(words.first, at, 1 + (i % 3), {
        nodeType: 'MENU',
        variablesBefore: before,
        variablesAfter: after,
      }),
      step(words.second, at + 10, high ? slow : 2, {
        nodeName: words.name,
        variablesBefore: before,
        outcome: high ? words.value : 'low',
      }),
    ];
    return { interactionId: `${words.id}${i}`, workflowId: null, workflowName: null, steps, raw: {} };
  });
}

function storeOf(interactions: readonly Interaction[]): ReturnType<typeof createStore> {
  const store = createStore();
  for (const one of interactions) store.add(one);
  return store;
}

export function documentOf(words: Words = PLAIN, run: Partial<ReportedRun> = {}, count = 60): ReportDocument {
  const store = storeOf(history(words, count, 40));
  const grouped = [{ analysis: 'TREND', by: 'DAY' }];
  const window = { from: BEGIN, to: BEGIN + count * 3_600 * SECOND };
  const report = analyse(store, { grouped, timeZone: 'UTC', window });
  const earlier = { label: words.value, store: storeOf(history(words, count, 20)) };
  return {
    title: words.first,
    headline: `30 bottlenecks, most at ${words.name ?? words.second}.`,
    of: {
      kind: 'run',
      runId: '20261122T081500Z-3f9a1c',
      text: `QUERY q\nWHERE nodeId = '${words.second}'`,
      ...{ connection: words.id, tenant: words.value, timeZone: 'UTC' },
      startedAt: '2026-11-22T08:15:00.000Z',
      window: { from: '2026-11-20T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' },
      filter: words.value,
      ...{ outcome: 'partial', error: words.value, retrieval: null, compliance: 'REVIEW_REQUIRED' },
      audit: { file: 'audit.jsonl', sequence: 7, hash: 'ab'.repeat(32) },
      ...run,
    },
    report,
    comparison: compare(earlier, { label: words.second, store }, { top: 100 }),
    expectations: [
      { text: 'RECORDS > 10', actual: 60, ok: true },
      { text: words.value, actual: null, ok: false },
    ],
    notes: [words.value],
  };
}
