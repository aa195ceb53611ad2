/**
 * Sets of values: what an operand can still be. A set may be larger than what is meant, never smaller, so that an
 * empty one proves that nothing is left.
 */

/** Numbers between two others; instants and durations are numbers of microseconds. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The border itself is outside. */
  readonly lowOpen: boolean;
  readonly highOpen: boolean;
}

/** A question to a text that is answered only where few texts are left. */
export interface TextTest {
  readonly holds: (text: string) => boolean;
  /** What every text that passes begins with. */
  readonly prefix: string;
}

export interface Texts {
  /** All others are out; undefined where any may be. */
  readonly only: ReadonlySet<string> | undefined;
  readonly except: ReadonlySet<string>;
  readonly tests: readonly TextTest[];
}

export interface Values {
  /** It can be null. */
  readonly nothing: boolean;
  /** In order, apart from each other. */
  readonly numbers: readonly Interval[];
  readonly texts: Texts;
  readonly isTrue: boolean;
  readonly isFalse: boolean;
  /** Lists and objects. */
  readonly others: boolean;
}

const NO_TEXTS: Texts = { only: new Set(), except: new Set(), tests: [] };
const ALL_TEXTS: Texts = { only: undefined, except: new Set(), tests: [] };
export const ALL_NUMBERS: Interval = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  lowOpen: false,
  highOpen: false,
};

export const NONE: Values = {
  nothing: false,
  numbers: [],
  texts: NO_TEXTS,
  isTrue: false,
  isFalse: false,
  others: false,
};
export const NULL: Values = { ...NONE, nothing: true };
/** Everything but null. */
export const SOMETHING: Values = {
  nothing: false,
  numbers: [ALL_NUMBERS],
  texts: ALL_TEXTS,
  isTrue: true,
  isFalse: true,
  others: true,
};
export const ANYTHING: Values = { ...SOMETHING, nothing: true };
export const ANY_TEXT: Values = { ...NONE, texts: ALL_TEXTS };
export const ANY_BOOLEAN: Values = { ...NONE, isTrue: true, isFalse: true };
export const ANY_NUMBER: Values = { ...NONE, numbers: [ALL_NUMBERS] };

/** Where both lists are longer, the second one is left out: the answer is then larger, and still right. */
const LONG = 1_000;
/** Texts times tests beyond this are not looked at. */
const MOST_TESTS = 100_000;

export function numbers(...intervals: readonly Interval[]): Values {
  return { ...NONE, numbers: union(intervals) };
}

export function point(value: number): Interval {
  return { low: value, high: value, lowOpen: false, highOpen: false };
}

export function texts(only: Iterable<string>): Values {
  return { ...NONE, texts: { ...ALL_TEXTS, only: new Set(only) } };
}

export function textsExcept(except: Iterable<string>): Values {
  return { ...NONE, texts: { ...ALL_TEXTS, except: new Set(except) } };
}

export function textsThat(test: TextTest): Values {
  return { ...NONE, texts: { ...ALL_TEXTS, tests: [test] } };
}

export function boolean(value: boolean): Values {
  return { ...NONE, isTrue: value, isFalse: !value };
}

/** Whole numbers alone: borders move to the next one inside. */
export function whole(values: Values): Values {
  const intervals = values.numbers.flatMap(({ low, high, lowOpen, highOpen }) => {
    const from = lowOpen ? Math.floor(low) + 1 : Math.ceil(low);
    const to = highOpen ? Math.ceil(high) - 1 : Math.floor(high);
    return from <= to ? [{ low: from, high: to, lowOpen: false, highOpen: false }] : [];
  });
  return { ...values, numbers: intervals };
}

/** The numbers moved by so much. */
export function moved(values: Values, by: number): Values {
  const intervals = values.numbers.map((one) => ({ ...one, low: one.low + by, high: one.high + by }));
  return { ...values, numbers: intervals };
}

export function isNone(values: Values): boolean {
  return (
    !values.nothing &&
    !values.isTrue &&
    !values.isFalse &&
    !values.others &&
    values.numbers.length === 0 &&
    isNoText(values.texts)
  );
}

function isNoText({ only, except, tests }: Texts): boolean {
  if (only === undefined) return tests.some((one, index) => contradicts(one, tests[index + 1]));
  if (only.size * tests.length > MOST_TESTS) return false;
  for (const text of only) if (!except.has(text) && tests.every((test) => test.holds(text))) return false;
  return true;
}

function contradicts(a: TextTest, b: TextTest | undefined): boolean {
  return b !== undefined && !a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix);
}

/** The values that are in all of several sets. */
export function meetValues(all: readonly Values[]): Values {
  const [first, second] = all;
  if (first === undefined) return ANYTHING;
  if (second === undefined) return first;
  if (all.length === 2) return meetTwoValues(first, second);
  let ranges = first.numbers;
  for (const { numbers: next } of all) ranges = meetNumbers(ranges, next);
  return {
    nothing: all.every((one) => one.nothing),
    numbers: ranges,
    texts: meetTexts(all.map((one) => one.texts)),
    isTrue: all.every((one) => one.isTrue),
    isFalse: all.every((one) => one.isFalse),
    others: all.every((one) => one.others),
  };
}

/** The values that are in both sets. */
export function meetTwoValues(a: Values, b: Values): Values {
  return {
    nothing: a.nothing && b.nothing,
    numbers: meetNumbers(a.numbers, b.numbers),
    texts: meetTexts([a.texts, b.texts]),
    isTrue: a.isTrue && b.isTrue,
    isFalse: a.isFalse && b.isFalse,
    others: a.others && b.others,
  };
}

function meetNumbers(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  if (a === b || a.length === 0) return a;
  if (b.length === 0) return b;
  return a.length <= LONG || b.length <= 1 ? intersect(a, b) : a;
}

function meetTexts(sets: readonly Texts[]): Texts {
  if (sets.includes(NO_TEXTS)) return NO_TEXTS;
  const all = sets.filter((one) => one !== ALL_TEXTS);
  const [single] = all;
  if (single === undefined) return ALL_TEXTS;
  if (all.length === 1) return single;
  let only: ReadonlySet<string> | undefined;
  const except = new Set<string>();
  const tests: TextTest[] = [];
  for (const one of all) {
    if (one.only !== undefined) {
      const { only: wanted } = one;
      const before: ReadonlySet<string> | undefined = only;
      only = before === undefined ? wanted : new Set([...before].filter((text) => wanted.has(text)));
    }
    for (const text of one.except) except.add(text);
    tests.push(...one.tests);
  }
  // Sorted, two prefixes that exclude each other stand side by side somewhere.
  tests.sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
  return { only, except, tests };
}

/** The values that are in one of several sets. */
export function joinValues(all: readonly Values[]): Values {
  const [first] = all;
  if (first === undefined) return NONE;
  if (all.length === 1) return first;
  return {
    nothing: all.some((one) => one.nothing),
    numbers: union(all.flatMap((one) => one.numbers)),
    texts: joinTexts(all.map((one) => one.texts)),
    isTrue: all.some((one) => one.isTrue),
    isFalse: all.some((one) => one.isFalse),
    others: all.some((one) => one.others),
  };
}

function joinTexts(all: readonly Texts[]): Texts {
  const some = all.filter((one) => one.only === undefined || one.only.size > 0);
  const [single] = some;
  if (single === undefined) return NO_TEXTS;
  if (some.length === 1) return single;
  const only = new Set<string>();
  let except: ReadonlySet<string> | undefined;
  for (const one of some) {
    if (one.only !== undefined) for (const text of one.only) only.add(text);
    else {
      const before: ReadonlySet<string> | undefined = except;
      except =
        before === undefined ? one.except : new Set([...before].filter((text) => one.except.has(text)));
    }
  }
  if (except === undefined) return { ...ALL_TEXTS, only };
  return { ...ALL_TEXTS, except: new Set([...except].filter((text) => !only.has(text))) };
}

/** What is outside of intervals. */
export function complement(intervals: readonly Interval[]): Interval[] {
  const outside: Interval[] = [];
  let low = Number.NEGATIVE_INFINITY;
  let lowOpen = false;
  for (const one of intervals) {
    if (one.low > low || (one.low === low && one.lowOpen && !lowOpen && low !== Number.NEGATIVE_INFINITY)) {
      outside.push({ low, lowOpen, high: one.low, highOpen: !one.lowOpen });
    }
    low = one.high;
    lowOpen = !one.highOpen;
  }
  if (low < Number.POSITIVE_INFINITY) {
    outside.push({ low, lowOpen, high: Number.POSITIVE_INFINITY, highOpen: false });
  }
  return outside;
}

function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined || right === undefined) return both;
    const low = Math.max(left.low, right.low);
    const high = Math.min(left.high, right.high);
    const lowOpen = (left.low === low && left.lowOpen) || (right.low === low && right.lowOpen);
    const highOpen = (left.high === high && left.highOpen) || (right.high === high && right.highOpen);
    if (low < high || (low === high && !lowOpen && !highOpen)) both.push({ low, high, lowOpen, highOpen });
    if (left.high < right.high || (left.high === right.high && left.highOpen)) i++;
    else j++;
  }
}

function union(intervals: readonly Interval[]): readonly Interval[] {
  if (intervals.length <= 1) return intervals;
  const ordered = [...intervals].sort((a, b) => a.low - b.low || Number(a.lowOpen) - Number(b.lowOpen));
  const merged: Interval[] = [];
  for (const one of ordered) {
    if (one.low > one.high) continue;
    const last = merged.at(-1);
    const apart =
      last === undefined || one.low > last.high || (one.low === last.high && one.lowOpen && last.highOpen);
    if (apart) merged.push(one);
    else if (one.high > last.high || (one.high === last.high && !one.highOpen)) {
      merged[merged.length - 1] = { ...last, high: one.high, highOpen: one.highOpen };
    }
  }
  return merged;
}
