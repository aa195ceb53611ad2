/** A made run and the editor's side of the conversation about it: answers as the contract says, from plain arrays. */
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import type { PanelResponse } from '../../server/src/protocol/panel.ts';
import type { TableRow, TimelineRow, VariableChange } from '../../server/src/protocol/panel-views.ts';
import type { Insight, Summary } from '../../server/src/protocol/report.ts';

export interface MadeStep extends TableRow {
  readonly variables: readonly VariableChange[];
  readonly outside: readonly VariableChange[];
  readonly raw: string;
}

export interface MadeRun {
  readonly overview: Overview;
  readonly interactions: readonly { readonly id: string; readonly steps: readonly MadeStep[] }[];
}

export interface MadeOptions {
  readonly interactions?: number;
  /** Ids as long as a real tenant's. */
  readonly longIds?: boolean;
  /** Every so many interactions, one whose conversation takes more than an hour. */
  readonly endlessEvery?: number;
  readonly overview?: Partial<Overview>;
  readonly header?: Partial<Overview['header']>;
}

export const THRESHOLD = 15;
const START = Date.parse('2025-03-10T08:00:00Z');

interface Node {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Seconds, typical. */
  readonly dwell: number;
}
const NODES: readonly Node[] = [
  { id: 'n-entry', name: 'Inbound voice', type: 'ENTRY', dwell: 0.4 },
  { id: 'n-menu', name: 'Language menu', type: 'MENU', dwell: 6.2 },
  { id: 'n-ident', name: 'Identify customer', type: 'TASK', dwell: 2.1 },
  { id: 'n-tier', name: 'Customer tier?', type: 'DECISION', dwell: 0.9 },
  { id: 'n-prio', name: 'Priority routing', type: 'ROUTING', dwell: 8.5 },
  { id: 'n-queue', name: 'Billing queue', type: 'QUEUE', dwell: 21 },
  { id: 'n-agent', name: 'Agent conversation', type: 'TASK', dwell: 38 },
  { id: 'n-fraud', name: 'Fraud check', type: 'CONDITION', dwell: 3.4 },
  { id: 'n-survey', name: 'Survey', type: 'TASK', dwell: 4.5 },
];

/** The same numbers every time: a small generator with a fixed seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function longId(next: () => number): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(next() * 16).toString(16)).join('');
  return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

const change = (
  path: string,
  kind: VariableChange['kind'],
  before: string | null,
  after: string | null,
): VariableChange => ({ path, kind, before, after });

/** Interactions with eight or nine steps each; about every fourth is held up by a decision node. */
export function makeRun(options: MadeOptions = {}): MadeRun {
  const total = options.interactions ?? 40;
  const next = random(7);
  const interactions = Array.from({ length: total }, (_, at) => {
    const id = options.longIds === true ? longId(next) : `int-${String(100_000 + at)}`;
    const endless = options.endlessEvery !== undefined && at % options.endlessEvery === 2;
    let time = START + at * 37_000;
    const steps: MadeStep[] = [];
    for (const node of NODES) {
      if (node.id === 'n-survey' && next() < 0.35) continue;
      const slow = node.id === 'n-prio' ? next() < 0.24 : node.id === 'n-fraud' && next() < 0.08;
      const times = endless && node.id === 'n-agent' ? 110 : slow ? 6 : 1;
      const dwell = Math.round(node.dwell * (0.5 + next()) * times * 1000) / 1000;
      const wait = steps.length === 0 ? null : Math.round(next() * 900) / 1000;
      time += (wait ?? 0) * 1000;
      const open = node.id === 'n-survey' && next() < 0.12;
      const held =
        (node.type === 'ROUTING' || node.type === 'CONDITION' || node.type === 'DECISION') &&
        dwell > THRESHOLD;
      steps.push({
        interactionId: id,
        sequence: steps.length,
        nodeId: node.id,
        nodeName: node.name,
        nodeType: node.type,
        startTime: new Date(time).toISOString(),
        endTime: open ? null : new Date(time + dwell * 1000).toISOString(),
        dwell: open ? null : dwell,
        wait,
        outcome: node.type === 'DECISION' ? (next() < 0.3 ? 'gold' : 'standard') : null,
        bottleneck: held,
        error: node.id === 'n-ident' && next() < 0.07,
        matching: node.id === 'n-tier' && next() < 0.4,
        open,
        variables: [
          change('/queue', 'changed', '"general"', '"billing"'),
          change('/customer/tier', 'added', null, '"gold"'),
          change('/menuChoice', 'removed', '2', null),
          change('/attempts', 'typeChanged', '1', '"1"'),
          change('/language', 'same', '"en"', '"en"'),
          change('/callerId', 'same', '"***"', '"***"'),
        ],
        outside: node.id === 'n-agent' ? [change('/priority', 'changed', '3', '1')] : [],
        raw: JSON.stringify({ nodeId: node.id, nodeType: node.type, errorState: false }, null, 2),
      });
      time += dwell * 1000;
    }
    return { id, steps };
  });
  return { interactions, overview: overviewOf(interactions, options) };
}

function overviewOf(interactions: MadeRun['interactions'], options: MadeOptions): Overview {
  const steps = interactions.flatMap((interaction) => interaction.steps);
  const held = steps.filter((step) => step.bottleneck).sort((a, b) => (b.dwell ?? 0) - (a.dwell ?? 0));
  const excess = held.reduce((sum, step) => sum + (step.dwell ?? 0) - THRESHOLD, 0);
  const nodes = NODES.map((node) => ({ node, visits: steps.filter((step) => step.nodeId === node.id) }))
    .filter(({ visits }) => visits.length > 0)
    .map(({ node, visits }) => ({ node, visits, dwell: summary(visits.map((step) => step.dwell ?? 0)) }))
    .sort((a, b) => (b.dwell.sum ?? 0) - (a.dwell.sum ?? 0));
  const all = nodes.reduce((sum, { dwell }) => sum + (dwell.sum ?? 0), 0);
  const findings = nodes
    .map(({ node, visits, dwell }) => ({
      node,
      visits,
      dwell,
      over: visits.filter((step) => step.bottleneck),
    }))
    .filter(({ over }) => over.length > 0)
    .map(({ node, visits, dwell, over }) => {
      const share = over.reduce((sum, step) => sum + (step.dwell ?? 0) - THRESHOLD, 0) / excess;
      const slow = [...over].sort((a, b) => (b.dwell ?? 0) - (a.dwell ?? 0));
      return {
        nodeId: node.id,
        nodeName: node.name,
        nodeType: node.type,
        text: `${node.name} held ${over.length} interactions for ${(dwell.p95 ?? 0).toFixed(1)} s at p95; ${Math.round(share * 100)} % of all time above threshold`,
        count: over.length,
        interactions: over.length,
        visits: visits.length,
        p95: dwell.p95,
        max: dwell.max,
        threshold: THRESHOLD,
        excessShare: share,
        excess: share * excess,
        examples: slow
          .slice(0, 10)
          .map(({ interactionId, sequence, dwell: held }) => ({ interactionId, sequence, dwell: held ?? 0 })),
      };
    })
    .sort((a, b) => b.excessShare - a.excessShare);
  const failing = NODES.map((node) => ({
    nodeId: node.id,
    nodeName: node.name,
    errors: steps.filter((step) => step.nodeId === node.id && step.error).length,
    errorRate: 0.07,
  })).filter((node) => node.errors > 0);
  const worst = findings[0];
  return {
    kind: 'overview',
    headline:
      worst === undefined
        ? `${interactions.length} interactions, no bottleneck above ${THRESHOLD} s.`
        : `${worst.nodeName} is where interactions get stuck: ${worst.count} of ${worst.visits} visits took longer than ${THRESHOLD} s.`,
    interactions: interactions.length,
    steps: steps.length,
    openSteps: steps.filter((step) => step.open).length,
    errors: steps.filter((step) => step.error).length,
    pathCount: 2,
    bottleneckCount: held.length,
    insights: insightsOf(findings),
    changes:
      findings.length === 0
        ? []
        : ['Priority routing: it doubled since 2025-03-10 14:00+01:00 (median 4.1 s → 9.7 s), n 212/198.'],
    findings,
    slowest: held.slice(0, 20).map((step) => ({
      rule: 'threshold' as const,
      interactionId: step.interactionId,
      sequence: step.sequence,
      nodeId: step.nodeId,
      nodeName: step.nodeName,
      nodeType: step.nodeType,
      dwell: step.dwell ?? 0,
      threshold: THRESHOLD,
      startTime: step.startTime,
    })),
    errorsByNode: failing,
    nodes: nodes.map(({ node, visits, dwell }) => ({
      nodeId: node.id,
      nodeName: node.name,
      nodeType: node.type,
      visits: visits.length,
      interactions: visits.length,
      dwell,
      wait: summary(visits.map((step) => step.wait ?? 0)),
      share: all === 0 ? null : (dwell.sum ?? 0) / all,
      impact: 0,
      errors: visits.filter((step) => step.error).length,
      errorRate: 0,
      bottlenecks: visits.filter((step) => step.bottleneck).length,
      selfLoops: 0,
      repetitions: 0,
      outliers: { logTukey: 0, logModifiedZ: 0, percentile: 0 },
    })),
    retrieval: {
      requests: 7,
      retries: 1,
      throttled: 2,
      tokens: 1,
      pages: 5,
      rangeChunks: 0,
      resumed: false,
      bytes: 1_204_511,
      records: interactions.length,
      duplicates: 0,
      rejected: 0,
      expected: interactions.length,
      accuracyRate: 1,
      latencyMs: 2_140,
    },
    compliance: 'VERIFIED',
    expectations: [
      { text: 'EXPECT COUNT(*) >= 10', actual: interactions.length, ok: true },
      { text: 'EXPECT BOTTLENECKS = 0', actual: held.length, ok: false },
    ],
    notes: ['The window was cut to the 30 days that the tenant keeps: from 2025-02-08T00:00:00Z.'],
    audit: {
      file: '/home/ada/.local/share/cxq/audit/audit-2025-03.ndjson',
      sequence: 41,
      hash: '9f2c4f3a7d1b8e6055aa01c3d4e5f60718293a4b5c6d7e8f9012a3b4c5d6e7f8',
    },
    ...options.overview,
    header: {
      runId: 'run-1',
      query: 'stuck_priority',
      title: 'Stuck in priority routing',
      text: 'QUERY stuck_priority\nWHEN LAST 24h\nWHERE errorState = false\nANALYZE BOTTLENECKS OVER 15s',
      connection: 'sandbox',
      tenant: 'http://127.0.0.1:4010',
      timeZone: 'Europe/Berlin',
      startedAt: '2025-03-11T08:12:44.120Z',
      endedAt: '2025-03-11T08:12:46.260Z',
      outcome: 'complete',
      window: { from: '2025-03-10T08:12:44Z', to: '2025-03-11T08:12:44Z' },
      filter: "nodeTimestamp >= '2025-03-10T08:12:44.120Z' AND errorState = false",
      ...options.header,
    },
  };
}

/** A bottleneck with its evidence, then one of each rule that knows no steps. */
function insightsOf(findings: Overview['findings']): Insight[] {
  const [worst] = findings;
  if (worst === undefined) return [];
  const insight = (rule: Insight['rule'], text: string, stake: number | null): Insight => ({
    ...{ rule, text, stake },
    ...{ nodeId: null, numbers: {}, evidence: [] },
  });
  return [
    {
      ...insight(
        'bottleneck',
        `${Math.round(worst.excessShare * 100)} % of the time above threshold is spent in ${worst.nodeName ?? ''}; it doubled since 2025-03-10 14:00+01:00 (median 4.1 s → 9.7 s); interactions with before.customer.tier = 'gold' go there 4.0 times as often (82 % beside 21 %).`,
        worst.excess,
      ),
      nodeId: worst.nodeId,
      evidence: worst.examples.map(({ interactionId, sequence }) => ({ interactionId, sequence })),
    },
    insight(
      'wait',
      'Interactions wait 4 min 2 s in all before Agent conversation begins, 12 % of their duration; median 0.4 s.',
      242,
    ),
    insight(
      'share',
      'Billing queue: 24 % of all dwell; 3 min 10 s would be won were its slower visits typical.',
      190,
    ),
    insight(
      'rework',
      '31 steps of 340 (9 %) are visits of a node again, in 12 interactions, most at Language menu (20 times).',
      120,
    ),
    insight(
      'errors',
      '5 of 6 errors (83 %) happen at Identify customer, where 7 % of the visits fail.',
      null,
    ),
    insight(
      'outsideStep',
      '1 variable changed outside any step, 40 times in all, most of them priority (40).',
      null,
    ),
    insight('data', 'Of the data: 2 interactions with a step without a time.', null),
  ];
}

function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? null;
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    n: values.length,
    sum,
    min: at(0),
    q1: at(0.25),
    median: at(0.5),
    mean: values.length === 0 ? null : sum / values.length,
    q3: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    stdev: null,
    mad: null,
  };
}

/** Answers every request about `run` from its arrays. */
export function answerer(run: MadeRun): (request: PanelRequest) => PanelResponse {
  const steps = run.interactions.flatMap((interaction) => interaction.steps);
  const rows = run.interactions.map((interaction, index) => ({ index, row: timelineRow(interaction) }));
  const keeps = (step: { bottleneck: boolean; error: boolean; matching: boolean }, only: string): boolean =>
    only === 'all' ||
    (only === 'bottlenecks' && step.bottleneck) ||
    (only === 'errors' && step.error) ||
    (only === 'matching' && step.matching);

  return (request) => {
    switch (request.kind) {
      case 'overview':
        return run.overview;
      case 'timeline': {
        const kept = rows.filter(({ row }) => row.steps.some((step) => keeps(step, request.only)));
        if (request.only === 'all') for (const row of rows) if (row.row.steps.length === 0) kept.push(row);
        if (request.order === 'duration') kept.sort((a, b) => (b.row.duration ?? 0) - (a.row.duration ?? 0));
        if (request.order === 'bottlenecks') kept.sort((a, b) => b.row.bottlenecks - a.row.bottlenecks);
        const durations = kept.map(({ row }) => row.duration ?? 0).sort((a, b) => a - b);
        const offset = pageOf(
          kept.findIndex(({ row }) => row.interactionId === request.at),
          request,
        );
        return {
          kind: 'timeline',
          total: kept.length,
          offset,
          maxDuration: durations.at(-1) ?? 0,
          typicalDuration: durations[Math.ceil(durations.length * 0.9) - 1] ?? 0,
          rows: kept.slice(offset, offset + request.count).map(({ row }) => row),
        };
      }
      case 'table': {
        const words = request.search.toLowerCase();
        const kept = steps.filter(
          (step) =>
            keeps(step, request.only) &&
            [step.interactionId, step.nodeId, step.nodeName, step.outcome].some((text) =>
              (text ?? '').toLowerCase().includes(words),
            ),
        );
        const { sort } = request;
        if (sort !== null) {
          const sign = sort.descending ? -1 : 1;
          kept.sort((a, b) => {
            const [left, right] = [a[sort.column] ?? '', b[sort.column] ?? ''];
            return left < right ? -sign : left > right ? sign : 0;
          });
        }
        const { at } = request;
        const offset = pageOf(
          at === undefined
            ? -1
            : kept.findIndex(
                (step) => step.interactionId === at.interactionId && step.sequence === at.sequence,
              ),
          request,
        );
        return {
          kind: 'table',
          total: kept.length,
          offset,
          rows: kept.slice(offset, offset + request.count).map(tableRow),
        };
      }
      case 'step': {
        const found = run.interactions.find((interaction) => interaction.id === request.interactionId);
        const step = found?.steps[request.sequence];
        if (step === undefined) throw new Error('There is no such step in this run.');
        return {
          kind: 'step',
          interactionId: request.interactionId,
          step: tableRow(step),
          variables: [...step.variables],
          outside: [...step.outside],
          raw: step.raw,
        };
      }
    }
  };
}

function pageOf(index: number, request: { readonly offset: number; readonly count: number }): number {
  return index < 0 ? request.offset : Math.floor(index / request.count) * request.count;
}

function tableRow({ variables: _, outside: __, raw: ___, ...row }: MadeStep): TableRow {
  return row;
}

function timelineRow(interaction: MadeRun['interactions'][number]): TimelineRow {
  const first = Date.parse(interaction.steps[0]?.startTime ?? '');
  const end = Math.max(
    ...interaction.steps.map((step) => Date.parse(step.endTime ?? step.startTime ?? '')),
    first,
  );
  return {
    interactionId: interaction.id,
    startTime: interaction.steps[0]?.startTime ?? null,
    duration: Number.isNaN(first) ? null : (end - first) / 1000,
    bottlenecks: interaction.steps.filter((step) => step.bottleneck).length,
    errors: interaction.steps.filter((step) => step.error).length,
    steps: interaction.steps.map((step) => ({
      sequence: step.sequence,
      nodeId: step.nodeId,
      nodeName: step.nodeName,
      nodeType: step.nodeType,
      start: step.startTime === null ? null : (Date.parse(step.startTime) - first) / 1000,
      dwell: step.dwell,
      bottleneck: step.bottleneck,
      error: step.error,
      matching: step.matching,
      open: step.open,
    })),
  };
}

/** The `answer` of the harness for a run: shows it when the view is ready, then answers its requests. */
export function hostOf(
  run: MadeRun,
  delay: (request: PanelRequest) => number = () => 0,
): (message: unknown) => Promise<unknown> {
  const answer = answerer(run);
  return async (message) => {
    const asked = message as { type: string; id: number; body: PanelRequest };
    if (asked.type === 'ready') {
      return { type: 'show', state: { runId: run.overview.header.runId, tab: 'overview', selection: null } };
    }
    if (asked.type !== 'request') return undefined;
    const wait = delay(asked.body);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      return { type: 'response', id: asked.id, body: answer(asked.body) };
    } catch (error) {
      return {
        type: 'failed',
        id: asked.id,
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };
}
