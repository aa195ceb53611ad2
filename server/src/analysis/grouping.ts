/** Steps by hour, day, weekday, or the value of a field or variable. */
import { formatInstant, type Micros } from '../protocol/instant.ts';
import { type BucketUnit, bucketBorders, bucketLabel, bucketOf, weekdayOf } from './buckets.ts';
import type { Frame } from './frame.ts';
import { VALUE } from './states.ts';
import { compareText } from './text.ts';

/** Of the values of a field so many have a group of their own. */
const MAX_VALUES = 20;
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const OTHER = '(other)';
const ABSENT = '(absent)';

export interface Window {
  readonly from: Micros | null;
  readonly to: Micros | null;
}

export interface Group {
  readonly label: string;
  /** Of an hour or a day. */
  readonly from: string | null;
  readonly to: string | null;
  /** It reaches beyond the window, so that not all of it was asked for. */
  readonly partial: boolean;
}

export interface Grouping {
  readonly groups: readonly Group[];
  /** By step, -1 where it belongs to none. */
  readonly groupOfStep: Int32Array;
  /** Steps without a time, which are in no hour or day. */
  readonly untimed: number;
}

/** undefined where the hours or days would be too many. Field and variable names are those of the language. */
export function groupSteps(frame: Frame, by: string, timeZone: string, window: Window): Grouping | undefined {
  const word = by.toUpperCase();
  if (word === 'HOUR' || word === 'DAY') return byTime(frame, word, timeZone, window);
  if (word === 'WEEKDAY') return byWeekday(frame, timeZone);
  return byValue(frame, by);
}

/** Start of each live step, its end where it has no start, NaN for others. */
function instantsOf({ columns, stepNode }: Frame): Float64Array {
  const { start, end } = columns;
  const instants = new Float64Array(columns.node.length);
  for (let s = 0; s < instants.length; s += 1) {
    const from = start.values[s] ?? Number.NaN;
    instants[s] = (stepNode[s] ?? -1) < 0 ? Number.NaN : Number.isNaN(from) ? (end.values[s] ?? from) : from;
  }
  return instants;
}

interface Range {
  readonly from: Micros;
  readonly to: Micros;
  readonly untimed: number;
}

function rangeOf(frame: Frame, instants: Float64Array): Range {
  let [from, to, timed] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const instant of instants) {
    if (Number.isNaN(instant)) continue;
    timed += 1;
    if (instant < from) from = instant;
    if (instant > to) to = instant;
  }
  return { from, to, untimed: frame.steps - timed };
}

function byTime(frame: Frame, unit: BucketUnit, timeZone: string, window: Window): Grouping | undefined {
  const instants = instantsOf(frame);
  const range = rangeOf(frame, instants);
  // The window's end is not in it: a bucket that begins there is none of its.
  const last = window.to === null ? Number.NEGATIVE_INFINITY : window.to - 1;
  const from = Math.min(window.from ?? Number.POSITIVE_INFINITY, range.from);
  const to = Math.max(last, range.to);
  if (from === Number.POSITIVE_INFINITY || to === Number.NEGATIVE_INFINITY) {
    return { groups: [], groupOfStep: new Int32Array(instants.length).fill(-1), untimed: range.untimed };
  }
  const borders = bucketBorders(unit, from, to, timeZone);
  if (borders === undefined) return undefined;
  const groups = Array.from(borders.subarray(0, -1), (start, i): Group => {
    const end = borders[i + 1] ?? start;
    return {
      label: bucketLabel(unit, start, timeZone),
      from: formatInstant(start),
      to: formatInstant(end),
      partial: start < (window.from ?? range.from) || end > (window.to ?? range.to + 1),
    };
  });
  return { groups, groupOfStep: bucketOf(borders, instants, instants.length), untimed: range.untimed };
}

function byWeekday(frame: Frame, timeZone: string): Grouping | undefined {
  const instants = instantsOf(frame);
  const { from, to, untimed } = rangeOf(frame, instants);
  const borders = bucketBorders('DAY', from, to, timeZone) ?? new Float64Array();
  const weekdays = Array.from(borders.subarray(0, -1), (start) => weekdayOf(start, timeZone));
  // Further apart than days are counted one by one.
  const groupOfStep =
    borders.length > 0 || !(to >= from)
      ? bucketOf(borders, instants, instants.length).map((day) => weekdays[day] ?? -1)
      : Int32Array.from(instants, (instant) => (Number.isNaN(instant) ? -1 : weekdayOf(instant, timeZone)));
  const groups = WEEKDAYS.map((label) => ({ label, from: null, to: null, partial: false }));
  return { groups, groupOfStep, untimed };
}

function byValue(frame: Frame, by: string): Grouping {
  const { labelOfStep, labels } = valueLabels(frame, by);
  const counts = new Map<number, number>();
  for (const id of labelOfStep) if (id >= -1) counts.set(id, (counts.get(id) ?? 0) + 1);
  const labelOf = (id: number): string => (id === -1 ? ABSENT : (labels[id] ?? ''));
  const order = [...counts.keys()].sort(
    (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || compareText(labelOf(a), labelOf(b)),
  );
  const places = new Map(order.slice(0, MAX_VALUES).map((id, place) => [id, place]));
  const names = order.slice(0, MAX_VALUES).map(labelOf);
  if (order.length > MAX_VALUES) names.push(OTHER);
  return {
    groups: names.map((label) => ({ label, from: null, to: null, partial: false })),
    groupOfStep: labelOfStep.map((id) => (id < -1 ? -1 : (places.get(id) ?? MAX_VALUES))),
    untimed: 0,
  };
}

interface Labels {
  /** Into `labels`; -1 where there is no value, -2 for a step that does not count. */
  readonly labelOfStep: Int32Array;
  readonly labels: readonly string[];
}

function valueLabels(frame: Frame, by: string): Labels {
  const { columns, live, stepNode } = frame;
  const { texts } = columns.texts;
  const ofSteps = (values: ArrayLike<number>, labels: readonly string[]): Labels => ({
    labelOfStep: Int32Array.from(stepNode.subarray(0, columns.node.length), (node, s) =>
      node < 0 ? -2 : (values[s] ?? -1),
    ),
    labels,
  });
  const ofInteractions = (values: ArrayLike<number>): Labels => {
    const labelOfStep = new Int32Array(columns.node.length).fill(-2);
    for (const i of live) {
      labelOfStep.fill(
        values[i] ?? -1,
        columns.firstStep.values[i] ?? 0,
        columns.firstStep.values[i + 1] ?? 0,
      );
    }
    return { labelOfStep, labels: texts };
  };
  switch (by.toLowerCase()) {
    case 'nodeid':
      return ofSteps(columns.node.values, frame.nodeIds);
    case 'nodename':
      return ofSteps(columns.name.values, texts);
    case 'nodetype':
      return ofSteps(columns.type.values, texts);
    case 'outcome':
      return ofSteps(columns.outcome.values, texts);
    case 'errorstate':
      return ofSteps(columns.error.values, ['false', 'true']);
    case 'workflowid':
      return ofInteractions(columns.workflowId.values);
    case 'workflowname':
      return ofInteractions(columns.workflowName.values);
    default:
      return variableLabels(frame, by);
  }
}

/** A variable as the language names it: by itself, or as `before.NAME`; nested with dots. */
function variableLabels(frame: Frame, by: string): Labels {
  const { columns, live } = frame;
  const { states, firstStep } = columns;
  const labelOfStep = new Int32Array(columns.node.length).fill(-2);
  const path = (name: string): number => states.variables.find(name.replaceAll('.', '/'));
  const candidates = [states.variables.find(by), path(by), path(by.replace(/^before\./i, ''))];
  const variable = candidates.find((found) => found >= 0) ?? -1;
  const labels: string[] = [];
  const ids = new Map<string, number>();
  const idOf = (label: string): number => {
    let id = ids.get(label);
    if (id === undefined) {
      id = labels.length;
      ids.set(label, id);
      labels.push(label);
    }
    return id;
  };
  states.read(
    live,
    (i) => [firstStep.values[i] ?? 0, firstStep.values[i + 1] ?? 0],
    (s, { text, number }) => {
      const id = variable < 0 ? VALUE.absent : (text[variable] ?? VALUE.absent);
      if (id === VALUE.absent) labelOfStep[s] = -1;
      else if (id === VALUE.number) labelOfStep[s] = idOf(String(number[variable]));
      else labelOfStep[s] = idOf(id === VALUE.many ? OTHER : plain(states.texts.texts[id] ?? ''));
    },
  );
  return { labelOfStep, labels };
}

/** A JSON text as a person reads it: a string without its quotes. */
function plain(json: string): string {
  return json.startsWith('"') && json.endsWith('"') ? String(JSON.parse(json)) : json;
}
