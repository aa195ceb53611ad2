/** Visits of decision points with their outcomes, and the table of what was known before each. */
import { DECISION_TYPES } from './bottlenecks.ts';
import type { Flow } from './flow.ts';
import type { Frame } from './frame.ts';
import { VALUE } from './states.ts';
import { randomNumbers } from './statistics/samples.ts';
import { listOf, listSteps } from './step-lists.ts';
import { compareText, textRanks } from './text.ts';

/** What a node leads to where its interaction ends there. */
export const VISIT_END = 'END';
/** Cells of a table, so that one of many variables stays within some hundred megabytes. */
const MAX_CELLS = 10_000_000;
const SEED = 1;

/** Closed visits of one node. Open last steps are left out: what follows is not known yet. */
export interface Visits {
  readonly node: number;
  readonly step: Int32Array;
  readonly interaction: Int32Array;
  /** Into `outcomes`. */
  readonly outcome: Int32Array;
  /** In code point order. */
  readonly outcomes: readonly string[];
}

/** The visits of every decision point, in the order of the store. */
export function decisionVisits(frame: Frame, flow: Flow, types: Int32Array): Visits[] {
  const { columns, nodeIds, nodeCount, stepInteraction } = frame;
  const { texts } = columns.texts;
  const count = columns.node.length;
  const points = decisionPoints(frame, flow, types);
  const named = outcomeNodes(frame);
  const keys = new Int32Array(count).fill(-1);
  /** What each visit led to: a text of the tenant, or a node, or the end. */
  const leads = new Int32Array(count);
  eachClosedVisit(frame, (s, isLast) => {
    const node = columns.node.values[s] ?? 0;
    if (points[node] !== 1) return;
    keys[s] = node;
    if (named[node] === 1) leads[s] = columns.outcome.values[s] ?? 0;
    else leads[s] = isLast ? -1 : (columns.node.values[s + 1] ?? 0);
  });
  const lists = listSteps(keys, count, nodeCount);
  return Array.from(points.keys()).flatMap((node) => {
    if (points[node] !== 1) return [];
    const step = listOf(lists, node);
    const textOf = (lead: number): string => (named[node] === 1 ? texts[lead] : nodeIds[lead]) ?? VISIT_END;
    const leadsHere = new Set(step.map((s) => leads[s] ?? -1));
    // A node may have the very id that stands for the end.
    const { sorted } = inOrder([...new Set(Array.from(leadsHere, textOf))]);
    const places = new Map(sorted.map((text, place) => [text, place]));
    const placeOf = new Map(Array.from(leadsHere, (lead) => [lead, places.get(textOf(lead)) ?? 0]));
    return {
      ...{ node, step, outcomes: sorted },
      interaction: step.map((s) => stepInteraction[s] ?? 0),
      outcome: step.map((s) => placeOf.get(leads[s] ?? -1) ?? 0),
    };
  });
}

/** The same by interaction id, so that nothing that is drawn depends on the order in which the records came. */
export function inStableOrder({ ids }: Frame['columns'], visits: Visits): Visits {
  const { step, interaction, outcome } = visits;
  // By UTF-16, which is fast; an interaction's visits stay in their order.
  const rows = Array.from(step.keys()).sort((a, b) => {
    const [i, j] = [interaction[a] ?? 0, interaction[b] ?? 0];
    if (i === j) return a - b;
    const [one, other] = [ids[i] ?? '', ids[j] ?? ''];
    return one < other ? -1 : one > other ? 1 : i - j;
  });
  const inRows = (values: Int32Array): Int32Array => Int32Array.from(rows, (row) => values[row] ?? 0);
  return { ...visits, step: inRows(step), interaction: inRows(interaction), outcome: inRows(outcome) };
}

/** Texts in code point order, and the place of each of those given. */
function inOrder(texts: readonly string[]): { sorted: string[]; places: Int32Array } {
  const places = textRanks(texts);
  const sorted = texts.slice();
  for (const [i, place] of places.entries()) sorted[place] = texts[i] ?? '';
  return { sorted, places };
}

/** 1 for nodes of a decision type and for nodes with two or more followers, the end being one. */
function decisionPoints(frame: Frame, flow: Flow, types: Int32Array): Uint8Array {
  const { columns, live, nodeCount } = frame;
  const followers = new Int32Array(nodeCount);
  for (let edge = 0; edge < flow.edges.size; edge += 1) {
    const from = flow.edges.first.values[edge] ?? 0;
    followers[from] = (followers[from] ?? 0) + 1;
  }
  const ends = new Uint8Array(nodeCount);
  for (const i of live) {
    const last = (columns.firstStep.values[i + 1] ?? 0) - 1;
    if (last >= (columns.firstStep.values[i] ?? 0) && columns.open.values[i] === 0) {
      ends[columns.node.values[last] ?? 0] = 1;
    }
  }
  const decisionTypes = new Set(DECISION_TYPES.map((type) => columns.texts.find(type)));
  return Uint8Array.from(followers, (count, node) => {
    const type = types[node] ?? -1;
    return count + (ends[node] ?? 0) >= 2 || (type >= 0 && decisionTypes.has(type)) ? 1 : 0;
  });
}

/** 1 for nodes all of whose visits have an outcome from the tenant. */
export function outcomeNodes(frame: Frame): Uint8Array {
  const { columns, nodeCount } = frame;
  const named = new Uint8Array(nodeCount).fill(1);
  eachClosedVisit(frame, (s) => {
    if (columns.outcome.values[s] === -1) named[columns.node.values[s] ?? 0] = 0;
  });
  return named;
}

/** In the order of the store; `isLast` where its interaction ends with it. */
export function eachClosedVisit(
  frame: Frame,
  visit: (step: number, isLast: boolean, interaction: number) => void,
): void {
  const { columns, live } = frame;
  const offsets = columns.firstStep.values;
  for (let l = 0; l < live.length; l += 1) {
    const i = live[l] ?? 0;
    const last = (offsets[i + 1] ?? 0) - 1;
    const until = columns.open.values[i] === 1 ? last - 1 : last;
    for (let s = offsets[i] ?? 0; s <= until; s += 1) visit(s, s === last, i);
  }
}

/** A variable before each row of a table. */
export interface VariableColumn {
  readonly name: string;
  readonly kind: 'categorical' | 'numeric';
  /** Numeric: NaN where it is absent. Categorical: number of the category, 0 where it is absent. */
  readonly values: Float64Array;
  /** Categorical: JSON texts of the categories; the first stands for absence. */
  readonly categories: readonly string[];
}

/** What was known before each visit. */
export interface DecisionTable {
  readonly step: Int32Array;
  readonly interaction: Int32Array;
  readonly outcome: Int32Array;
  readonly outcomeCount: number;
  readonly columns: readonly VariableColumn[];
  /** Visits of which these are a seeded sample, of whole interactions; null where they are all. */
  readonly sampledOf: number | null;
}

/** The table of a decision point. Variables that never differ are left out; `wanted` chooses by name. */
export function decisionTable(
  frame: Frame,
  visits: Visits,
  wanted: (name: string) => boolean,
  most: number,
): DecisionTable {
  const { states, firstStep } = frame.columns;
  const nameOf = (variable: number): string => states.variables.texts[variable] ?? '';
  const chosen = [...states.variables.texts.keys()]
    .filter((variable) => wanted(nameOf(variable)))
    .sort((a, b) => compareText(nameOf(a), nameOf(b)));
  const rows = sample(visits.interaction, Math.min(most, Math.floor(MAX_CELLS / Math.max(1, chosen.length))));
  const step = rows.map((row) => visits.step[row] ?? 0);
  const interaction = rows.map((row) => visits.interaction[row] ?? 0);
  const texts = chosen.map(() => new Int32Array(rows.length));
  const numbers = chosen.map(() => new Float64Array(rows.length));
  let row = 0;
  states.read(
    new Set(interaction),
    (i) => [firstStep.values[i] ?? 0, firstStep.values[i + 1] ?? 0],
    (s, state) => {
      if (step[row] !== s) return;
      for (const [c, variable] of chosen.entries()) {
        const [text, number] = [texts[c], numbers[c]];
        if (text === undefined || number === undefined) continue;
        text[row] = state.text[variable] ?? VALUE.absent;
        number[row] = state.number[variable] ?? 0;
      }
      row += 1;
    },
  );
  return {
    ...{ step, interaction },
    outcome: rows.map((r) => visits.outcome[r] ?? 0),
    outcomeCount: visits.outcomes.length,
    columns: chosen.flatMap((variable, c) => {
      return readColumn(
        nameOf(variable),
        texts[c] ?? new Int32Array(),
        numbers[c] ?? new Float64Array(),
        states.texts.texts,
      );
    }),
    sampledOf: rows.length < visits.step.length ? visits.step.length : null,
  };
}

/** Rows of at most so many visits: all, or whole interactions chosen by a fixed seed, in their order. */
export function sample(interaction: Int32Array, most: number): Int32Array {
  if (interaction.length <= most) return Int32Array.from(interaction.keys());
  const random = randomNumbers(SEED);
  const share = most / interaction.length;
  const chosen: number[] = [];
  let takes = false;
  for (const [row, i] of interaction.entries()) {
    if (row === 0 || interaction[row - 1] !== i) takes = random() < share;
    if (takes && chosen.length < most) chosen.push(row);
  }
  return Int32Array.from(chosen);
}

/** A null of JSON is no value: the language asks for both by IS NULL. */
function readColumn(
  name: string,
  text: Int32Array,
  number: Float64Array,
  texts: readonly string[],
): VariableColumn[] {
  const known = text.map((id) => (id >= 0 && texts[id] === 'null' ? VALUE.absent : id));
  if (known.some((id) => id !== VALUE.number && id !== VALUE.absent)) {
    return asCategories(name, known, number, texts);
  }
  const values = number.map((value, row) => (known[row] === VALUE.number ? value : Number.NaN));
  const first = values.find((value) => !Number.isNaN(value));
  const differs = values.some((value) => !Number.isNaN(value) && value !== first);
  return differs
    ? [{ name, kind: 'numeric', values, categories: [] }]
    : asCategories(name, known, number, texts);
}

function asCategories(
  name: string,
  text: Int32Array,
  number: Float64Array,
  texts: readonly string[],
): VariableColumn[] {
  const categories = ['(absent)'];
  const ids = new Map<string, number>();
  const values = Float64Array.from(text, (id, row) => {
    if (id === VALUE.absent) return 0;
    const word = id === VALUE.number ? String(number[row]) : (texts[id] ?? '(one of many)');
    let category = ids.get(word);
    if (category === undefined) {
      category = categories.length;
      ids.set(word, category);
      categories.push(word);
    }
    return category;
  });
  // In the order of the rows, which is that of the interaction ids: that of the texts would change with the tags of masks.
  const differs = values.some((value) => value !== values[0]);
  return differs ? [{ name, kind: 'categorical', values, categories }] : [];
}
