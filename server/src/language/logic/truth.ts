/**
 * When a predicate can be true, false or unknown of a step, whatever parameters and the clock say: what no case is left
 * for cannot be. Three-valued as in SQL; the meaning is that of a run's evaluator.
 */
import type { Patterns } from '../context.ts';
import { fieldNamed } from '../fields.ts';
import { functionNamed } from '../functions.ts';
import { predicateText } from '../print.ts';
import type {
  Call,
  CompareOperator,
  Comparison,
  InCondition,
  Operand,
  PatternCondition,
  Predicate,
} from '../tree.ts';
import { FLIPPED } from '../window.ts';
import { ALWAYS, type Cases, caseOf, joinCases, meetCases, NEVER, restricted } from './cases.ts';
import { likeTest } from './like.ts';
import { isNotOfNulls } from './nulls.ts';
import { type LogicContext, type Side, sideOf, type Varying } from './operands.ts';
import {
  ANY_OUTCOME,
  both,
  certain,
  constants,
  equalOrBeyond,
  known,
  negated,
  nullOf,
  type Outcomes,
  ordered,
  parted,
  partition,
  twoVarying,
  UNKNOWN,
  undecided,
  upFrom,
} from './outcomes.ts';
import {
  boolean,
  complement,
  joinValues,
  NONE,
  numbers,
  point,
  SOMETHING,
  texts,
  textsThat,
  type Values,
} from './values.ts';

const NO_TEXT: Values = { ...SOMETHING, texts: NONE.texts };

type Wanted = 'true' | 'false' | 'not true' | 'not false';

const OPPOSITE: Readonly<Record<Wanted, Wanted>> = {
  true: 'false',
  false: 'true',
  'not true': 'not false',
  'not false': 'not true',
};

/** Whether all parts have to be so for the whole to be so. */
function isMeet(kind: 'and' | 'or', wanted: Wanted): boolean {
  return (kind === 'and') === (wanted === 'true' || wanted === 'not false');
}

/** Fields of the interaction and quantifiers: the same for all its steps. */
function isOfInteraction(key: string): boolean {
  if (fieldNamed(key)?.of === 'interaction' || key.startsWith('interactionId IN ')) return true;
  const name = /^(\w+)\(/.exec(key)?.[1];
  return name !== undefined && functionNamed(name)?.quantifier === true;
}

/** The logic of one query's predicates; what was worked out once is remembered. */
export class Logic {
  readonly #context: LogicContext;
  readonly #alone: ReadonlySet<Predicate>;
  readonly #cases: Readonly<Record<Wanted, Map<Predicate, Cases>>> = {
    true: new Map(),
    false: new Map(),
    'not true': new Map(),
    'not false': new Map(),
  };
  readonly #outcomes = new Map<Predicate, Outcomes>();

  /** `alone` are conditions that stand alone in all that is asked of. */
  constructor(context: LogicContext, alone: ReadonlySet<Predicate> = new Set()) {
    this.#context = context;
    this.#alone = alone;
  }

  /** Whether it is one of the conditions that stand alone: neither it nor what it asks is always so, or never. */
  isAlone(predicate: Predicate): boolean {
    return this.#alone.has(predicate);
  }

  /** No step can satisfy it. */
  isNever(predicate: Predicate): boolean {
    return this.#isEmpty(predicate, 'true');
  }

  /** No step can satisfy all of them. */
  exclude(predicates: readonly Predicate[]): boolean {
    return meetCases(predicates.map((one) => this.#of(one, 'true'))).length === 0;
  }

  /** Every step satisfies it. */
  isAlways(predicate: Predicate): boolean {
    return !isNotOfNulls(predicate, true) && this.#isEmpty(predicate, 'not true');
  }

  /** Whether no case is left; of alternatives each is looked at alone, and most end it. */
  #isEmpty(predicate: Predicate, wanted: Wanted): boolean {
    if (this.#alone.has(predicate)) return false;
    switch (predicate.kind) {
      case 'group':
        return this.#isEmpty(predicate.inner, wanted);
      case 'not':
        return this.#isEmpty(predicate.operand, OPPOSITE[wanted]);
      case 'and':
      case 'or':
        return isMeet(predicate.kind, wanted)
          ? this.#of(predicate, wanted).length === 0
          : predicate.operands.every((operand) => this.#isEmpty(operand, wanted));
      default: {
        if (wanted === 'true' || wanted === 'false') return this.#of(predicate, wanted).length === 0;
        const outcomes = this.#outcomesOf(predicate);
        if (outcomes.isUnknown.length > 0) return false;
        return (wanted === 'not true' ? outcomes.isFalse : outcomes.isTrue).length === 0;
      }
    }
  }

  #of(predicate: Predicate, wanted: Wanted): Cases {
    if (this.#alone.has(predicate)) return ALWAYS;
    const known = this.#cases[wanted];
    let cases = known.get(predicate);
    if (cases === undefined) {
      cases = this.#workOut(predicate, wanted);
      known.set(predicate, cases);
    }
    return cases;
  }

  #workOut(predicate: Predicate, wanted: Wanted): Cases {
    switch (predicate.kind) {
      case 'group':
        return this.#of(predicate.inner, wanted);
      case 'not':
        return this.#of(predicate.operand, OPPOSITE[wanted]);
      case 'and':
      case 'or': {
        const isAll = isMeet(predicate.kind, wanted);
        const parts: Cases[] = [];
        for (const operand of predicate.operands) {
          const cases = this.#of(operand, wanted);
          // One that decides for all.
          if (cases === (isAll ? NEVER : ALWAYS)) return cases;
          parts.push(cases);
        }
        return isAll ? meetCases(parts) : joinCases(parts);
      }
      default: {
        const outcomes = this.#outcomesOf(predicate);
        if (wanted === 'true') return outcomes.isTrue;
        if (wanted === 'false') return outcomes.isFalse;
        const certainly = wanted === 'not true' ? outcomes.isFalse : outcomes.isTrue;
        return joinCases([certainly, outcomes.isUnknown]);
      }
    }
  }

  #outcomesOf(condition: Predicate): Outcomes {
    let outcomes = this.#outcomes.get(condition);
    if (outcomes === undefined) {
      outcomes = this.#condition(condition);
      this.#outcomes.set(condition, outcomes);
    }
    return outcomes;
  }

  #condition(condition: Predicate): Outcomes {
    switch (condition.kind) {
      case 'comparison':
        return this.#comparison(condition);
      case 'between': {
        const { operand: left, low, high, start, end, operatorSpan } = condition;
        const one = { kind: 'comparison', start, end, operatorSpan, left } as const;
        const above = this.#comparison({ ...one, operator: '>=', right: low });
        const below = this.#comparison({ ...one, operator: '<=', right: high });
        const inside = both(above, below);
        return condition.negated ? negated(inside) : inside;
      }
      case 'in': {
        const contained = this.#contained(condition);
        return condition.negated ? negated(contained) : contained;
      }
      case 'like':
      case 'matches': {
        const found = this.#pattern(condition);
        return condition.negated ? negated(found) : found;
      }
      case 'isNull': {
        const isNull = this.#isNull(condition.operand);
        return condition.negated ? negated(isNull) : isNull;
      }
      case 'test':
        return this.#test(condition.operand);
      default:
        return ANY_OUTCOME;
    }
  }

  #side(operand: Operand, other: Operand, edge: 'start' | 'end' = 'start'): Side {
    const side = sideOf(operand, other, edge, this.#context);
    if (side.kind !== 'varying' || operand.kind !== 'call') return side;
    const spec = functionNamed(operand.name.text);
    const [argument] = operand.args;
    if (spec?.name !== 'COUNT' || argument === undefined) return side;
    if (this.isNever(argument)) return { ...side, domain: numbers(point(0)) };
    return this.isAlways(argument) ? { ...side, domain: numbers(upFrom(1, false)) } : side;
  }

  #comparison(comparison: Comparison): Outcomes {
    const { left, right, operator } = comparison;
    const upper = operator === '<' || operator === '<=';
    const lower = operator === '>' || operator === '>=';
    const a = this.#side(left, right, lower ? 'end' : 'start');
    const b = this.#side(right, left, upper ? 'end' : 'start');
    if (a.kind === 'fixed' && a.value === null) return UNKNOWN;
    if (b.kind === 'fixed' && b.value === null) return UNKNOWN;
    if (a.kind === 'varying') return this.#varying(a, operator, b);
    if (b.kind === 'varying') return this.#varying(b, FLIPPED[operator], a);
    if (a.kind === 'fixed' && b.kind === 'fixed') return constants(a, operator, b);
    if (a.kind === 'moving' && b.kind === 'moving' && a.base === b.base) {
      return certain(ordered(a.offset, operator, b.offset));
    }
    return ANY_OUTCOME;
  }

  #varying(side: Varying, operator: CompareOperator, other: Side): Outcomes {
    switch (other.kind) {
      case 'fixed':
        return other.value === null ? UNKNOWN : partition(side, equalOrBeyond(operator, other.value));
      case 'moving': {
        // What a field is less the clock is one more operand: it is comparable with its like.
        if (side.type === 'ANY')
          return { isTrue: known(side), isFalse: known(side), isUnknown: nullOf(side) };
        const key = `${side.key} - ${other.base}`;
        const values = equalOrBeyond(operator, other.offset - side.offset);
        const rest = numbers(...complement(values.numbers));
        return {
          isTrue: meetCases([caseOf(key, values), known(side)]),
          isFalse: meetCases([caseOf(key, rest), known(side)]),
          isUnknown: nullOf(side),
        };
      }
      case 'varying':
        return twoVarying(side, operator, other);
      case 'opaque':
        return undecided(side);
    }
  }

  #contained(condition: InCondition): Outcomes {
    const { operand, set } = condition;
    const side = this.#side(operand, operand);
    if (set.kind === 'name' && side.kind === 'varying') {
      const key = `${side.key} IN ${set.text}`;
      return { isTrue: caseOf(key, boolean(true)), isFalse: caseOf(key, boolean(false)), isUnknown: NEVER };
    }
    if (side.kind !== 'varying' || set.kind !== 'list') {
      return side.kind === 'varying' ? undecided(side) : ANY_OUTCOME;
    }
    const ranges: number[] = [];
    const words: string[] = [];
    const members: Values[] = [];
    let [open, hasNull] = [false, false];
    for (const item of set.items) {
      const member = this.#side(item, operand);
      if (member.kind !== 'fixed') open = true;
      else if (member.value === null) hasNull = true;
      else if (typeof member.value === 'number') ranges.push(member.value);
      else if (typeof member.value === 'string') words.push(member.value);
      else members.push(boolean(member.value));
    }
    const values = joinValues([...members, numbers(...ranges.map(point)), texts(words)]);
    const own = partition(side, values);
    if (open) return { isTrue: known(side), isFalse: own.isFalse, isUnknown: ALWAYS };
    // With a null in the list, what is not in it is unknown.
    return hasNull
      ? { isTrue: own.isTrue, isFalse: NEVER, isUnknown: joinCases([own.isFalse, own.isUnknown]) }
      : own;
  }

  #pattern(condition: PatternCondition): Outcomes {
    const side = this.#side(condition.operand, condition.operand);
    const { pattern } = condition;
    if (side.kind !== 'varying' || side.offset !== 0) return ANY_OUTCOME;
    const { patterns } = this.#context;
    if (pattern.kind !== 'string' || (condition.kind === 'matches' && patterns === undefined))
      return undecided(side);
    const { inside, outside } =
      patterns === undefined || condition.kind === 'like'
        ? likeTest(pattern.value)
        : expressionTest(pattern.value, patterns);
    return parted(side, inside, joinValues([outside, NO_TEXT]));
  }

  #isNull(operand: Operand): Outcomes {
    const side = this.#side(operand, operand);
    if (side.kind === 'fixed') return certain(side.value === null);
    if (side.kind === 'moving') return certain(false);
    if (side.kind === 'opaque') return { ...ANY_OUTCOME, isUnknown: NEVER };
    return {
      isTrue: nullOf(side),
      isFalse: known(side),
      isUnknown: NEVER,
    };
  }

  #test(operand: Operand): Outcomes {
    if (operand.kind === 'call' && functionNamed(operand.name.text)?.quantifier === true) {
      return this.#quantifier(operand);
    }
    const side = this.#side(operand, operand);
    if (side.kind === 'fixed') return side.value === null ? UNKNOWN : certain(side.value === true);
    return side.kind === 'varying' ? partition(side, boolean(true)) : ANY_OUTCOME;
  }

  /** Asked of all steps, of which the one at hand is one. */
  #quantifier(call: Call): Outcomes {
    const spec = functionNamed(call.name.text);
    const [argument] = call.args;
    if (spec === undefined || argument === undefined) return ANY_OUTCOME;
    const key = `${spec.name === 'NONE' ? 'ANY' : spec.name}(${call.args.map((one) => predicateText(one)).join(', ')})`;
    const isTrue = caseOf(key, boolean(true));
    const isFalse = caseOf(key, boolean(false));
    const elsewhere = (cases: Cases) => restricted(cases, isOfInteraction);
    switch (spec.name) {
      case 'ANY':
      case 'NONE': {
        const any: Outcomes = {
          isTrue: meetCases([isTrue, elsewhere(this.#of(argument, 'true'))]),
          isFalse: meetCases([isFalse, this.#of(argument, 'not true')]),
          isUnknown: NEVER,
        };
        return spec.name === 'ANY' ? any : negated(any);
      }
      case 'EVERY':
        return {
          isTrue: meetCases([isTrue, this.#of(argument, 'true')]),
          isFalse: meetCases([isFalse, elsewhere(this.#of(argument, 'not true'))]),
          isUnknown: NEVER,
        };
      case 'SEQUENCE': {
        const steps = caseOf('stepCount', numbers(upFrom(call.args.length, false)));
        const parts = call.args.map((one) => elsewhere(this.#of(one, 'true')));
        return { isTrue: meetCases([isTrue, steps, ...parts]), isFalse, isUnknown: NEVER };
      }
      default:
        return ANY_OUTCOME;
    }
  }
}

/** Expressions that cannot be read say nothing: they have an error of their own. */
function expressionTest(source: string, { finds }: Patterns): { inside: Values; outside: Values } {
  return {
    inside: textsThat({ holds: (text) => finds(source, text) !== false, prefix: '' }),
    outside: textsThat({ holds: (text) => finds(source, text) !== true, prefix: '' }),
  };
}
