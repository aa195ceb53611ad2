/** The conditions of a filter, each over all steps or interactions at once. */
import { CHANGE, eachClosedVisit, TRANSITION_SEPARATOR, VISIT_END } from '../analysis/index.ts';
import { MICROS_PER_SECOND, parseInstant } from '../protocol/instant.ts';
import type { Condition, ConditionKind } from '../protocol/panel-filter.ts';
import { searchable, type Whole } from './whole.ts';

type Of<K extends ConditionKind> = Extract<Condition, { kind: K }>;

const INTERACTION_KINDS = ['edge', 'path', 'interactions'] as const;
export type InteractionCondition = Of<(typeof INTERACTION_KINDS)[number]>;
export type StepCondition = Exclude<Condition, InteractionCondition>;

export function isOfInteractions(condition: Condition): condition is InteractionCondition {
  return INTERACTION_KINDS.some((kind) => kind === condition.kind);
}

/** Whether a step of the store satisfies a condition. */
export type StepTest = (step: number) => boolean;

const nothing: StepTest = () => false;

export function stepTest(whole: Whole, condition: StepCondition): StepTest {
  switch (condition.kind) {
    case 'mark':
      return markTest(whole, condition);
    case 'node': {
      const { columns } = whole.frame;
      const node = columns.nodes.find(condition.nodeId);
      return node < 0 ? nothing : (s) => columns.node.values[s] === node;
    }
    case 'outcome':
      return outcomeTest(whole, condition);
    case 'dwell': {
      const dwell = whole.frame.columns.dwell.values;
      return within((s) => dwell[s] ?? Number.NaN, micros(condition.from), micros(condition.to));
    }
    case 'time':
      return timeTest(whole, condition);
    case 'variable':
      return variableTest(whole, condition);
    case 'search':
      return searchTest(whole, condition);
  }
}

function markTest({ data, frame, isBottleneck }: Whole, { mark }: Of<'mark'>): StepTest {
  const { columns, stepInteraction } = frame;
  switch (mark) {
    case 'bottleneck':
      return (s) => isBottleneck[s] === 1;
    case 'error':
      return (s) => columns.error.values[s] === 1;
    case 'matching':
      return (s) => data.matching[s] === 1;
    case 'open':
      return (s) => {
        const i = stepInteraction[s] ?? 0;
        return columns.open.values[i] === 1 && s + 1 === columns.firstStep.values[i + 1];
      };
  }
}

/** Seconds as they came from the numbers of a report, which are whole microseconds. */
function micros(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * MICROS_PER_SECOND);
}

/** What is not known is within nothing. */
function within(valueAt: (step: number) => number, from: number | null, to: number | null): StepTest {
  const [least, limit] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY];
  return (s) => {
    const value = valueAt(s);
    return value >= least && value < limit;
  };
}

function timeTest({ frame }: Whole, { from, to }: Of<'time'>): StepTest {
  const { start, end } = frame.columns;
  const bounds = [from, to].map((text) => (text === null ? null : parseInstant(text)?.micros));
  const [least, limit] = bounds;
  // A bound that nobody can read leaves nothing, rather than all.
  if (least === undefined || limit === undefined) return nothing;
  return within(
    (s) => {
      const began = start.values[s] ?? Number.NaN;
      return Number.isNaN(began) ? (end.values[s] ?? Number.NaN) : began;
    },
    least,
    limit,
  );
}

/**
 * A node leads to what its tenant says, where it says so of every visit, or else to the next node or the end. Of an
 * excerpt the tenant may say it of every visit where it does not of all: a name that is none in all is taken for that.
 */
function outcomeTest(whole: Whole, condition: Of<'outcome'>): StepTest {
  const { steps } = outcomeSteps(whole, condition);
  return (s) => steps.has(s);
}

/** Visits of a node that have an outcome, and whether it is one that the tenant gave. */
export function outcomeSteps(
  { frame, isNamed }: Whole,
  { nodeId, outcome }: Of<'outcome'>,
): { readonly steps: ReadonlySet<number>; readonly isGiven: boolean } {
  const { columns, nodeIds } = frame;
  const node = columns.nodes.find(nodeId);
  const given = new Set<number>();
  const followed = new Set<number>();
  if (node < 0) return { steps: given, isGiven: true };
  const text = columns.texts.find(outcome);
  eachClosedVisit(frame, (s, isLast) => {
    if (columns.node.values[s] !== node) return;
    if (text >= 0 && columns.outcome.values[s] === text) given.add(s);
    const next = isLast ? VISIT_END : nodeIds[columns.node.values[s + 1] ?? 0];
    if (next === outcome) followed.add(s);
  });
  const isGiven = isNamed[node] === 1 ? given.size > 0 || followed.size === 0 : followed.size === 0;
  return { steps: isGiven ? given : followed, isGiven };
}

function variableTest({ frame, stepCount }: Whole, condition: Of<'variable'>): StepTest {
  const { columns, live } = frame;
  const variable = columns.variables.find(condition.name);
  if (variable < 0) return nothing;
  const kind = condition.change === null ? -1 : CHANGE[condition.change];
  const transitions = transitionTest(columns.transitions.texts, condition);
  const marks = new Uint8Array(stepCount);
  for (const i of live) {
    const to = columns.firstChange.values[i + 1] ?? 0;
    for (let c = columns.firstChange.values[i] ?? 0; c < to; c += 1) {
      if (columns.changeVariable.values[c] !== variable) continue;
      if (kind >= 0 && columns.changeKind.values[c] !== kind) continue;
      if (transitions !== undefined && transitions[columns.changeTransition.values[c] ?? -1] !== 1) continue;
      marks[columns.changeStep.values[c] ?? 0] = 1;
    }
  }
  return (s) => marks[s] === 1;
}

/** By transition: 1 where it goes from and to the values asked for; undefined where none is. */
function transitionTest(
  texts: readonly string[],
  { before, after }: Pick<Of<'variable'>, 'before' | 'after'>,
): Uint8Array | undefined {
  if (before === null && after === null) return undefined;
  return Uint8Array.from(texts, (text) => {
    const [from, to] = text.split(TRANSITION_SEPARATOR);
    return (before === null || before === from) && (after === null || after === to) ? 1 : 0;
  });
}

/** Each distinct text is looked at once, whatever the number of steps that have it. */
function searchTest(whole: Whole, { text }: Of<'search'>): StepTest {
  const { frame } = whole;
  const { columns, stepInteraction } = frame;
  const searched = searchable(text.trim());
  const hits = (texts: readonly string[]): Uint8Array =>
    Uint8Array.from(whole.lower(texts), (one) => (one.includes(searched) ? 1 : 0));
  const [ids, nodes, texts] = [hits(columns.ids), hits(columns.nodes.texts), hits(columns.texts.texts)];
  return (s) =>
    ids[stepInteraction[s] ?? 0] === 1 ||
    nodes[columns.node.values[s] ?? 0] === 1 ||
    texts[columns.name.values[s] ?? -1] === 1 ||
    texts[columns.type.values[s] ?? -1] === 1 ||
    texts[columns.outcome.values[s] ?? -1] === 1;
}

/** Whether an interaction without any step is found: by its id, where nothing else is asked of a step. */
export function emptyTest(
  whole: Whole,
  conditions: readonly StepCondition[],
): (interaction: number) => boolean {
  const [only, ...others] = conditions;
  if (only === undefined) return () => true;
  if (only.kind !== 'search' || others.length > 0) return () => false;
  const searched = searchable(only.text.trim());
  const ids = whole.lower(whole.frame.columns.ids);
  return (i) => ids[i]?.includes(searched) === true;
}

/** Whether an interaction of the store satisfies a condition. */
export function interactionTest(
  whole: Whole,
  condition: InteractionCondition,
): (interaction: number) => boolean {
  switch (condition.kind) {
    case 'edge':
      return edgeTest(whole, condition);
    case 'path':
      return pathTest(whole, condition);
    case 'interactions': {
      const chosen = new Set(condition.ids.map((id) => whole.find(id)));
      return (i) => chosen.has(i);
    }
  }
}

function edgeTest({ frame }: Whole, { from, to }: Of<'edge'>): (interaction: number) => boolean {
  const { columns } = frame;
  const node = columns.node.values;
  const offsets = columns.firstStep.values;
  const [before, after] = [from, to].map((id) => (id === null ? null : columns.nodes.find(id)));
  return (i) => {
    const [first, end] = [offsets[i] ?? 0, offsets[i + 1] ?? 0];
    if (from === null && to === null) return first === end;
    if (first === end) return false;
    if (from === null) return node[first] === after;
    if (to === null) return node[end - 1] === before;
    for (let s = first + 1; s < end; s += 1) if (node[s] === after && node[s - 1] === before) return true;
    return false;
  };
}

function pathTest({ frame }: Whole, { nodes }: Of<'path'>): (interaction: number) => boolean {
  const { columns } = frame;
  const path = nodes.map((id) => columns.nodes.find(id));
  const offsets = columns.firstStep.values;
  return (i) => {
    const first = offsets[i] ?? 0;
    if ((offsets[i + 1] ?? 0) - first !== path.length) return false;
    return path.every((node, k) => columns.node.values[first + k] === node);
  };
}
