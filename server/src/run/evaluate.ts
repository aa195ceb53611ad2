/**
 * The part of a predicate that runs here: a predicate's tree becomes one function, asked of each step of an
 * interaction. Logic is three-valued as in SQL: `null` is unknown, and unknown is not kept.
 */
import { RE2JS } from 're2js';
import type { DerivedInteraction, DerivedStep } from '../analysis/index.ts';
import {
  type Call,
  type CompareOperator,
  type DateEdge,
  type Environment,
  type FieldReference,
  type InCondition,
  type Operand,
  type Predicate,
  readInstant,
  type Scalar,
  startOfToday,
  variableOf,
} from '../language/index.ts';
import {
  type Interaction,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../protocol/history.ts';
import type { Micros } from '../protocol/instant.ts';

type Truth = boolean | null;
/** Durations and instants are microseconds; a variable may also be an array or object. */
type Value = JsonValue | undefined;

/** What a predicate means beside its text: the run's constants and the sets of earlier queries. */
export interface EvaluationContext {
  readonly environment: Environment;
  /** Interaction ids of the query that `IN name` refers to. */
  readonly ids: (query: string) => ReadonlySet<string> | undefined;
}

interface Subject {
  readonly interaction: Interaction;
  readonly derived: DerivedInteraction;
  readonly step: DerivedStep;
}
type Evaluate<T> = (subject: Subject) => T;

/** Timestamps are compared as instants, so a string beside one is read as one. */
type Kind = 'timestamp' | 'other';

interface Compiled {
  readonly kind: Kind;
  readonly value: Evaluate<Value>;
  /** Set for a string literal: it becomes an instant when it stands beside a timestamp. */
  readonly text?: string;
  /** Set where the value is the same for every step. */
  readonly fixed?: Value;
}

const constant = (value: Value, kind: Kind = 'other'): Compiled => ({
  kind,
  value: () => value,
  fixed: value,
});

const STEP_FIELDS: Readonly<Record<string, { kind: Kind; read: Evaluate<Value> }>> = {
  interactionid: { kind: 'other', read: (s) => s.interaction.interactionId },
  workflowid: { kind: 'other', read: (s) => s.interaction.workflowId },
  workflowname: { kind: 'other', read: (s) => s.interaction.workflowName },
  interactionstart: { kind: 'timestamp', read: (s) => s.derived.start },
  interactionend: { kind: 'timestamp', read: (s) => s.derived.end },
  duration: { kind: 'other', read: (s) => s.derived.duration },
  stepcount: { kind: 'other', read: (s) => s.derived.stepCount },
  errorcount: { kind: 'other', read: (s) => s.derived.errorCount },
  nodetimestamp: { kind: 'timestamp', read: (s) => s.step.start },
  starttime: { kind: 'timestamp', read: (s) => s.step.start },
  endtime: { kind: 'timestamp', read: (s) => s.step.end },
  open: { kind: 'other', read: (s) => s.step.open },
  elapsed: { kind: 'other', read: (s) => s.step.elapsed },
  islast: { kind: 'other', read: (s) => s.step.isLast },
  nodeid: { kind: 'other', read: (s) => s.step.step.nodeId },
  nodename: { kind: 'other', read: (s) => s.step.step.nodeName },
  nodetype: { kind: 'other', read: (s) => s.step.step.nodeType },
  outcome: { kind: 'other', read: (s) => s.step.step.outcome },
  sequence: { kind: 'other', read: (s) => s.step.sequence },
  dwell: { kind: 'other', read: (s) => s.step.dwell },
  wait: { kind: 'other', read: (s) => s.step.wait },
  errorstate: { kind: 'other', read: (s) => s.step.step.errorState },
};

/** The value at a path of a variables object; undefined where there is none. Own properties only. */
export function variableAt(variables: JsonObject | null, path: readonly string[]): Value {
  let value: Value = variables ?? undefined;
  for (const part of path) {
    if (isJsonArray(value)) value = /^\d+$/.test(part) ? value[Number(part)] : undefined;
    else if (isJsonObject(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else return undefined;
  }
  return value;
}

/** Compares text by code point, as every list of the product is sorted. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compare(left: Value, operator: CompareOperator, right: Value): Truth {
  if (left === null || left === undefined || right === null || right === undefined) return null;
  // "yes, false when the types differ": a difference of types is no match, and no reason for unknown.
  if (typeof left !== typeof right || typeof left === 'object') return false;
  if (operator === '=') return left === right;
  if (operator === '!=') return left !== right;
  let order: number;
  if (typeof left === 'number' && typeof right === 'number') order = left - right;
  else if (typeof left === 'string' && typeof right === 'string') order = compareText(left, right);
  else return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  return order >= 0;
}

function and(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function not(value: Truth): Truth {
  return value === null ? null : !value;
}

/** `%` and `_` with `\` escapes as a linear-time expression. */
function likePattern(pattern: string): RE2JS {
  let expression = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charAt(i);
    if (char === '\\' && i + 1 < pattern.length) {
      i += 1;
      expression += RE2JS.quote(pattern.charAt(i));
    } else if (char === '%') expression += '.*';
    else if (char === '_') expression += '.';
    else expression += RE2JS.quote(char);
  }
  return RE2JS.compile(`^(?:${expression})$`, RE2JS.DOTALL);
}

class Compiler {
  readonly #environment: Environment;
  readonly #ids: EvaluationContext['ids'];

  constructor(context: EvaluationContext) {
    this.#environment = context.environment;
    this.#ids = context.ids;
  }

  #instant(text: string, edge: DateEdge): Micros | null {
    const read = readInstant(text, this.#environment.timeZone, edge);
    return read.ok ? read.micros : null;
  }

  predicate(node: Predicate): Evaluate<Truth> {
    switch (node.kind) {
      case 'and': {
        const parts = node.operands.map((operand) => this.predicate(operand));
        return (subject) => {
          let result: Truth = true;
          for (const part of parts) {
            result = and(result, part(subject));
            if (result === false) return false;
          }
          return result;
        };
      }
      case 'or': {
        const parts = node.operands.map((operand) => this.predicate(operand));
        return (subject) => {
          let result: Truth = false;
          for (const part of parts) {
            result = not(and(not(result), not(part(subject))));
            if (result === true) return true;
          }
          return result;
        };
      }
      case 'not': {
        const inner = this.predicate(node.operand);
        return (subject) => not(inner(subject));
      }
      case 'group':
        return this.predicate(node.inner);
      case 'comparison': {
        const left = this.operand(node.left);
        const right = this.operand(node.right);
        const [a, b] = this.#sides(left, right, node.operator);
        return (subject) => compare(a(subject), node.operator, b(subject));
      }
      case 'between': {
        const value = this.operand(node.operand);
        const [low, high] = [this.operand(node.low), this.operand(node.high)];
        const [fromLeft, from] = this.#sides(value, low, '>=');
        const [toLeft, to] = this.#sides(value, high, '<=');
        const inside: Evaluate<Truth> = (subject) =>
          and(compare(fromLeft(subject), '>=', from(subject)), compare(toLeft(subject), '<=', to(subject)));
        return node.negated ? (subject) => not(inside(subject)) : inside;
      }
      case 'in': {
        const contained = this.#contained(node.operand, node.set);
        return node.negated ? (subject) => not(contained(subject)) : contained;
      }
      case 'like':
      case 'matches': {
        const text = this.#text(node.pattern);
        if (text === undefined) return () => null;
        const expression = node.kind === 'like' ? likePattern(text) : RE2JS.compile(text);
        const { value } = this.operand(node.operand);
        const found: Evaluate<Truth> = (subject) => {
          const tested = value(subject);
          if (tested === null || tested === undefined) return null;
          return typeof tested === 'string' && expression.matcher(tested).find();
        };
        return node.negated ? (subject) => not(found(subject)) : found;
      }
      case 'isNull': {
        const { value } = this.operand(node.operand);
        return (subject) => {
          const tested = value(subject);
          return (tested === null || tested === undefined) !== node.negated;
        };
      }
      case 'test': {
        const { value } = this.operand(node.operand);
        return (subject) => {
          const tested = value(subject);
          if (tested === null || tested === undefined) return null;
          return tested === true;
        };
      }
      case 'missing':
        return () => null;
    }
  }

  operand(node: Operand): Compiled {
    switch (node.kind) {
      case 'field':
        return this.#field(node);
      case 'call':
        return this.#call(node);
      case 'sum': {
        const base = this.operand(node.base);
        const offset = node.terms.reduce((sum, term) => {
          const amount = this.operand(term.amount).fixed;
          return typeof amount === 'number' ? sum + term.sign * amount : sum;
        }, 0);
        const start = base.text === undefined ? null : this.#instant(base.text, 'start');
        if (start !== null) return constant(start + offset, 'timestamp');
        return {
          kind: base.kind,
          value: (subject) => {
            const value = base.value(subject);
            return typeof value === 'number' ? value + offset : null;
          },
        };
      }
      case 'parameterReference': {
        const literal = this.#environment.parameter(node.name);
        return literal === undefined || literal.kind === 'list' ? constant(null) : this.operand(literal);
      }
      case 'string':
        return { ...constant(node.value), text: node.value };
      case 'number':
      case 'boolean':
        return constant(node.value);
      case 'duration':
        return constant(node.micros);
      case 'null':
      case 'missing':
        return constant(null);
    }
  }

  /** Both sides as they compare: text beside a timestamp becomes an instant, a date alone the fitting edge. */
  #sides(left: Compiled, right: Compiled, operator: CompareOperator): [Evaluate<Value>, Evaluate<Value>] {
    const upper = operator === '<' || operator === '<=';
    const lower = operator === '>' || operator === '>=';
    const edges: ['start' | 'end', 'start' | 'end'] = [lower ? 'end' : 'start', upper ? 'end' : 'start'];
    return [
      right.kind === 'timestamp' ? this.#asInstant(left, edges[0]) : left.value,
      left.kind === 'timestamp' ? this.#asInstant(right, edges[1]) : right.value,
    ];
  }

  #asInstant(side: Compiled, edge: 'start' | 'end'): Evaluate<Value> {
    if (side.text === undefined) return side.value;
    const instant = this.#instant(side.text, edge);
    return () => instant;
  }

  #text(node: Scalar | Operand): string | undefined {
    return this.operand(node).text;
  }

  #contained(operand: Operand, set: InCondition['set']): Evaluate<Truth> {
    const { kind, value } = this.operand(operand);
    if (set.kind === 'name') {
      const ids = this.#ids(set.text);
      if (ids === undefined) return () => null;
      return (subject) => {
        const tested = value(subject);
        return typeof tested === 'string' ? ids.has(tested) : null;
      };
    }
    const list = set.kind === 'parameterReference' ? this.#environment.parameter(set.name) : set;
    const items = list?.kind === 'list' ? list.items : [];
    const members = new Set<Value>();
    let unknown = false;
    for (const item of items) {
      const compiled = this.operand(item);
      const member =
        kind === 'timestamp' && compiled.text !== undefined
          ? this.#instant(compiled.text, 'start')
          : compiled.fixed;
      if (member === null || member === undefined) unknown = true;
      else members.add(member);
    }
    return (subject) => {
      const tested = value(subject);
      if (tested === null || tested === undefined) return null;
      return members.has(tested) ? true : unknown ? null : false;
    };
  }

  #field(node: FieldReference): Compiled {
    const name = node.name.text.toLowerCase();
    if (name === 'before' || name === 'after') {
      const path = node.path.map((part) => part.text);
      return {
        kind: 'other',
        value: ({ step }) =>
          variableAt(name === 'before' ? step.step.variablesBefore : step.step.variablesAfter, path),
      };
    }
    const field = STEP_FIELDS[name];
    return field === undefined ? constant(null) : { kind: field.kind, value: field.read };
  }

  #call(node: Call): Compiled {
    const name = node.name.text.toLowerCase();
    const first = node.args[0];
    switch (name) {
      case 'now':
        return constant(this.#environment.now, 'timestamp');
      case 'today':
        return constant(startOfToday(this.#environment.now, this.#environment.timeZone), 'timestamp');
      case 'ago': {
        const amount = first?.kind === 'test' ? this.operand(first.operand).fixed : null;
        return constant(typeof amount === 'number' ? this.#environment.now - amount : null, 'timestamp');
      }
      case 'changed':
      case 'added':
      case 'removed':
        return { kind: 'other', value: this.#variableTest(name, first) };
      default:
        return { kind: 'other', value: this.#quantifier(name, node.args) };
    }
  }

  #variableTest(name: 'changed' | 'added' | 'removed', argument: Predicate | undefined): Evaluate<Truth> {
    const path = argument === undefined ? undefined : variableOf(argument);
    if (path === undefined) return () => null;
    return ({ step }) => {
      const { variablesBefore, variablesAfter } = step.step;
      if (variablesBefore === null || variablesAfter === null) return null;
      const before = variableAt(variablesBefore, path);
      const after = variableAt(variablesAfter, path);
      if (name === 'added') return before === undefined && after !== undefined;
      if (name === 'removed') return before !== undefined && after === undefined;
      return before !== undefined && after !== undefined && !sameJson(before, after);
    };
  }

  /** Asked of all steps of the interaction, whichever step the outer predicate looks at: worked out once for each. */
  #quantifier(name: string, args: readonly Predicate[]): Evaluate<Value> {
    const inner = args.map((argument) => this.predicate(argument));
    const first = inner[0];
    if (first === undefined) return () => null;
    const results = new WeakMap<DerivedInteraction, { value: Value }>();
    const workOut = (interaction: Interaction, derived: DerivedInteraction): Value => {
      const { steps } = derived;
      const satisfies = (test: Evaluate<Truth>) => (step: DerivedStep) =>
        test({ interaction, derived, step }) === true;
      switch (name) {
        case 'any':
          return steps.some(satisfies(first));
        case 'none':
          return !steps.some(satisfies(first));
        case 'every':
          return steps.every(satisfies(first));
        case 'count':
          return steps.filter(satisfies(first)).length;
        case 'sequence': {
          let next = 0;
          for (const step of steps) {
            const test = inner[next];
            if (test !== undefined && satisfies(test)(step)) next += 1;
          }
          return next === inner.length;
        }
        default:
          return null;
      }
    };
    return ({ interaction, derived }) => {
      let result = results.get(derived);
      if (result === undefined) {
        result = { value: workOut(interaction, derived) };
        results.set(derived, result);
      }
      return result.value;
    };
  }
}

/** Deep equality of JSON: numbers by value, objects whatever the order of their keys. */
function sameJson(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isJsonArray(a) && isJsonArray(b)) {
    return a.length === b.length && a.every((value, index) => sameJson(value, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(([key, value]) => Object.hasOwn(b, key) && sameJson(value, b[key]));
}

/** The steps of an interaction (by sequence) that satisfy the whole predicate; none means it is not kept. */
export type MatchingSteps = (interaction: Interaction, derived: DerivedInteraction) => number[];

/** Compiles a predicate without errors. `MATCHES` patterns were checked before; an invalid one throws. */
export function compilePredicate(predicate: Predicate, context: EvaluationContext): MatchingSteps {
  const test = new Compiler(context).predicate(predicate);
  return (interaction, derived) =>
    derived.steps
      .filter((step) => test({ interaction, derived, step }) === true)
      .map((step) => step.sequence);
}
