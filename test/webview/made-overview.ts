/** What the overview says of a made run. */
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import type { Histogram, Overview } from '../../server/src/protocol/panel-overview.ts';
import type { Insight, Summary, TrendReport } from '../../server/src/protocol/report.ts';
import type { MadeOptions, MadeRun, MadeStep } from './made.ts';
import { leftOf } from './made-filter.ts';
import { MADE_NODES as NODES } from './made-nodes.ts';

export const THRESHOLD = 15;

export function overviewOf(
  all: MadeRun['interactions'],
  options: MadeOptions,
  filter: Filter = [],
): Overview {
  const { interactions, found } = leftOf({ interactions: all }, filter);
  const steps = interactions.flatMap((interaction) => interaction.steps);
  const held = steps.filter((step) => step.bottleneck).sort((a, b) => (b.dwell ?? 0) - (a.dwell ?? 0));
  const excess = held.reduce((sum, step) => sum + (step.dwell ?? 0) - THRESHOLD, 0);
  const nodes = NODES.map((node) => ({ node, visits: steps.filter((step) => step.nodeId === node.id) }))
    .filter(({ visits }) => visits.length > 0)
    .map(({ node, visits }) => ({ node, visits, dwell: summary(visits.map((step) => step.dwell ?? 0)) }))
    .sort((a, b) => (b.dwell.sum ?? 0) - (a.dwell.sum ?? 0));
  const time = nodes.reduce((sum, { dwell }) => sum + (dwell.sum ?? 0), 0);
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
    all: { interactions: all.length, steps: all.flatMap((interaction) => interaction.steps).length },
    headline:
      worst === undefined
        ? `${interactions.length} interactions, no bottleneck above ${THRESHOLD} s.`
        : `${worst.nodeName} is where interactions get stuck: ${worst.count} of ${worst.visits} visits took longer than ${THRESHOLD} s.`,
    interactions: interactions.length,
    steps: steps.length,
    matchingSteps: steps.filter(found).length,
    openSteps: steps.filter((step) => step.open).length,
    errors: steps.filter((step) => step.error).length,
    pathCount: 2,
    bottleneckCount: held.length,
    duration: summary(interactions.map((interaction) => durationOf(interaction))),
    dwell: summary(known(steps)),
    histogram: histogramOf(steps),
    trends: [trendOf(all, steps)],
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
      share: time === 0 ? null : (dwell.sum ?? 0) / time,
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
      records: all.length,
      duplicates: 0,
      rejected: 0,
      expected: all.length,
      accuracyRate: 1,
      latencyMs: 2_140,
    },
    compliance: 'VERIFIED',
    expectations: [
      { text: 'EXPECT COUNT(*) >= 10', actual: all.length, ok: true },
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

const known = (steps: readonly MadeStep[]): number[] => steps.flatMap(({ dwell }) => dwell ?? []);

const startOf = ({ steps }: MadeRun['interactions'][number]): number => Date.parse(steps[0]?.startTime ?? '');

function durationOf({ steps }: MadeRun['interactions'][number]): number {
  const first = Date.parse(steps[0]?.startTime ?? '');
  const last = Math.max(...steps.map(({ endTime, startTime }) => Date.parse(endTime ?? startTime ?? '')));
  return (last - first) / 1000;
}

/** 1, 2, 5 and so on of each decade, from the least to above the greatest. */
function histogramOf(steps: readonly MadeStep[]): Histogram {
  const dwells = known(steps);
  if (dwells.length === 0) return { edges: [], counts: [], bottlenecks: [] };
  const all = [-1, 0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const [least, most] = [Math.min(...dwells), Math.max(...dwells)];
  const from = Math.max(
    0,
    all.findLastIndex((edge) => edge <= least),
  );
  const edges = all.slice(from, all.findIndex((edge) => edge > most) + 1);
  const counted = (of: readonly MadeStep[]): number[] =>
    edges
      .slice(1)
      .map((to, bin) => known(of).filter((dwell) => dwell >= (edges[bin] ?? 0) && dwell < to).length);
  return { edges, counts: counted(steps), bottlenecks: counted(steps.filter((step) => step.bottleneck)) };
}

const BUCKETS = 24;

/** Buckets over all of the run, whatever is left of it; priority routing changes in the fifteenth. */
function trendOf(all: MadeRun['interactions'], steps: readonly MadeStep[]): TrendReport {
  const starts = all.map(startOf).filter((start) => !Number.isNaN(start));
  const first = Math.min(...starts);
  const length = Math.max(
    60_000,
    Math.ceil((Math.max(...starts) - first + 300_000) / BUCKETS / 60_000) * 60_000,
  );
  const at = (bucket: number): string => new Date(first + bucket * length).toISOString();
  const groups = Array.from({ length: starts.length === 0 ? 0 : BUCKETS }, (_, bucket) => {
    const here = steps.filter(({ startTime }) => {
      const start = startTime ?? '';
      return start >= at(bucket) && start < at(bucket + 1);
    });
    return {
      label: at(bucket).slice(0, 16).replace('T', ' '),
      from: at(bucket),
      to: at(bucket + 1),
      partial: bucket === BUCKETS - 1,
      interactions: new Set(here.map(({ interactionId }) => interactionId)).size,
      steps: here.length,
      errors: here.filter(({ error }) => error).length,
      bottlenecks: here.filter(({ bottleneck }) => bottleneck).length,
      dwell: summary(known(here)),
    };
  });
  const since = groups[14]?.from ?? null;
  return {
    ...{ analysis: 'TREND', by: 'HOUR', timeZone: 'Europe/Berlin', tooMany: false, untimed: 0, groups },
    changePoints:
      since === null
        ? []
        : [
            {
              nodeId: 'n-prio',
              since,
              label: groups[14]?.label ?? '',
              before: { n: 212, median: 4.1 },
              after: { n: 198, median: 9.7 },
              p: 0.0001,
            },
          ],
  };
}
