/** What the panel's answers have to be, worked out from plain interactions, one step after the other; and made ones. */
import fc from 'fast-check';
import {
  type AnalyseOptions,
  createStore,
  createThresholdRule,
  type DerivedInteraction,
  type DerivedStep,
  deriveSteps,
  diffVariables,
} from '../../../server/src/analysis/index.ts';
import { Namer, type PanelData } from '../../../server/src/panel/data.ts';
import type { Interaction, JsonObject, Step } from '../../../server/src/protocol/history.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import {
  CHANGE_KINDS,
  type Condition,
  type Filter,
  STEP_MARKS,
} from '../../../server/src/protocol/panel-filter.ts';
import { interaction, SECOND, step } from '../analysis/support.ts';

/** Names that are hard on tables and searches. */
const NODES = ['N', 'M', '__proto__', 'END', 'toString', 'Überlauf'];
const NAMES = ['Queue', 'QUEUE', '__proto__', 'e\u0301cole', '😀', ''];
const IDS = ['a', 'A', 'a (2)', '__proto__', 'constructor', 'i\u0307'];
const OUTCOMES = ['N', 'END', 'ok', 'hasOwnProperty'];
const VARIABLES = ['x', 'y', '__proto__', 'a/b'];

const orNull = <T>(values: readonly T[]): fc.Arbitrary<T | null> =>
  fc.option(fc.constantFrom(...values), { nil: null, freq: 3 });

const variables = fc
  .dictionary(fc.constantFrom(...VARIABLES), fc.constantFrom(1, 2, 'v', null, true), { maxKeys: 3 })
  // As JSON is read: `__proto__` is a key like any other.
  .map((values): JsonObject => JSON.parse(JSON.stringify(Object.entries(values)), asObject));

function asObject(key: string, value: unknown): unknown {
  return key === '' && Array.isArray(value) ? Object.fromEntries(value) : value;
}

const madeStep: fc.Arbitrary<Step> = fc
  .record({
    nodeId: fc.constantFrom(...NODES),
    nodeName: orNull(NAMES),
    nodeType: orNull(['DECISION', 'TASK']),
    start: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null, freq: 9 }),
    length: fc.option(fc.integer({ min: -2, max: 40 }), { nil: null, freq: 5 }),
    errorState: orNull([true, false]),
    outcome: orNull(OUTCOMES),
    variablesBefore: fc.option(variables, { nil: null, freq: 4 }),
    variablesAfter: fc.option(variables, { nil: null, freq: 4 }),
  })
  .map(({ nodeId, start, length, ...more }) =>
    step(nodeId, start, length === null ? null : (start ?? 30) + length, more),
  );

export const madeInteractions: fc.Arbitrary<Interaction[]> = fc.array(
  fc
    .record({
      id: fc.constantFrom(...IDS),
      workflowName: orNull(['Flow', '__proto__']),
      steps: fc.array(madeStep, { maxLength: 7 }),
    })
    .map(({ id, workflowName, steps }) => ({ ...interaction(id, ...steps), workflowName })),
  { maxLength: 12 },
);

const json = orNull(['1', '2', '"v"', 'null', 'true']);
const seconds = fc.option(fc.integer({ min: 0, max: 40 }), { nil: null });
const instant = fc.option(
  fc.integer({ min: -5, max: 70 }).map((second) => formatInstant(second * SECOND)),
  { nil: null },
);
const node = fc.constantFrom(...NODES, 'nowhere');

const madeCondition: Readonly<Record<Condition['kind'], fc.Arbitrary<Condition>>> = {
  mark: fc.record({ kind: fc.constant('mark'), mark: fc.constantFrom(...STEP_MARKS) }),
  node: fc.record({ kind: fc.constant('node'), nodeId: node }),
  outcome: fc.record({
    kind: fc.constant('outcome'),
    nodeId: node,
    outcome: fc.constantFrom(...NODES, ...OUTCOMES),
  }),
  dwell: fc.record({ kind: fc.constant('dwell'), from: seconds, to: seconds }),
  time: fc.record({ kind: fc.constant('time'), from: instant, to: instant }),
  variable: fc.record({
    kind: fc.constant('variable'),
    name: fc.constantFrom('x', 'y', '__proto__', 'a~1b', 'nothing'),
    change: orNull(CHANGE_KINDS),
    before: json,
    after: json,
  }),
  search: fc.record({
    kind: fc.constant('search'),
    text: fc.constantFrom('queue', ' A ', '__PROTO__', '\u00e9', '😀', 'n', '(2)', 'I\u0307', 'none of it'),
  }),
  edge: fc.record({
    kind: fc.constant('edge'),
    from: fc.option(node, { nil: null, freq: 2 }),
    to: fc.option(node, { nil: null, freq: 2 }),
  }),
  path: fc.record({
    kind: fc.constant('path'),
    nodes: fc.array(fc.constantFrom(...NODES), { maxLength: 2 }),
  }),
  interactions: fc.record({
    kind: fc.constant('interactions'),
    ids: fc.uniqueArray(fc.constantFrom(...IDS, 'a (2) (2)', 'nobody'), { minLength: 1, maxLength: 4 }),
    label: fc.constant('some'),
  }),
};

/** Up to three conditions, of whatever kinds. */
export const madeFilter: fc.Arbitrary<Filter> = fc
  .shuffledSubarray(Object.values(madeCondition), { maxLength: 3 })
  .chain((conditions) => fc.tuple(...conditions));

export interface Plain {
  readonly data: PanelData;
  readonly interactions: readonly PlainInteraction[];
}

export interface PlainInteraction {
  readonly name: string;
  readonly workflowName: string | null;
  readonly derived: DerivedInteraction;
  readonly steps: readonly PlainStep[];
}

export interface PlainStep extends DerivedStep {
  readonly owner: string;
  readonly before: DerivedStep | undefined;
  readonly next: DerivedStep | undefined;
  /** It is one of those that satisfy the conditions of the query. */
  readonly matching: boolean;
  readonly bottleneck: boolean;
}

export const OPTIONS: AnalyseOptions = { types: ['DECISION', ''], thresholdMicros: 15 * SECOND };

/** Every third step satisfies the query. */
export function plain(made: readonly Interaction[], options: AnalyseOptions = OPTIONS): Plain {
  const store = createStore({ reconcile: false });
  const namer = new Namer();
  const rule = createThresholdRule(options);
  const matching: number[] = [];
  const interactions = made.map((one): PlainInteraction => {
    store.add(one);
    const name = namer.name(one.interactionId);
    const derived = deriveSteps(one);
    const steps = derived.steps.map((derivedStep, at): PlainStep => {
      const { nodeId, nodeType } = derivedStep.step;
      const threshold = rule(nodeId, nodeType);
      matching.push(matching.length % 3 === 0 ? 1 : 0);
      return {
        ...derivedStep,
        owner: name,
        ...{ before: derived.steps[at - 1], next: derived.steps[at + 1], matching: matching.at(-1) === 1 },
        bottleneck: threshold !== null && derivedStep.dwell !== null && derivedStep.dwell > threshold,
      };
    });
    return { name, workflowName: one.workflowName, derived, steps };
  });
  const names = interactions.map(({ name }) => name);
  return { data: { store, names, matching: Uint8Array.from(matching), options }, interactions };
}

export interface PlainLeft {
  /** Places of the interactions that stay. */
  readonly kept: readonly number[];
  /** Steps that satisfy the conditions on steps, where there is any. */
  readonly found: ReadonlySet<PlainStep> | undefined;
}

export function plainLeft({ interactions }: Plain, filter: Filter): PlainLeft {
  const all = interactions.flatMap(({ steps }) => steps);
  const tests = filter.flatMap((condition) => testOf(condition, all) ?? []);
  const search = filter.find((one) => one.kind === 'search');
  const found = new Set<PlainStep>();
  const kept = [...interactions.keys()].filter((place) => {
    const one = interactions[place];
    if (one === undefined || !filter.every((condition) => holds(condition, one))) return false;
    if (tests.length === 0) return true;
    const satisfied = one.steps.filter((each) => tests.every((test) => test(each)));
    for (const each of satisfied) found.add(each);
    if (one.steps.length > 0) return satisfied.length > 0;
    // By its id alone one without steps is found.
    return tests.length === 1 && search !== undefined && has(one.name, search.text);
  });
  return { kept, found: tests.length === 0 ? undefined : found };
}

function has(text: string | null, searched: string): boolean {
  const plainText = (one: string): string => one.normalize('NFC').toLowerCase();
  return text !== null && plainText(text).includes(plainText(searched.trim()));
}

/** Of a condition on interactions; true for others. */
function holds(condition: Condition, { name, steps }: PlainInteraction): boolean {
  const nodes = steps.map((one) => one.step.nodeId);
  switch (condition.kind) {
    case 'path':
      return JSON.stringify(nodes) === JSON.stringify(condition.nodes);
    case 'interactions':
      return condition.ids.includes(name);
    case 'edge': {
      const ends = [null, ...nodes, null];
      return ends.some((from, at) => at > 0 && ends[at - 1] === condition.from && from === condition.to);
    }
    default:
      return true;
  }
}

function testOf(condition: Condition, all: readonly PlainStep[]): ((one: PlainStep) => boolean) | undefined {
  const within = (value: number | null, from: number | null, to: number | null): boolean =>
    value !== null && (from === null || value >= from) && (to === null || value < to);
  switch (condition.kind) {
    case 'mark':
      return (one) => flagsOf(one)[condition.mark];
    case 'node':
      return ({ step: { nodeId } }) => nodeId === condition.nodeId;
    case 'dwell':
      return ({ dwell }) => within(dwell === null ? null : dwell / SECOND, condition.from, condition.to);
    case 'time':
      return ({ start, end }) => {
        const at = start ?? end;
        // Of one length and one zone: these texts are in the order of time.
        const text = at === null ? null : formatInstant(at);
        return (
          text !== null && (condition.from ?? '') <= text && (condition.to === null || text < condition.to)
        );
      };
    case 'search':
      return ({ owner, step: { nodeId, nodeName, nodeType, outcome } }) =>
        [owner, nodeId, nodeName, nodeType, outcome].some((text) => has(text, condition.text));
    case 'outcome': {
      const closed = all.filter((one) => one.step.nodeId === condition.nodeId && !one.open);
      const given = closed.filter((one) => one.step.outcome === condition.outcome);
      const followed = closed.filter((one) => (one.next?.step.nodeId ?? 'END') === condition.outcome);
      const isNamed = closed.every((one) => one.step.outcome !== null);
      const [first, second] = isNamed ? [given, followed] : [followed, given];
      return (one) => (first.length > 0 ? first : second).includes(one);
    }
    case 'variable':
      return (one) => {
        return changesOf(one).some(
          ({ path, kind, before, after }) =>
            path === `/${condition.name}` &&
            (condition.change === null || condition.change === kind) &&
            (condition.before === null || (condition.before === before && after !== null)) &&
            (condition.after === null || (condition.after === after && before !== null)),
        );
      };
    default:
      return undefined;
  }
}

interface PlainChange {
  readonly path: string;
  readonly kind: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What changed in a step, and outside any before it; of the latter no values are known. */
function changesOf({ before, step: { variablesBefore, variablesAfter } }: PlainStep): PlainChange[] {
  const earlier = before?.step.variablesAfter ?? null;
  const outside = earlier === null || variablesBefore === null ? [] : diffVariables(earlier, variablesBefore);
  const within =
    variablesBefore === null || variablesAfter === null ? [] : diffVariables(variablesBefore, variablesAfter);
  return [...outside.map(({ path }) => ({ path, kind: 'outside', before: null, after: null })), ...within];
}

export function flagsOf(one: PlainStep): Record<(typeof STEP_MARKS)[number], boolean> {
  return {
    bottleneck: one.bottleneck,
    error: one.step.errorState === true,
    matching: one.matching,
    open: one.open,
  };
}

/** 1 at the places given. */
export function marks(places: readonly number[], count: number): Uint8Array {
  const found = new Uint8Array(count);
  for (const place of places) found[place] = 1;
  return found;
}
