/** Two made runs beside each other, and the runs to choose from. */
import type { Comparison, ShareComparison, TimeComparison } from '../../server/src/protocol/comparison.ts';
import type { PanelResponse } from '../../server/src/protocol/panel.ts';
import { MADE_NODES } from './made-nodes.ts';

type CompareAnswer = Extract<PanelResponse, { kind: 'compare' }>;
type RunsAnswer = Extract<PanelResponse, { kind: 'runs' }>;

const [A, B] = [212, 198];

function time(a: number | null, b: number | null, q: number | null): TimeComparison {
  const difference = a === null || b === null ? null : b - a;
  const spread = Math.abs(difference ?? 0) * (q !== null && q < 0.05 ? 0.35 : 1.8) + 0.05;
  return {
    a: { n: a === null ? 0 : A, median: a },
    b: { n: b === null ? 0 : B, median: b },
    difference,
    ratio: a === null || b === null || a === 0 ? null : b / a,
    low: difference === null ? null : difference - spread,
    high: difference === null ? null : difference + spread * 1.2,
    ...{ p: q, q },
  };
}

function share(a: number, b: number, q: number | null): ShareComparison {
  const spread = q !== null && q < 0.05 ? Math.abs(b - a) * 0.4 : Math.abs(b - a) + 0.04;
  const part = (of: number, n: number) => ({ count: Math.round(of * n), n, share: of });
  return {
    a: part(a, A),
    b: part(b, B),
    difference: b - a,
    ratio: a === 0 ? null : b / a,
    ...{ low: b - a - spread, high: b - a + spread },
    ...{ p: q, q },
  };
}

type Row = Pick<Comparison['nodes'][number], 'status' | 'share' | 'time'>;

const both = (shares: ShareComparison, times: TimeComparison): Row => ({
  status: 'both',
  share: shares,
  time: times,
});
const came = (of: number, median: number, q: number): Row => ({
  status: 'appeared',
  share: share(0, of, q),
  time: time(null, median, null),
});
const went = (of: number, median: number, q: number): Row => ({
  status: 'vanished',
  share: share(of, 0, q),
  time: time(median, null, null),
});
const node = (nodeId: string, nodeName: string, row: Row): Comparison['nodes'][number] => ({
  ...{ nodeId, nodeName },
  ...row,
});
const alike = share(1, 1, null);

/** Priority routing takes longer, the queue less time, a callback appeared and the survey vanished. */
function comparison(): Comparison {
  const nodes: Comparison['nodes'] = [
    node('n-prio', 'Priority routing', both(share(0.31, 0.52, 0.0004), time(4.1, 9.7, 0.0002))),
    node('n-queue', 'Billing queue', both(alike, time(24.2, 19.1, 0.012))),
    node('n-callback', 'Callback offer', came(0.22, 3.2, 0.0006)),
    node('n-survey', 'Survey', went(0.66, 4.4, 0.0001)),
    node('n-agent', 'Agent conversation', both(alike, time(38.2, 38.9, 0.61))),
    node('n-menu', 'Language menu', both(alike, time(6.1, 6.2, 0.84))),
    node('n-ident', 'Identify customer', both(share(0.98, 0.97, 0.7), time(2.1, 2, 0.4))),
  ];
  const chain = MADE_NODES.map(({ id }) => id);
  return {
    schemaVersion: 1,
    a: {
      label: 'Stuck in priority routing, 2025-03-03',
      interactions: A,
      steps: 1_804,
      window: { from: '2025-03-02T08:12:44Z', to: '2025-03-03T08:12:44Z' },
    },
    b: {
      label: 'Stuck in priority routing, 2025-03-11',
      interactions: B,
      steps: 1_702,
      window: { from: '2025-03-10T08:12:44Z', to: '2025-03-11T08:12:44Z' },
    },
    verdict: [
      '212 interactions of Stuck in priority routing, 2025-03-03 beside 198 of Stuck in priority routing, 2025-03-11: they take longer, median 78.0 s → 86.5 s (95 % interval +5.5 s to +12.1 s), n 212/198, q = 0.004.',
      'Priority routing: median 4.1 s → 9.7 s (95 % interval +3.6 s to +8.0 s), n 212/198, q < 0.001.',
      'Billing queue: median 24.2 s → 19.1 s (95 % interval −6.9 s to −3.0 s), n 212/198, q = 0.012.',
      '1 node appeared: Callback offer.',
      '1 node vanished: Survey.',
    ],
    duration: time(78, 86.5, 0.004),
    errors: share(0.031, 0.062, 0.18),
    bottlenecks: share(0.24, 0.41, 0.002),
    nodes,
    edges: [
      { from: 'n-tier', to: 'n-prio', ...both(share(0.31, 0.52, 0.0003), time(0.4, 0.5, 0.3)) },
      { from: 'n-prio', to: 'n-callback', ...came(0.22, 0.6, 0.0006) },
      { from: 'n-queue', to: 'n-agent', ...both(share(0.98, 0.97, 0.9), time(0.5, 0.9, 0.001)) },
      { from: 'n-menu', to: 'n-ident', ...both(share(1, 0.99, 0.9), time(0.41, 0.42, 0.9)) },
    ],
    paths: [
      { nodes: chain.slice(0, 8), ...both(share(0.34, 0.55, 0.0009), time(74, 83, 0.02)) },
      { nodes: chain, ...went(0.66, 81, 0.0001) },
      { nodes: [...chain.slice(0, 5), 'n-callback'], ...came(0.22, 22, 0.0006) },
    ],
    outcomes: [
      { nodeId: 'n-tier', outcome: 'gold', ...both(share(0.28, 0.49, 0.0007), time(0.9, 0.9, 0.95)) },
      { nodeId: 'n-tier', outcome: 'standard', ...both(share(0.72, 0.51, 0.0007), time(0.9, 0.8, 0.6)) },
    ],
    counts: { nodes: nodes.length, edges: 4, paths: 140, outcomes: 2 },
  };
}

/** Of `run-gone` nothing is left; without a run, the query compares with nothing. */
export function compareOf(other: string | null): CompareAnswer {
  if (other === 'run-gone') {
    throw new Error('The run to compare with is not kept any more. Choose another, or run its query again.');
  }
  return {
    kind: 'compare',
    comparison: other === null ? null : comparison(),
    names: [...MADE_NODES.map(({ id, name }) => ({ nodeId: id, nodeName: name }))],
    notes:
      other === null ? [] : ['The run of 2025-03-03 is partial: what was not retrieved is not compared.'],
  };
}

/** Three of the same query, some of others, one whose data is gone. */
export function runsOf(): RunsAnswer {
  const run = (runId: string, title: string, startedAt: string, sameQuery: boolean) => ({
    ...{ runId, title, startedAt, sameQuery },
    connection: 'sandbox',
    outcome: 'complete' as const,
  });
  return {
    kind: 'runs',
    runs: [
      run('run-other', 'Callbacks of the week', '2025-03-11T07:00:00Z', false),
      run('run-0', 'Stuck in priority routing', '2025-03-10T08:12:44Z', true),
      { ...run('run-00', 'Stuck in priority routing', '2025-03-03T08:12:44Z', true), outcome: 'partial' },
      run('run-gone', 'Errors at night', '2025-03-01T23:00:00Z', false),
    ],
  };
}
