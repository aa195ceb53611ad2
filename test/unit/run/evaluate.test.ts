import { describe, expect, it } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { clauseOf, parse } from '../../../server/src/language/index.ts';
import type { Interaction, JsonObject, Step } from '../../../server/src/protocol/history.ts';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import { compilePredicate } from '../../../server/src/run/evaluate.ts';

const at = (text: string): number => parseInstant(text)?.micros ?? Number.NaN;
const NOW = at('2026-11-22T08:00:00Z');

function step(
  nodeId: string,
  nodeType: string,
  start: string,
  end: string | null,
  more: Partial<Step> = {},
): Step {
  return {
    nodeId,
    nodeName: null,
    nodeType,
    startTime: at(`2026-11-22T${start}Z`),
    endTime: end === null ? null : at(`2026-11-22T${end}Z`),
    errorState: false,
    outcome: null,
    variablesBefore: {},
    variablesAfter: {},
    ...more,
  };
}

/** Failed at authentication, was authenticated, chose billing, and waits at routing. */
const INTERACTION: Interaction = {
  interactionId: 'a1',
  workflowId: 'wf-7',
  workflowName: null,
  raw: {},
  steps: [
    step('auth', 'API', '07:00:00', '07:00:04', { errorState: true, outcome: 'refused' }),
    step('auth', 'API', '07:00:06', '07:00:07', { outcome: 'ok' }),
    step('menu', 'DECISION', '07:00:07', '07:00:20', {
      errorState: null,
      outcome: 'billing',
      variablesBefore: { queue: 'none', tries: 2, customer: { tier: 'gold' }, lines: ['x', 'y'], gone: 1 },
      variablesAfter: {
        queue: 'billing',
        tries: 2,
        customer: { tier: 'gold' },
        lines: ['x', 'y'],
        fresh: true,
      },
    }),
    step('routing', 'ROUTING', '07:00:20', null),
  ],
};

const LITERALS: Record<string, string> = {
  lookback: '90m',
  id: "'a1'",
  ids: "['a1', 'b2']",
  nothing: 'NULL',
};

/** The sequences of the steps that satisfy a predicate. */
function matching(predicate: string, interaction: Interaction = INTERACTION): number[] {
  const document = parse(`WHERE ${predicate}`);
  const [query] = document.queries;
  const where = query === undefined ? undefined : clauseOf(query, 'where');
  if (where === undefined || query?.broken !== false) throw new Error(`not a predicate: ${predicate}`);
  const test = compilePredicate(where.predicate, {
    environment: {
      now: NOW,
      timeZone: 'UTC',
      parameter: (name) => {
        const [parameter] = parse(`PARAM p = ${LITERALS[name] ?? ''}`).parameters;
        const value = parameter?.value ?? undefined;
        return value?.kind === 'parameterReference' ? undefined : value;
      },
    },
    ids: (name) => (name === 'failing' ? new Set(['a1']) : name === 'empty' ? new Set() : undefined),
  });
  return test(interaction, deriveSteps(interaction, NOW));
}

describe('predicates on steps', () => {
  it.each<[string, number[]]>([
    ["nodeId = 'auth'", [0, 1]],
    ["nodeId != 'auth'", [2, 3]],
    ["NODEID IN ['menu', 'routing']", [2, 3]],
    ["nodeType NOT IN ('API')", [2, 3]],
    ['errorState', [0]],
    ['NOT errorState', [1, 3]],
    ['errorState IS NULL', [2]],
    ['errorState IS NOT NULL', [0, 1, 3]],
    ['errorState = false', [1, 3]],
    ["workflowName = 'x'", []],
    ["NOT workflowName = 'x'", []],
    ['workflowName IS NULL', [0, 1, 2, 3]],
    ['dwell > 10s', [2]],
    ['dwell >= 4s AND dwell <= 13s', [0, 2]],
    ['dwell BETWEEN 1s AND 4s', [0, 1]],
    ['dwell NOT BETWEEN 1s AND 4s', [2]],
    ['wait = 2s', [1]],
    ['open', [3]],
    ['open AND elapsed > 59m', [3]],
    ['isLast', [3]],
    ['sequence = 0', [0]],
    ["outcome LIKE 'b%g'", [2]],
    ["outcome LIKE '_k'", [1]],
    ["outcome LIKE 'O_'", []],
    ["outcome MATCHES 'ill'", [2]],
    ["outcome NOT MATCHES '^(ok|billing)$'", [0]],
    ['endTime IS NULL', [3]],
    ["nodeTimestamp >= '2026-11-22T07:00:07Z'", [2, 3]],
    ["nodeTimestamp < '2026-11-22T09:00:06+02:00'", [0]],
    ["nodeTimestamp <= '2026-11-22'", [0, 1, 2, 3]],
    ["nodeTimestamp > '2026-11-22'", [0, 1, 2, 3]],
    ["nodeTimestamp > '2026-11-23'", []],
    ["nodeTimestamp BETWEEN '2026-11-22' AND '2026-11-22'", [0, 1, 2, 3]],
    ['nodeTimestamp > now() - $lookback', [0, 1, 2, 3]],
    ['nodeTimestamp > ago(59m54s)', [2, 3]],
    ['nodeTimestamp >= today() + 7h', [0, 1, 2, 3]],
  ])('%s', (predicate, sequences) => {
    expect(matching(predicate)).toEqual(sequences);
  });
});

describe('predicates on variables', () => {
  it.each<[string, number[]]>([
    ["before.queue = 'none'", [2]],
    ["after['queue'] = 'billing'", [2]],
    ["before.customer.tier = 'gold'", [2]],
    ['before.tries >= 2', [2]],
    ["before.tries = '2'", []],
    ["before.tries != '2'", []],
    ['before.queue IS NULL', [0, 1, 3]],
    ['after.fresh', [2]],
    ['NOT after.fresh', []],
    ['changed(queue)', [2]],
    ['changed(tries)', []],
    ['changed(lines)', []],
    ['added(fresh)', [2]],
    ['removed(gone)', [2]],
    ["before.constructor IS NOT NULL OR before['__proto__'] IS NOT NULL", []],
  ])('%s', (predicate, sequences) => {
    expect(matching(predicate)).toEqual(sequences);
  });

  it('changed() sees a change inside a nested variable, and takes no account of the order of keys', () => {
    const becoming = (tier: JsonObject): Interaction => ({
      ...INTERACTION,
      steps: [
        step('a', 'API', '07:00:00', '07:00:01', {
          variablesBefore: { c: { x: 1, y: [1] } },
          variablesAfter: { c: tier },
        }),
      ],
    });
    expect(matching('changed(c)', becoming({ y: [1], x: 1 }))).toEqual([]);
    expect(matching('changed(c)', becoming({ y: [2], x: 1 }))).toEqual([0]);
    expect(matching('changed(c.y)', becoming({ y: [2], x: 1 }))).toEqual([0]);
  });
});

describe('variables that the tenant does not give', () => {
  const silent: Interaction = {
    ...INTERACTION,
    steps: [step('a', 'API', '07:00:00', '07:00:01', { variablesBefore: null, variablesAfter: { x: 1 } })],
  };
  it.each<[string, number[]]>([
    ['added(x)', []],
    ['NOT added(x)', []],
    ['changed(x)', []],
    ['before.x IS NULL', [0]],
    ['after.x = 1', [0]],
  ])('%s', (predicate, sequences) => {
    expect(matching(predicate, silent)).toEqual(sequences);
  });
});

describe('predicates on the interaction', () => {
  const all = [0, 1, 2, 3];
  it.each<[string, number[]]>([
    ['interactionId = $id', all],
    ['interactionId IN $ids', all],
    ['interactionId IN failing', all],
    ['interactionId NOT IN failing', []],
    ['interactionId IN empty', []],
    ['interactionId NOT IN empty', all],
    ['workflowId = $nothing', []],
    ['stepCount = 4 AND errorCount = 1', all],
    ['duration >= 20s', all],
    ["interactionStart = '2026-11-22T07:00:00Z'", all],
    ["ANY(nodeId = 'auth' AND errorState) AND ANY(nodeId = 'menu')", all],
    ["nodeId = 'menu' AND ANY(errorState)", [2]],
    ["NONE(nodeType = 'AGENT')", all],
    ["NONE(nodeType = 'API')", []],
    ['EVERY(sequence < 4)', all],
    ['EVERY(errorState IS NULL)', []],
    ["COUNT(nodeId = 'auth') >= 2", all],
    ['COUNT(errorState) = 2', []],
    ["SEQUENCE(nodeId = 'auth' AND errorState, nodeId = 'auth' AND NOT errorState)", all],
    ["SEQUENCE(nodeId = 'menu', nodeId = 'auth')", []],
    ["NOT ANY(nodeId = 'callback')", all],
  ])('%s', (predicate, sequences) => {
    expect(matching(predicate)).toEqual(sequences);
  });

  it('an interaction without steps satisfies nothing', () => {
    expect(matching("NONE(nodeType = 'AGENT')", { ...INTERACTION, steps: [] })).toEqual([]);
  });
});

describe('three-valued logic', () => {
  it.each<[string, number[]]>([
    ["workflowName = 'x' OR nodeId = 'auth'", [0, 1]],
    ["NOT (workflowName = 'x' AND nodeId = 'auth')", [2, 3]],
    ["nodeId IN ['menu', NULL]", [2]],
    ["nodeId NOT IN ['menu', NULL]", []],
  ])('%s', (predicate, sequences) => {
    expect(matching(predicate)).toEqual(sequences);
  });
});
