/** Types of operands; unknown fields, functions and parameters; conversions of values. */
import { formatInstant } from '../../protocol/instant.ts';
import { typeOfParameter } from '../declared.ts';
import { type Diagnostic, diagnostic, type QuickFix, replace, sure } from '../diagnostics.ts';
import { FIELDS, fieldNamed } from '../fields.ts';
import { FUNCTIONS, functionNamed } from '../functions.ts';
import {
  type DateEdge,
  formatDuration,
  type InstantReading,
  parseDuration,
  quote,
  readInstant,
} from '../literals.ts';
import { nearest } from '../nearest.ts';
import { nameText } from '../print.ts';
import { parted } from '../repairs.ts';
import { instantOf, operandOf } from '../resolve.ts';
import type { Reserved } from '../tokens.ts';
import {
  type Call,
  clauseOf,
  type FieldReference,
  type ListLiteral,
  type Operand,
  type Predicate,
  type Span,
  type StringLiteral,
  type Sum,
  variableOf,
} from '../tree.ts';
import type { Inferred } from '../types.ts';
import { type DocumentScope, type QueryScope, textOf } from './scope.ts';

/** Checks the arguments that are predicates; set by the predicates' file, which needs this one. */
export type CheckPredicate = (predicate: Predicate, scope: QueryScope) => void;

/**
 * Whether a syntax error stands in a range or follows it without a blank, or a character that starts no token comes just
 * before it (`$1`): it is a piece of what cannot be read.
 */
export function isCutOff(span: Span, scope: DocumentScope): boolean {
  const { syntax } = scope.document;
  let [low, high] = [0, syntax.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((syntax[middle]?.start ?? 0) <= span.end) low = middle + 1;
    else high = middle;
  }
  // They are sorted by place, and hardly ever does one stand in another.
  return syntax
    .slice(Math.max(0, low - 4), low)
    .some(
      (found) =>
        found.severity === 'error' &&
        (found.end > span.start || (found.code === 'CXQ1001' && found.end === span.start)),
    );
}

/** The type of an operand; reports what is wrong inside it. `beside` is what it is compared with. */
export function typeOf(
  operand: Operand | ListLiteral,
  scope: QueryScope,
  inside: CheckPredicate,
  beside?: Inferred,
): Inferred {
  switch (operand.kind) {
    case 'string':
      // What an open string says nobody knows.
      return operand.closed ? 'TEXT' : 'UNKNOWN';
    case 'number':
      return 'NUMBER';
    case 'duration':
      return operand.micros === null ? 'UNKNOWN' : 'DURATION';
    case 'boolean':
      return 'BOOLEAN';
    case 'null':
      return 'NULL';
    case 'list':
      return 'LIST';
    case 'missing':
      return 'UNKNOWN';
    case 'parameterReference':
      // An undeclared parameter is reported once for all its places, by the names' check.
      return typeOfParameter(scope.parameters.get(operand.name)) ?? 'UNKNOWN';
    case 'field':
      return typeOfField(operand, scope, beside);
    case 'call':
      return typeOfCall(operand, scope, inside);
    case 'sum':
      return typeOfSum(operand, scope, inside);
  }
}

function typeOfField(field: FieldReference, scope: QueryScope, beside?: Inferred): Inferred {
  const { name, path } = field;
  if (scope.document.suspects.has(name.start)) return 'UNKNOWN';
  const known = fieldNamed(name.text);
  if (known === undefined) {
    if (isCutOff(name, scope)) return 'UNKNOWN';
    reportUnknownField(field, beside, scope);
    return 'UNKNOWN';
  }
  if (known.variables && path.length === 0) {
    // `before. = 1`, `after[x]`: what should stand there is missed by the grammar already.
    if (/^\s*[.[]/.test(scope.document.text.slice(name.end, name.end + 64))) return 'UNKNOWN';
    const message = `\`${known.name}\` needs the name of a variable, such as ${known.name}.queue.`;
    scope.report(diagnostic('CXQ2001', name, message));
    return 'UNKNOWN';
  }
  const [part] = path;
  if (!known.variables && part !== undefined) {
    // `nodeType ['a', 'b']`: no part, but a list without its IN.
    if (isCutOff(part, scope)) return 'UNKNOWN';
    scope.report(
      diagnostic(
        'CXQ2001',
        part,
        `\`${known.name}\` has no parts; only variables have (before.NAME, after.NAME).`,
        {
          fixes: [replace(`Change to ${known.name}`, field, known.name, true)],
        },
      ),
    );
    return 'UNKNOWN';
  }
  return known.type;
}

/** 2001 with what was probably meant: a field, a function without its parentheses, a text without quotes, a variable. */
function reportUnknownField(field: FieldReference, beside: Inferred | undefined, scope: QueryScope): void {
  const { name, path } = field;
  const lone = path.length === 0;
  const spec = lone ? functionNamed(name.text) : undefined;
  const clause = joinedClause(field, scope);
  const truth = lone && beside === 'BOOLEAN' ? truthOf(name.text) : undefined;
  const near = nearest(
    name.text,
    FIELDS.map((one) => one.name),
  );
  const fixes: QuickFix[] = [];
  let hint = 'A workflow variable is written after.NAME or before.NAME.';
  if (spec !== undefined) {
    hint = `The function is written ${spec.signature}.`;
    if (spec.takes === 'nothing')
      fixes.push(replace(`Change to ${spec.name}()`, name, `${spec.name}()`, true));
  } else if (clause !== undefined) {
    hint = `Did you mean ${clause}?`;
    fixes.push(replace(`Change to ${clause}`, name, clause, true));
  } else if (truth !== undefined) {
    hint = 'A boolean is true or false.';
    fixes.push(replace(`Change to ${truth}`, name, truth, true));
  } else if (near !== undefined) {
    hint = `Did you mean ${near}?`;
    fixes.push(replace(`Change to ${near}`, name, near, true));
  }
  if (lone && spec === undefined && clause === undefined) {
    if (beside === 'STRING' || beside === 'ANY') {
      if (near === undefined) hint = `A text stands in quotes: ${quote(name.text)}.`;
      fixes.push(replace('Put it in quotes', name, quote(name.text), near === undefined));
    }
    const variable = nameText(name);
    fixes.push(replace(`Variable after the step: after.${variable}`, name, `after.${variable}`));
    fixes.push(replace(`Variable before the step: before.${variable}`, name, `before.${variable}`));
  }
  scope.report(diagnostic('CXQ2001', name, `There is no field \`${name.text}\`. ${hint}`, { fixes }));
}

/** Clauses that a number or duration follows. */
const WITH_AMOUNT: readonly Reserved[] = ['LAST', 'LIMIT', 'OFFSET'];

/** `LAST24h` where a query begins: the clause that was meant. */
function joinedClause(field: FieldReference, { query }: QueryScope): string | undefined {
  const where = clauseOf(query, 'where');
  const isAll = where?.predicate.start === field.start && where.predicate.end === field.end;
  // After WHERE there is a condition.
  if (!isAll || where.start !== field.start || field.name.quoted) return undefined;
  return parted(field.name.text, WITH_AMOUNT);
}

/** What a word says to a boolean; undefined where nothing. */
function truthOf(text: string): 'true' | 'false' | undefined {
  if (/^(?:true|yes|y|on|1)$/i.test(text.trim())) return 'true';
  return /^(?:false|no|n|off|0)$/i.test(text.trim()) ? 'false' : undefined;
}

function typeOfCall(call: Call, scope: QueryScope, inside: CheckPredicate): Inferred {
  const spec = functionNamed(call.name.text);
  if (spec === undefined) {
    const near = nearest(
      call.name.text,
      FUNCTIONS.map((one) => one.name),
    );
    const field = fieldNamed(call.name.text);
    const isField = field !== undefined && call.args.length === 0;
    const hint = isField
      ? `${field.name} is a field and has no parentheses.`
      : near === undefined
        ? `There are ${FUNCTIONS.map((one) => one.name).join(', ')}.`
        : `Did you mean ${near}?`;
    const fixes = isField
      ? [replace(`Change to ${field.name}`, call, field.name, true)]
      : near === undefined
        ? []
        : [replace(`Change to ${near}`, call.name, near, true)];
    scope.report(
      diagnostic('CXQ2004', call.name, `There is no function \`${call.name.text}\`. ${hint}`, { fixes }),
    );
    for (const argument of call.args) if (argument.kind !== 'test') inside(argument, scope);
    return 'UNKNOWN';
  }
  const wrong = (span: Span, why: string, fixes: readonly QuickFix[] = []) => {
    if (isCutOff(span, scope)) return;
    scope.report(diagnostic('CXQ2004', span, `${spec.signature}: ${why}.`, { fixes }));
  };
  const { args } = call;
  // An argument that could not be read is not missing.
  const broken = scope.hasErrorIn(call) || scope.document.unfinished.has(call.start);
  switch (spec.takes) {
    case 'nothing': {
      const [first] = args;
      const last = args.at(-1);
      if (first !== undefined && last !== undefined && !broken)
        wrong(first, 'nothing stands in its parentheses', [
          replace('Remove it', { start: first.start, end: last.end }, '', true),
        ]);
      break;
    }
    case 'duration': {
      const operand = operandOf(args[0]);
      const [first, second] = args;
      if (first === undefined) {
        if (!broken) wrong(call.name, 'a duration is missing');
      } else if (second !== undefined) wrong(second, 'it takes one duration');
      else if (operand === undefined) wrong(first, 'it takes a duration');
      else {
        const type = typeOf(operand, scope, inside);
        if (type !== 'DURATION' && type !== 'UNKNOWN')
          wrong(first, 'it takes a duration such as 2h', conversion(operand, 'DURATION', scope));
      }
      break;
    }
    case 'variable': {
      const [first, second] = args;
      if (first === undefined) {
        if (!broken) wrong(call.name, 'the name of a variable is missing');
      } else if (second !== undefined) wrong(second, 'it takes the name of one variable');
      else if (variableOf(first) === undefined) wrong(first, 'it takes the name of a variable');
      break;
    }
    case 'predicate':
    case 'predicates': {
      const least = spec.takes === 'predicates' ? 2 : 1;
      const extra = spec.takes === 'predicate' ? args[1] : undefined;
      if (args.length < least) {
        if (!broken)
          wrong(call.name, least === 1 ? 'a condition is missing' : 'it takes two conditions or more');
      } else if (extra !== undefined && !broken) wrong(extra, 'it takes one condition');
      for (const argument of args) inside(argument, scope);
      break;
    }
  }
  return spec.result;
}

function typeOfSum(sum: Sum, scope: QueryScope, inside: CheckPredicate): Inferred {
  const base = typeOf(sum.base, scope, inside);
  for (const term of sum.terms) {
    const type = typeOf(term.amount, scope, inside);
    if (type !== 'DURATION' && type !== 'UNKNOWN') {
      const message = `Only a duration such as 2h can be added or taken away, not ${aOrAn(type)}.`;
      scope.report(diagnostic('CXQ2003', term.amount, message));
    }
  }
  switch (base) {
    case 'TIMESTAMP':
    case 'DURATION':
    case 'ANY':
    case 'UNKNOWN':
      return base;
    case 'TEXT':
      return 'TIMESTAMP';
    default:
      scope.report(
        diagnostic(
          'CXQ2003',
          sum.base,
          `A duration can be added to a timestamp or a duration, not to ${aOrAn(base)}.`,
        ),
      );
      return 'UNKNOWN';
  }
}

/** A type in a sentence. */
export function aOrAn(type: Inferred): string {
  switch (type) {
    case 'TEXT':
    case 'STRING':
      return 'a string';
    case 'NUMBER':
      return 'a number';
    case 'DURATION':
      return 'a duration';
    case 'TIMESTAMP':
      return 'a timestamp';
    case 'BOOLEAN':
      return 'a boolean';
    case 'LIST':
      return 'a list';
    case 'NULL':
      return 'null';
    default:
      return 'a value';
  }
}

/** What a value has to be: a string literal is one of two types by what is wanted. */
export type Wanted = Exclude<Inferred, 'TEXT'>;

/** Whether a value of a type can stand where one of another is wanted. */
export function fits(wanted: Wanted, type: Inferred): boolean {
  if (wanted === type || wanted === 'UNKNOWN' || type === 'UNKNOWN') return true;
  if (wanted === 'LIST' || type === 'LIST') return false;
  if (wanted === 'ANY' || type === 'ANY') return true;
  return type === 'TEXT' && (wanted === 'STRING' || wanted === 'TIMESTAMP');
}

/** A literal written as another type, where that is plainly what was meant; sure where nothing has to be guessed. */
export function conversion(value: Operand | ListLiteral, type: Wanted, scope: DocumentScope): QuickFix[] {
  const written = textOf(scope, value);
  const change = (newText: string) => [replace(`Change to ${newText}`, value, newText, true)];
  const surely = (newText: string) => [sure(`Change to ${newText}`, value, newText)];
  switch (type) {
    case 'STRING':
      return value.kind === 'number' || value.kind === 'boolean' || value.kind === 'duration'
        ? surely(quote(written))
        : [];
    case 'NUMBER':
      return value.kind === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value.value)
        ? surely(value.value.trim())
        : [];
    case 'DURATION':
      if (value.kind === 'number' && value.value >= 0) return change(secondsText(value.value));
      if (value.kind === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value.value))
        return change(secondsText(Number(value.value)));
      return value.kind === 'string' && parseDuration(value.value.trim()) !== undefined
        ? surely(value.value.trim())
        : [];
    case 'BOOLEAN': {
      const text = value.kind === 'string' ? value.value.trim() : value.kind === 'number' ? written : '';
      const truth = truthOf(text);
      if (truth === undefined) return [];
      return text.toLowerCase() === truth ? surely(truth) : change(truth);
    }
    case 'TIMESTAMP':
      if (value.kind === 'duration') return change(`now() - ${written}`);
      if (value.kind === 'number') {
        const millis = Math.abs(value.value) < 1e11 ? value.value * 1000 : value.value;
        return value.value > 1e8 && millis < 4e12
          ? change(quote(formatInstant(Math.round(millis) * 1000)))
          : [];
      }
      return [];
    default:
      return [];
  }
}

function secondsText(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}s` : formatDuration(Math.round(seconds * 1e6));
}

/** 3001 and 3002 for a string that is used as a timestamp, also when it is a parameter's default. */
export function checkInstant(operand: Operand, edge: DateEdge, scope: QueryScope): void {
  if (operand.kind === 'sum') {
    checkInstant(operand.base, edge, scope);
    return;
  }
  const literal = operand.kind === 'parameterReference' ? scope.parameters.get(operand.name)?.value : operand;
  if (literal?.kind !== 'string' || !literal.closed) return;
  const read = readInstant(literal.value, scope.profile.timeZone, edge);
  if (!read.ok) scope.report(notAnInstant(literal, read));
}

/** 3001 or 3002 for a string that is no instant. */
export function notAnInstant(
  literal: StringLiteral,
  read: Extract<InstantReading, { ok: false }>,
): Diagnostic {
  const fixes =
    read.repaired === undefined
      ? []
      : [
          replace(
            read.reason === 'zone' ? 'Add Z (UTC)' : `Change to ${quote(read.repaired)}`,
            literal,
            quote(read.repaired),
            true,
          ),
        ];
  if (read.reason === 'zone') {
    const message = 'The time zone is missing: put Z (UTC) or an offset such as +02:00 after the time.';
    return diagnostic('CXQ3002', literal, message, { fixes });
  }
  const message =
    "This is no instant. Write a date such as '2026-11-20', or a date, time and zone such as '2026-11-20T08:00:00Z'.";
  return diagnostic('CXQ3001', literal, message, { fixes });
}

/** 3003 for an instant that the start of a step is compared with; `inList`: where nothing stands that is worked out. */
export function checkRetention(operand: Operand, edge: DateEdge, scope: QueryScope, inList = false): void {
  const micros = instantOf(operand, scope.environment, edge);
  const oldest = scope.context.now - scope.profile.retention;
  if (micros === undefined || micros >= oldest) return;
  const kept = formatDuration(scope.profile.retention);
  const fixes = inList ? [] : [replace(`Clamp to ago(${kept})`, operand, `ago(${kept})`, true)];
  scope.report(diagnostic('CXQ3003', operand, retentionMessage(scope), { fixes }));
}

/** Names the edge of the retention window. */
export function retentionMessage(scope: QueryScope): string {
  const kept = formatDuration(scope.profile.retention);
  const edge = formatInstant(Math.ceil((scope.context.now - scope.profile.retention) / 1000) * 1000);
  return `This lies before the retention window. The profile ${scope.profile.id} keeps ${kept}: nothing before ${edge} can be read.`;
}
