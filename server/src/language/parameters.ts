/** Parameters: their types, and values given from outside. */

import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { readInstant } from './literals.ts';
import { metricNamed } from './metrics.ts';
import { optionNamed } from './options.ts';
import { type ParsedDocument, parse } from './parse.ts';
import type { Reading } from './reading.ts';
import { operandOf } from './resolve.ts';
import { shifted } from './shift.ts';
import type { FieldReference, ListLiteral, Literal, Operand, Parameter, Predicate, Query } from './tree.ts';
import { PARAMETER_TYPES, type ParameterType } from './types.ts';
import { visitQuery } from './walk.ts';

export type ParameterValue = Literal | ListLiteral;

export interface ParameterFacts {
  readonly declaration: Parameter;
  readonly name: string;
  /** Declared, else the default's, else from use; undefined where nothing tells. */
  readonly type: ParameterType | undefined;
  readonly declared: boolean;
  /** null: asked for when it runs. */
  readonly value: ParameterValue | null;
}

/** A parameter type by its name in any case. */
export function parameterTypeNamed(name: string): ParameterType | undefined {
  return PARAMETER_TYPES.find((type) => type === name.toUpperCase());
}

function typeOfValue(value: ParameterValue): ParameterType | undefined {
  switch (value.kind) {
    case 'string':
      return 'STRING';
    case 'number':
      return 'NUMBER';
    case 'duration':
      return 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'list':
      return 'LIST';
    case 'null':
      return undefined;
  }
}

/** A parameter with offsets from the start of the section that declares it. */
export interface Declared {
  /** Index of the section. */
  readonly section: number;
  readonly facts: ParameterFacts;
}

const DECLARED = new WeakMap<ParsedDocument, ReadonlyMap<string, Declared>>();

/** The parameters of a document by name, as their sections have them; of two with one name the first counts. */
export function declaredIn(document: ParsedDocument): ReadonlyMap<string, Declared> {
  let known = DECLARED.get(document);
  if (known === undefined) {
    known = readDeclarations(document);
    DECLARED.set(document, known);
  }
  return known;
}

/** The parameters of a document by name; of two with one name the first counts. */
export function parametersOf(document: ParsedDocument): ReadonlyMap<string, ParameterFacts> {
  return new Map(
    [...declaredIn(document)].map(([name, { section, facts }]) => [
      name,
      movedFacts(facts, document.starts[section] ?? 0),
    ]),
  );
}

/** A parameter with its declaration and value elsewhere. */
export function movedFacts(facts: ParameterFacts, by: number): ParameterFacts {
  const declaration = shifted(facts.declaration, by);
  const { value } = declaration;
  return { ...facts, declaration, value: value?.kind === 'parameterReference' ? null : value };
}

function readDeclarations(document: ParsedDocument): ReadonlyMap<string, Declared> {
  const declared = new Map<string, Declared>();
  let uses: ReadonlyMap<string, ParameterType> | undefined;
  for (const [section, { reading }] of document.sections.entries()) {
    for (const declaration of reading.items) {
      const name = declaration.name?.text;
      if (declaration.kind !== 'parameter' || name === undefined || declared.has(name)) continue;
      const value = declaration.value?.kind === 'parameterReference' ? null : declaration.value;
      const given = declaration.type === null ? undefined : parameterTypeNamed(declaration.type.text);
      let type = given ?? (value === null ? undefined : typeOfValue(value));
      if (type === undefined || (type === 'STRING' && given === undefined)) {
        uses ??= usesIn(document);
        const used = uses.get(name);
        // A string beside a timestamp is one.
        if (type === undefined || used === 'TIMESTAMP') type = used ?? type;
      }
      declared.set(name, {
        section,
        facts: { declaration, name, type, declared: given !== undefined, value },
      });
    }
  }
  return declared;
}

const USES = new WeakMap<Reading, ReadonlyMap<string, ParameterType>>();

/** What parameters are used as in a document, the first use that tells. */
function usesIn(document: ParsedDocument): ReadonlyMap<string, ParameterType> {
  const all = new Map<string, ParameterType>();
  for (const { reading } of document.sections) {
    if (reading.parameterTokens.length === 0) continue;
    let uses = USES.get(reading);
    if (uses === undefined) {
      uses = typesByUse(reading.items.filter((item) => item.kind === 'query'));
      USES.set(reading, uses);
    }
    for (const [name, type] of uses) if (!all.has(name)) all.set(name, type);
  }
  return all;
}

/** What parameters are used as in queries, the first use that tells. */
function typesByUse(queries: readonly Query[]): ReadonlyMap<string, ParameterType> {
  const types = new Map<string, ParameterType>();
  const use = (operand: Operand | null, type: ParameterType | undefined) => {
    if (operand === null || type === undefined) return;
    if (operand.kind === 'parameterReference' && !types.has(operand.name)) types.set(operand.name, type);
    if (operand.kind === 'sum') use(operand.base, type);
  };
  const beside = (a: Operand, b: Operand) => {
    use(a, typeOfOperand(b));
    use(b, typeOfOperand(a));
  };
  const onPredicate = (predicate: Predicate) => {
    switch (predicate.kind) {
      case 'comparison':
        return beside(predicate.left, predicate.right);
      case 'between':
        beside(predicate.operand, predicate.low);
        return beside(predicate.operand, predicate.high);
      case 'in':
        if (predicate.set.kind === 'list')
          for (const item of predicate.set.items) beside(predicate.operand, item);
        if (predicate.set.kind === 'parameterReference') use(predicate.set, 'LIST');
        return;
      case 'like':
      case 'matches':
        return use(predicate.pattern, 'STRING');
      case 'test':
        return use(predicate.operand, 'BOOLEAN');
      default:
        return;
    }
  };
  const onOperand = (operand: Operand) => {
    if (operand.kind === 'sum') for (const term of operand.terms) use(term.amount, 'DURATION');
    if (operand.kind === 'call' && functionNamed(operand.name.text)?.takes === 'duration') {
      use(operandOf(operand.args[0]) ?? null, 'DURATION');
    }
  };
  for (const query of queries) {
    for (const clause of query.clauses) {
      if (clause.kind === 'since') {
        use(clause.since, 'TIMESTAMP');
        use(clause.until, 'TIMESTAMP');
      }
      if (clause.kind === 'last') use(clause.amount, 'DURATION');
      if (
        (clause.kind === 'limit' || clause.kind === 'offset') &&
        clause.count?.kind === 'parameterReference'
      ) {
        use(clause.count, 'NUMBER');
      }
      if (clause.kind === 'with') {
        for (const option of clause.options) use(option.value, optionNamed(option.name.text)?.type);
      }
      if (clause.kind === 'expect') {
        for (const { metric, value } of clause.expectations) {
          use(value, metricNamed(metric.name.text)?.ofField === true ? 'DURATION' : 'NUMBER');
        }
      }
      if (clause.kind === 'analyze') {
        for (const analysis of clause.analyses) {
          for (const part of analysis.parts) if (part.kind === 'over') use(part.amount, 'DURATION');
        }
      }
    }
    // The arguments of ago() would look like conditions standing alone; operands are seen first.
    visitQuery(query, () => {}, onOperand);
    visitQuery(query, onPredicate, () => {});
  }
  return types;
}

function typeOfOperand(operand: Operand): ParameterType | undefined {
  switch (operand.kind) {
    case 'field':
      return typeOfField(operand);
    case 'call': {
      const result = functionNamed(operand.name.text)?.result;
      return result === 'ANY' ? undefined : result;
    }
    case 'sum':
      return typeOfOperand(operand.base);
    case 'number':
      return 'NUMBER';
    case 'duration':
      return 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'string':
      return 'STRING';
    default:
      return undefined;
  }
}

function typeOfField(field: FieldReference): ParameterType | undefined {
  const type = fieldNamed(field.name.text)?.type;
  return type === 'ANY' ? undefined : type;
}

const LITERAL_HINT: Readonly<Record<ParameterType, string>> = {
  STRING: "text, or a string such as 'billing'",
  NUMBER: 'a number such as 12',
  DURATION: 'a duration such as 2h',
  TIMESTAMP: "a timestamp such as '2026-11-20T08:00:00Z'",
  BOOLEAN: 'true or false',
  LIST: "a list such as ['a', 'b']",
};

/**
 * Reads a value given for a parameter: a CXQ literal, or plain text where a STRING or TIMESTAMP is wanted.
 * The value's ranges mean nothing. `message` is a sentence.
 */
export function parseParameterValue(
  parameter: { readonly name: string; readonly type: ParameterType | undefined },
  text: string,
): { readonly ok: true; readonly value: ParameterValue } | { readonly ok: false; readonly message: string } {
  const { name, type } = parameter;
  const parsed = parse(`PARAM value = ${text}`);
  const declared = parsed.parameters[0]?.value ?? null;
  const clean = parsed.items.length === 1 && parsed.syntax.every((found) => found.severity !== 'error');
  const literal = clean && declared !== null && declared.kind !== 'parameterReference' ? declared : undefined;
  const plain: ParameterValue = {
    kind: 'string',
    start: 0,
    end: text.length,
    value: text,
    quote: "'",
    closed: true,
  };
  const refuse = () => ({
    ok: false as const,
    message: `$${name} takes ${LITERAL_HINT[type ?? 'STRING']}, not ${text === '' ? 'nothing' : text}.`,
  });
  switch (type) {
    case undefined:
      return { ok: true, value: literal ?? plain };
    case 'STRING':
      return { ok: true, value: literal?.kind === 'string' ? literal : plain };
    case 'TIMESTAMP': {
      const value = literal?.kind === 'string' ? literal : plain;
      return readInstant(value.kind === 'string' ? value.value : '', 'UTC', 'start').ok
        ? { ok: true, value }
        : refuse();
    }
    case 'LIST':
      return literal?.kind === 'list' ? { ok: true, value: literal } : refuse();
    default:
      return literal !== undefined && typeOfValue(literal) === type ? { ok: true, value: literal } : refuse();
  }
}
