/**
 * Cases in which something holds of a step: each says, of some operands, what they can be. A normal form of
 * alternatives that stays short: where there would be too many, they become one that allows all that they allow. So
 * the cases may be more than there are, never fewer, and none at all proves that nothing is left.
 */
import {
  boolean,
  isNone,
  joinValues,
  meetTwoValues,
  meetValues,
  NULL,
  numbers,
  type Values,
} from './values.ts';

/** What operands can be, by their canonical text; of those that are not there nothing is said. */
export type Case = ReadonlyMap<string, Values>;
export type Cases = readonly Case[];

/** Every step. */
export const ALWAYS: Cases = [new Map()];
/** No step. */
export const NEVER: Cases = [];

/** So many alternatives are kept apart. */
const MOST_CASES = 32;
/** Conditions with alternatives beyond these are read as one case each. */
const MOST_ALTERNATIVES = 64;

export function caseOf(key: string, values: Values): Cases {
  return isNone(values) ? NEVER : [new Map([[key, values]])];
}

/** Where one of several holds. */
export function joinCases(all: readonly Cases[]): Cases {
  const single = new Map<string, Values[]>();
  const rest: Case[] = [];
  for (const cases of all) {
    for (const one of cases) {
      if (one.size === 0) return ALWAYS;
      const [entry] = one;
      if (one.size > 1 || entry === undefined) rest.push(one);
      else {
        const [key, values] = entry;
        const known = single.get(key);
        if (known === undefined) single.set(key, [values]);
        else known.push(values);
      }
    }
  }
  const joined: Case[] = [...single].map(([key, values]) => new Map([[key, joinValues(values)]]));
  return shortened([...joined, ...rest]);
}

/** At most so many cases: beyond, one that allows all that they allow. */
function shortened(cases: readonly Case[]): Cases {
  return cases.length <= MOST_CASES ? cases : [hullOf(cases)];
}

function hullOf(cases: readonly Case[]): Case {
  const [first, ...more] = cases;
  const hull = new Map<string, Values>();
  if (first === undefined) return hull;
  for (const [key, values] of first) {
    const all = [values];
    for (const one of more) {
      const other = one.get(key);
      if (other !== undefined) all.push(other);
    }
    if (all.length === cases.length) hull.set(key, joinValues(all));
  }
  return hull;
}

/** Where all of several hold. */
export function meetCases(all: readonly Cases[]): Cases {
  const telling = all.filter((cases) => cases !== ALWAYS);
  const [only, second] = telling;
  if (only === undefined) return ALWAYS;
  if (second === undefined) return only.every(isImpossible) ? NEVER : only;
  return meetSeveral(telling);
}

function meetSeveral(all: readonly Cases[]): Cases {
  const common = new Map<string, Values[]>();
  const take = (one: Case) => {
    for (const [key, values] of one) {
      const known = common.get(key);
      if (known === undefined) common.set(key, [values]);
      else known.push(values);
    }
  };
  const open: Cases[] = [];
  for (const cases of all) {
    const [first, second] = cases;
    if (first === undefined) return NEVER;
    if (second === undefined) take(first);
    else if (open.length < MOST_ALTERNATIVES) open.push(cases);
    else take(hullOf(cases));
  }
  const base = new Map([...common].map(([key, values]) => [key, meetValues(values)]));
  if (isImpossible(base)) return NEVER;
  let result: Case[] = [base];
  // The fewest alternatives first: they rule out most.
  for (const cases of open.sort((a, b) => a.length - b.length)) {
    const factor = cases.length * result.length <= MOST_CASES * 4 ? cases : [hullOf(cases)];
    result = result.flatMap((left) =>
      factor.flatMap((right) => {
        const both = meetTwo(left, right);
        return both === undefined ? [] : [both];
      }),
    );
    if (result.length === 0) return NEVER;
    if (result.length > MOST_CASES) result = [hullOf(result)];
  }
  return result;
}

function meetTwo(left: Case, right: Case): Case | undefined {
  const both = new Map(left);
  for (const [key, values] of right) {
    const other = both.get(key);
    const met = other === undefined ? values : meetTwoValues(other, values);
    if (isNone(met)) return undefined;
    both.set(key, met);
  }
  return isImpossible(both) ? undefined : both;
}

/** The part of cases that is about operands of one kind. */
export function restricted(cases: Cases, keeps: (key: string) => boolean): Cases {
  return joinCases(cases.map((one) => [new Map([...one].filter(([key]) => keeps(key)))]));
}

/** Whether no step can be so: an operand has no value left, or what one is rules out what another is. */
function isImpossible(one: Case): boolean {
  for (const values of one.values()) if (isNone(values)) return true;
  if (one.size < 2) return false;
  return RULES.some(([key, other, implied]) => {
    const [given, values] = [one.get(key), one.get(other)];
    if (given === undefined || values === undefined) return false;
    const must = implied(given, one);
    return must !== undefined && isNone(meetTwoValues(values, must));
  });
}

/** What a field must be because of what another is; undefined where that says nothing. */
type Rule = readonly [
  given: string,
  other: string,
  implied: (given: Values, one: Case) => Values | undefined,
];

const RULES: readonly Rule[] = [
  ['open', 'isLast', (open) => (isSurely(open, true) ? boolean(true) : undefined)],
  ['open', 'endTime', (open) => (isSurely(open, true) ? NULL : undefined)],
  ['open', 'dwell', (open) => (isSurely(open, true) ? NULL : undefined)],
  ['errorState', 'errorCount', (state) => (isSurely(state, true) ? atLeast(1) : undefined)],
  // The first step has nothing to wait for.
  ['wait', 'sequence', (wait) => (wait.nothing ? undefined : atLeast(1))],
  ['isLast', 'stepCount', (isLast) => atLeast(isSurely(isLast, false) ? 2 : 1)],
  [
    'sequence',
    'stepCount',
    (sequence, one) => atLeast(Math.max(0, lowest(sequence)) + (isSurely(one.get('isLast'), false) ? 2 : 1)),
  ],
  ['errorCount', 'stepCount', (errors) => atLeast(lowest(errors))],
  ['interactionStart', 'nodeTimestamp', (start) => ({ ...atLeast(lowest(start)), nothing: true })],
];

const RELATIVES = new Map<string, string[]>();
for (const [given, other] of RULES) {
  RELATIVES.set(given, [...(RELATIVES.get(given) ?? []), other]);
  RELATIVES.set(other, [...(RELATIVES.get(other) ?? []), given]);
}
const NO_RELATIVES: readonly string[] = [];

/** What else can say something of an operand, or it of that. */
export function relatives(key: string): readonly string[] {
  return RELATIVES.get(key) ?? NO_RELATIVES;
}

function isSurely(values: Values | undefined, truth: boolean): boolean {
  return values !== undefined && isNone({ ...values, ...(truth ? { isTrue: false } : { isFalse: false }) });
}

/** The least that a number is; where it may be null, nothing is known. */
function lowest(values: Values | undefined): number {
  return values?.nothing === false ? (values.numbers[0]?.low ?? -Infinity) : -Infinity;
}

function atLeast(low: number): Values {
  return numbers({ low, high: Infinity, lowOpen: false, highOpen: false });
}
