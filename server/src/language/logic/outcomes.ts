/** What a single condition says of one operand, or two: when it is true, false and unknown. */
import type { CompareOperator } from '../tree.ts';
import { ALWAYS, type Cases, caseOf, joinCases, meetCases, NEVER } from './cases.ts';
import { domainLeft, type Fixed, type Varying } from './operands.ts';
import {
  ANY_TEXT,
  boolean,
  complement,
  meetTwoValues,
  NONE,
  NULL,
  numbers,
  point,
  type Texts,
  texts,
  textsExcept,
  textsThat,
  type Values,
} from './values.ts';

/** The cases in which a predicate is so of a step; each is worked out when it is asked for. */
export interface Outcomes {
  readonly isTrue: Cases;
  readonly isFalse: Cases;
  readonly isUnknown: Cases;
}

/** Nothing is known of it. */
export const ANY_OUTCOME: Outcomes = { isTrue: ALWAYS, isFalse: ALWAYS, isUnknown: ALWAYS };
export const UNKNOWN: Outcomes = { isTrue: NEVER, isFalse: NEVER, isUnknown: ALWAYS };

export function certain(truth: boolean): Outcomes {
  return { isTrue: truth ? ALWAYS : NEVER, isFalse: truth ? NEVER : ALWAYS, isUnknown: NEVER };
}

class Negated implements Outcomes {
  readonly #of: Outcomes;

  constructor(of: Outcomes) {
    this.#of = of;
  }

  get isTrue(): Cases {
    return this.#of.isFalse;
  }

  get isFalse(): Cases {
    return this.#of.isTrue;
  }

  get isUnknown(): Cases {
    return this.#of.isUnknown;
  }
}

export function negated(outcomes: Outcomes): Outcomes {
  return new Negated(outcomes);
}

class Both implements Outcomes {
  readonly #one: Outcomes;
  readonly #other: Outcomes;

  constructor(one: Outcomes, other: Outcomes) {
    this.#one = one;
    this.#other = other;
  }

  get isTrue(): Cases {
    return meetCases([this.#one.isTrue, this.#other.isTrue]);
  }

  get isFalse(): Cases {
    return joinCases([this.#one.isFalse, this.#other.isFalse]);
  }

  get isUnknown(): Cases {
    return joinCases([this.#one.isUnknown, this.#other.isUnknown]);
  }
}

/** True where both are; false, or unknown, where one of them can be. */
export function both(one: Outcomes, other: Outcomes): Outcomes {
  return new Both(one, other);
}

export function upFrom(low: number, lowOpen: boolean) {
  return { low, high: Infinity, lowOpen, highOpen: false };
}

function downFrom(high: number, highOpen: boolean) {
  return { low: -Infinity, high, lowOpen: false, highOpen };
}

/** The cases in which an operand is not null. */
export function known(side: Varying): Cases {
  return caseOf(side.key, { ...side.domain, nothing: false });
}

/** Can be true and false wherever the operand is not null. */
class Undecided implements Outcomes {
  readonly #side: Varying;
  #known: Cases | undefined;
  readonly isUnknown = ALWAYS;

  constructor(side: Varying) {
    this.#side = side;
  }

  get isTrue(): Cases {
    this.#known ??= known(this.#side);
    return this.#known;
  }

  get isFalse(): Cases {
    return this.isTrue;
  }
}

/** What a run decides of an operand. */
export function undecided(side: Varying): Outcomes {
  return new Undecided(side);
}

/** True of the values, false of others; of all others but null where those are not given. */
class Partition implements Outcomes {
  readonly #side: Varying;
  readonly #values: Values;
  readonly #others: Values | undefined;
  #isTrue: Cases | undefined;
  #isFalse: Cases | undefined;
  #isUnknown: Cases | undefined;

  constructor(side: Varying, values: Values, others?: Values) {
    this.#side = side;
    this.#values = values;
    this.#others = others;
  }

  get isTrue(): Cases {
    this.#isTrue ??= caseOf(
      this.#side.key,
      meetTwoValues(this.#side.domain, domainLeft(this.#side, this.#values)),
    );
    return this.#isTrue;
  }

  get isFalse(): Cases {
    this.#isFalse ??= caseOf(
      this.#side.key,
      meetTwoValues(this.#side.domain, domainLeft(this.#side, this.#others ?? outside(this.#values))),
    );
    return this.#isFalse;
  }

  get isUnknown(): Cases {
    this.#isUnknown ??= nullOf(this.#side);
    return this.#isUnknown;
  }
}

/** What the values of an operand decide: true of those, false of all others but null. */
export function partition(side: Varying, values: Values): Outcomes {
  return new Partition(side, values);
}

/** The same where others are false. */
export function parted(side: Varying, values: Values, others: Values): Outcomes {
  return new Partition(side, values, others);
}

export function nullOf(side: Varying): Cases {
  return side.domain.nothing ? caseOf(side.key, NULL) : NEVER;
}

/** All values but null that are not among those. */
function outside(values: Values): Values {
  return {
    nothing: false,
    numbers: complement(values.numbers),
    texts: outsideTexts(values.texts),
    isTrue: !values.isTrue,
    isFalse: !values.isFalse,
    others: true,
  };
}

function outsideTexts({ only, except, tests }: Texts): Texts {
  // What passes a test is not known: all may be outside.
  if (tests.length > 0) return ANY_TEXT.texts;
  return only === undefined ? texts(except).texts : textsExcept(only).texts;
}

/** The values for which a comparison with a constant is true: those of another type are never. */
export function equalOrBeyond(operator: CompareOperator, value: number | string | boolean): Values {
  if (typeof value === 'boolean') {
    if (operator === '=') return boolean(value);
    return operator === '!=' ? boolean(!value) : NONE;
  }
  if (typeof value === 'string') {
    if (operator === '=') return texts([value]);
    // The order of texts is left open.
    return operator === '!=' ? textsExcept([value]) : textsThat({ holds: () => true, prefix: '' });
  }
  switch (operator) {
    case '=':
      return numbers(point(value));
    case '!=':
      return numbers(downFrom(value, true), upFrom(value, true));
    case '<':
    case '<=':
      return numbers(downFrom(value, operator === '<'));
    case '>':
    case '>=':
      return numbers(upFrom(value, operator === '>'));
  }
}

export function ordered(a: number, operator: CompareOperator, b: number): boolean {
  switch (operator) {
    case '=':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

export function constants(a: Fixed, operator: CompareOperator, b: Fixed): Outcomes {
  if (a.value === null || b.value === null) return UNKNOWN;
  if (typeof a.value !== typeof b.value) return certain(false);
  if (typeof a.value === 'number' && typeof b.value === 'number') {
    return certain(ordered(a.value, operator, b.value));
  }
  if (operator === '=') return certain(a.value === b.value);
  return operator === '!=' ? certain(a.value !== b.value) : ANY_OUTCOME;
}

/** Two operands that both vary; of one with itself the values decide nothing. */
export function twoVarying(a: Varying, operator: CompareOperator, b: Varying): Outcomes {
  const both = meetCases([known(a), known(b)]);
  const isUnknown = joinCases([a, b].map((side) => nullOf(side)));
  if (a.key !== b.key || a.type === 'ANY') return { isTrue: both, isFalse: both, isUnknown };
  const truth = ordered(a.offset, operator, b.offset);
  return { isTrue: truth ? both : NEVER, isFalse: truth ? NEVER : both, isUnknown };
}
