/** Answers about paths, decisions and variables, as the contract says, and the editor's side that gives them. */
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import type { PanelState } from '../../server/src/protocol/panel-state.ts';
import type {
  DecisionReport,
  PathReport,
  Summary,
  VariableReport,
} from '../../server/src/protocol/report.ts';
import { makeRun } from './run.ts';

/** Names that would harm where they were taken for markup, direction or another name. */
export const HOSTILE = {
  markup: '<img src=x onerror="globalThis.hacked=1">',
  direction: '\u202Egpj.exe\u202C',
  long: `n-${'long '.repeat(80)}`,
} as const;

export const NAMES: readonly (readonly [string, string | null])[] = [
  ['n-entry', 'Inbound voice'],
  ['n-menu', 'Language menu'],
  ['n-ident', 'Identify customer'],
  ['n-tier', 'Customer tier?'],
  ['n-prio', 'Priority routing'],
  ['n-queue', 'Billing queue'],
  ['n-queue-2', 'Billing queue'],
  ['n-agent', 'Agent conversation'],
  ['n-survey', 'Survey'],
  ['n-hostile', HOSTILE.markup],
  ['n-nameless', null],
];
const names = NAMES.map(([nodeId, nodeName]) => ({ nodeId, nodeName }));

export function summaryOf(n: number, median: number): Summary {
  const none = n === 0;
  const of = (value: number): number | null => (none ? null : value);
  return {
    n,
    sum: of(median * n * 1.1),
    min: of(median * 0.2),
    q1: of(median * 0.8),
    median: of(median),
    mean: of(median * 1.1),
    q3: of(median * 1.4),
    p90: of(median * 2),
    p95: of(median * 2.6),
    p99: of(median * 3.5),
    max: of(median * 5),
    stdev: null,
    mad: null,
  };
}

/** So many variants, the commonest first: of one node, of forty, with loops, with a name that is markup. */
export function makePaths(total: number): PathReport[] {
  const plain = ['n-entry', 'n-menu', 'n-ident', 'n-tier', 'n-prio', 'n-queue', 'n-agent', 'n-survey'];
  const bodies: readonly (readonly string[])[] = [
    plain,
    ['n-entry', 'n-menu', 'n-menu', 'n-menu', 'n-ident', 'n-tier', 'n-agent'],
    Array.from({ length: 40 }, (_, at) => plain[at % plain.length] ?? 'n-entry'),
    ['n-hostile', 'n-nameless', 'n-queue', 'n-queue-2'],
    ['n-entry'],
  ];
  const weights = Array.from({ length: total }, (_, at) => Math.max(1, Math.floor(4000 / (at + 1) ** 1.3)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  return weights.map((count, at) => {
    before += count;
    const body = bodies[at % bodies.length] ?? plain;
    return {
      rank: at + 1,
      nodes: [...body, ...(at < bodies.length ? [] : [`n-extra-${at}`])],
      count,
      share: count / all,
      cumulativeShare: at === total - 1 ? 1 : before / all,
      duration: summaryOf(count, 40 + at * 3),
      errors: at % 3 === 0 ? at : 0,
    };
  });
}

export function makeDecisions(): DecisionReport[] {
  const outcome = (name: string, count: number, share: number, low: number, high: number) => ({
    ...{ outcome: name, count, share, low, high, errorRate: count > 100 ? 0.04 : 0 },
    ...{ dwell: summaryOf(count, 1.4), untilEnd: summaryOf(count, 320) },
  });
  return [
    {
      nodeId: 'n-tier',
      visits: 1204,
      entropy: 0.86,
      outcomes: [
        outcome('standard', 860, 0.714, 0.688, 0.739),
        outcome('gold', 330, 0.274, 0.25, 0.3),
        outcome(HOSTILE.markup, 14, 0.012, 0.007, 0.019),
      ],
      drivers: [
        {
          variable: 'customer/tier',
          ...{ kind: 'categorical', threshold: null, gain: 0.61, gainRatio: 0.7, p: 1e-9, q: 1e-8 },
          permutedVisits: null,
          contrasts: [
            {
              outcome: 'gold',
              condition: "before.customer.tier = 'gold'",
              visits: 312,
              share: 0.91,
              otherwise: 0.03,
            },
            {
              outcome: 'standard',
              condition: `before.name = '${HOSTILE.markup}'`,
              visits: 40,
              share: 0.2,
              otherwise: 0.1,
            },
          ],
        },
        {
          variable: 'waited',
          ...{ kind: 'numeric', threshold: 60.5, gain: 0.12, gainRatio: 0.2, p: 0.02, q: 0.04 },
          permutedVisits: 20_000,
          contrasts: [],
        },
      ],
      sampled: 20_000,
      rule: {
        text: "if before.customer.tier = 'gold'\n  gold (312, 98 %)\nelse\n  if before.waited > 60.5\n    gold (20, 70 %)\n  else\n    standard (872, 97 %)",
        ...{ accuracy: 0.94, baseline: 0.714, sampled: null, exceptionCount: 27 },
        exceptions: Array.from({ length: 10 }, (_, at) => ({
          ...{ interactionId: `int-${100_000 + at}`, sequence: 3 },
          ...{ expected: 'gold', actual: 'standard' },
        })),
      },
    },
    {
      ...{ nodeId: 'n-prio', visits: 12, entropy: 0.98, sampled: null, rule: null, drivers: [] },
      outcomes: [outcome('n-queue', 7, 0.583, 0.32, 0.807), outcome('END', 5, 0.417, 0.193, 0.68)],
    },
    {
      ...{ nodeId: 'n-hostile', visits: 300, entropy: 0, sampled: null, drivers: [] },
      outcomes: [outcome('n-agent', 300, 1, 0.987, 1)],
      rule: {
        text: 'n-agent',
        ...{ accuracy: 1, baseline: 1, sampled: 300, exceptionCount: 0, exceptions: [] },
      },
    },
  ];
}

/** @param more variables beside the ones that show a case each */
export function makeVariables(more: number): VariableReport[] {
  const none = { added: 0, removed: 0, changed: 0, typeChanged: 0, outsideStep: 0 };
  return [
    {
      ...{ name: 'priority', added: 12, removed: 3, changed: 1480, typeChanged: 2, outsideStep: 40 },
      transitions: [
        { before: 'low', after: 'high', count: 1200 },
        { before: 3, after: '3', count: 40 },
        { before: null, after: { nested: [1, 2, { deep: true }] }, count: 4 },
      ],
      nodes: [
        { nodeId: 'n-prio', count: 1300 },
        { nodeId: 'n-hostile', count: 30 },
      ],
    },
    {
      ...{ ...none, name: 'customer/tier', added: 900 },
      transitions: [],
      nodes: [{ nodeId: 'n-ident', count: 900 }],
    },
    {
      ...{ ...none, name: HOSTILE.markup, changed: 7 },
      transitions: [
        { before: HOSTILE.markup, after: HOSTILE.direction, count: 5 },
        { before: 'x'.repeat(30_000), after: `${'lorem ipsum '.repeat(300)}the end`, count: 2 },
      ],
      nodes: [{ nodeId: 'n-nameless', count: 7 }],
    },
    ...Array.from({ length: more }, (_, at) => ({
      ...{ ...none, name: `context/field${at}`, changed: 6, outsideStep: at % 5 },
      transitions: [{ before: at, after: at + 1, count: 6 }],
      nodes: [{ nodeId: 'n-agent', count: 6 }],
    })),
  ];
}

export interface Made {
  readonly paths?: PathReport[];
  readonly decisions?: DecisionReport[];
  readonly variables?: VariableReport[];
  /** Requests of this kind fail so long as this says so. */
  readonly fails?: (request: PanelRequest) => boolean;
  /** Milliseconds until an answer. */
  readonly delay?: (request: PanelRequest) => number;
  readonly state?: Partial<PanelState>;
}

const FAILED = 'The run folder could not be read: it may have been deleted.';

/** What a filter leaves is made up: each condition halves the interactions, `none` as a search leaves none. */
function overviewOf(filter: Filter): Overview {
  const { overview } = makeRun({ interactions: 4 });
  const none = filter.some((one) => one.kind === 'search' && one.text === 'none');
  const interactions = none ? 0 : Math.floor(5000 / 2 ** filter.length);
  const named = NAMES.map(([nodeId, nodeName]) => ({ ...overview.nodes[0], nodeId, nodeName }));
  return {
    ...overview,
    nodes: named as Overview['nodes'],
    headline: 'Priority routing is where interactions get stuck.',
    all: { interactions: 5000, steps: 40_120 },
    interactions,
    steps: interactions * 8,
    matchingSteps: filter.length === 0 ? interactions * 8 : interactions * 2,
    trends: [],
  };
}

export function viewsHost(made: Made = {}): (message: unknown) => Promise<unknown> {
  const paths = made.paths ?? makePaths(60);
  const decisions = made.decisions ?? makeDecisions();
  const variables = made.variables ?? makeVariables(40);
  const answer = (request: PanelRequest): unknown => {
    const filter = 'filter' in request ? request.filter : [];
    const none = filter.some((one) => one.kind === 'search' && one.text === 'none');
    switch (request.kind) {
      case 'paths': {
        const only = filter.find((one) => one.kind === 'path');
        const left = none
          ? []
          : paths.filter(
              ({ nodes }) => only === undefined || JSON.stringify(nodes) === JSON.stringify(only.nodes),
            );
        const rows = left.slice(request.offset, request.offset + request.count);
        return { kind: 'paths', total: left.length, offset: request.offset, interactions: 5000, rows, names };
      }
      case 'decisions':
        return {
          kind: 'decisions',
          decisions: none ? [] : decisions.map(({ drivers: _, rule: __, sampled: ___, ...one }) => one),
          names,
        };
      case 'drivers': {
        const one = decisions.find(({ nodeId }) => nodeId === request.nodeId);
        const { drivers, rule, sampled } = one ?? { drivers: [], rule: null, sampled: null };
        return { kind: 'drivers', nodeId: request.nodeId, drivers, rule, sampled };
      }
      case 'variables':
        return { kind: 'variables', variables: none ? [] : variables, names };
      case 'overview':
        return overviewOf(filter);
      default:
        throw new Error('Nothing is known of this.');
    }
  };
  return async (message) => {
    const asked = message as { type: string; id: number; body: PanelRequest };
    if (asked.type === 'ready') {
      return { type: 'show', state: { runId: 'run-1', tab: 'overview', selection: null, ...made.state } };
    }
    if (asked.type !== 'request') return undefined;
    const wait = made.delay?.(asked.body) ?? 0;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (made.fails?.(asked.body) === true) return { type: 'failed', id: asked.id, message: FAILED };
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
