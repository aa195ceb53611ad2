/** Predicates that decide nothing: 2014, 2015, and negations that mean less than they seem to (2019). */
import { diagnostic, type QuickFix, replace, type TextChange } from '../diagnostics.ts';
import { functionNamed } from '../functions.ts';
import { aloneIn } from '../logic/alone.ts';
import { Logic } from '../logic/truth.ts';
import { predicateText } from '../print.ts';
import { looksAtSteps } from '../split.ts';
import { endOf, tokenise } from '../tokens.ts';
import { clauseOf, type Operand, type Predicate, type Span, ungroup, type WhereClause } from '../tree.ts';
import { childrenOf, conjuncts, partsOf } from '../walk.ts';
import type { QueryWindow } from '../window.ts';
import { firstToken, type QueryScope, textOf } from './scope.ts';

/** Names of conditions in a message are cut here. */
const SHOWN = 60;
/** Among so many conditions those are looked for that exclude each other. */
const MOST_SEARCHED = 64;

export function checkLogic(window: QueryWindow, scope: QueryScope): void {
  const where = clauseOf(scope.query, 'where');
  if (where === undefined || scope.hasErrorIn(where)) return;
  checkNegations(where.predicate, scope);
  // What was read of a condition that an error cut short may be less than what is meant.
  if (scope.isCut(where)) return;
  const alone = aloneIn(where.predicate);
  if (alone.isAll) return;
  const { profile, context } = scope;
  const logic = new Logic({ timeZone: profile.timeZone, patterns: context.patterns }, alone.conditions);
  const conditions = withoutInvertedWindow(conjuncts(where.predicate), window);
  const never = logic.exclude(conditions);
  // 2014 is of the whole query, which an error elsewhere leaves unread.
  if (never && !scope.query.broken) reportNever(conditions, where, logic, scope);
  if (!never) reportAlways(where.predicate, logic, scope, () => removalOfClause(where, scope));
}

/** Inverted bounds of the window have their own message (3004). */
function withoutInvertedWindow(conditions: Predicate[], { bounds, lower, upper }: QueryWindow): Predicate[] {
  const inverted = lower?.micros !== undefined && upper?.micros !== undefined && lower.micros > upper.micros;
  if (!inverted) return conditions;
  const bounding = new Set(bounds.map((bound) => bound.condition));
  return conditions.filter((one) => !bounding.has(one));
}

function reportNever(
  conditions: readonly Predicate[],
  where: WhereClause,
  logic: Logic,
  scope: QueryScope,
): void {
  const leading = where.keyword.start === where.keyword.end;
  const guilty = excluding(conditions, logic);
  const shown = guilty.map((one) => quoted(textOf(scope, one)));
  const [first, second] = shown;
  const what =
    first === undefined || shown.length > 2
      ? 'No step can satisfy all of this'
      : second === undefined
        ? `No step can satisfy ${first}`
        : `No step can satisfy both ${first} and ${second}`;
  const related =
    guilty.length < 2
      ? []
      : guilty.map(({ start, end }) => ({ start, end, message: 'This excludes the others.' }));
  const message = `${what}: the query keeps nothing.`;
  scope.report(diagnostic('CXQ2014', leading ? firstToken(scope) : where.keyword, message, { related }));
}

function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return `\`${line.length > SHOWN ? `${line.slice(0, SHOWN - 1)}…` : line}\``;
}

/** Conditions that exclude each other, none of which could be left out; none where there are too many to search. */
function excluding(conditions: readonly Predicate[], logic: Logic): readonly Predicate[] {
  const alone = conditions.find((one) => logic.isNever(one));
  if (alone !== undefined) return [alone];
  if (conditions.length > MOST_SEARCHED) return [];
  let needed = conditions;
  for (const one of conditions) {
    const others = needed.filter((other) => other !== one);
    if (logic.exclude(others)) needed = others;
  }
  return needed;
}

/** What can be done about a condition that is always true. */
type Remedy = () => QuickFix | undefined;
const NO_REMEDY: Remedy = () => undefined;

/** 2015 for the outermost conditions that are always true, wherever they can go without changing anything. */
function reportAlways(predicate: Predicate, logic: Logic, scope: QueryScope, remedy: Remedy): void {
  if (logic.isAlone(predicate)) return;
  if (logic.isAlways(predicate)) {
    const remove = remedy();
    const fixes = remove === undefined ? [] : [remove];
    const message = 'This is true of every step: it selects nothing.';
    scope.report(diagnostic('CXQ2015', predicate, message, { fixes, unnecessary: true }));
    return;
  }
  inside(predicate, logic, scope);
}

/** A condition that is always true says something as the whole of an alternative, of a NOT or of a COUNT. */
function inside(predicate: Predicate, logic: Logic, scope: QueryScope): void {
  if (logic.isAlone(predicate)) return;
  switch (predicate.kind) {
    case 'group':
      inside(predicate.inner, logic, scope);
      return;
    case 'not':
      inside(predicate.operand, logic, scope);
      return;
    case 'or':
      for (const operand of predicate.operands) inside(operand, logic, scope);
      return;
    case 'and': {
      const all = predicate.operands.every((one) => logic.isAlways(one));
      for (const [index, operand] of predicate.operands.entries()) {
        const before = predicate.operands[index - 1];
        const after = predicate.operands[index + 1];
        const remedy = all ? NO_REMEDY : () => removalOfOperand(before, operand, after, scope);
        reportAlways(operand, logic, scope, remedy);
      }
      return;
    }
    default:
      visitCalls(predicate, (argument) => inside(argument, logic, scope));
  }
}

/** The predicates that quantifiers of a condition ask. */
function visitCalls(condition: Predicate, onArgument: (argument: Predicate) => void): void {
  const look = (operand: Operand) => {
    for (const part of partsOf(operand)) look(part);
    if (operand.kind !== 'call' || functionNamed(operand.name.text)?.quantifier !== true) return;
    operand.args.forEach(onArgument);
  };
  childrenOf(condition).operands.forEach(look);
}

/** Takes an operand out of an AND, and the AND with it; comments stay. */
function removalOfOperand(
  before: Predicate | undefined,
  operand: Predicate,
  after: Predicate | undefined,
  scope: QueryScope,
): QuickFix | undefined {
  const [from, to] = before === undefined ? [operand.end, after?.start] : [before.end, operand.start];
  if (to === undefined) return undefined;
  const word = wordBetween(from, to, scope);
  if (word === undefined) return undefined;
  const edits =
    before === undefined
      ? [
          { start: operand.start, end: blanksAfter(operand.end, scope) },
          { start: word.start, end: blanksAfter(word.end, scope) },
        ]
      : [
          { start: blanksBefore(word.start, scope), end: word.end },
          { start: blanksBefore(operand.start, scope), end: operand.end },
        ];
  return { title: 'Remove it', edits: cuts(edits, scope), isPreferred: true };
}

/** The only token between two places. */
function wordBetween(from: number, to: number, scope: QueryScope): Span | undefined {
  const [token] = tokenise(textOf(scope, { start: from, end: to })).tokens;
  return token === undefined ? undefined : { start: from + token.startOffset, end: from + endOf(token) };
}

/** Edits that take spans out; words on either side stay two words. */
function cuts(spans: readonly Span[], scope: QueryScope): TextChange[] {
  const [first, second] = spans;
  const touching = first !== undefined && second !== undefined && second.start <= first.end;
  const apart = touching ? [{ start: first.start, end: second.end }] : spans;
  const { text } = scope.document;
  return apart.map(({ start, end }) => {
    const glued = /[\w'"`]/.test(text.charAt(start - 1)) && /[\w'"`$]/.test(text.charAt(end));
    return { start, end, newText: glued ? ' ' : '' };
  });
}

/** Where the blanks before a place begin, unless a comment to the end of its line stands before them. */
function blanksBefore(at: number, scope: QueryScope): number {
  const { text } = scope.document;
  const start = text.slice(0, at).trimEnd().length;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return /--|\/\//.test(line) ? at : start;
}

function blanksAfter(at: number, scope: QueryScope): number {
  const { text } = scope.document;
  return text.length - text.slice(at).trimStart().length;
}

/** Takes the whole clause away; undefined where nothing would be left of the query. */
function removalOfClause(clause: WhereClause, scope: QueryScope): QuickFix | undefined {
  const lone = scope.query.clauses.length === 1 && scope.query.keyword === null;
  if (lone) return undefined;
  const start = blanksBefore(clause.start, scope);
  // What follows on the same line must not end up in a comment or in the line before.
  const span =
    start === clause.start || start === 0
      ? { start: clause.start, end: blanksAfter(clause.end, scope) }
      : { start, end: clause.end };
  return { title: 'Remove it', edits: cuts([span], scope), isPreferred: true };
}

/** 2019: outside quantifiers a negation is asked of one step, and another step can satisfy it. */
function checkNegations(predicate: Predicate, scope: QueryScope): void {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      for (const operand of predicate.operands) checkNegations(operand, scope);
      return;
    case 'group':
      checkNegations(predicate.inner, scope);
      return;
    case 'not':
      // Twice negated it says what it seems to say.
      if (looksAtSteps(predicate.operand) && !isNegation(ungroup(predicate.operand))) {
        const word = { start: predicate.start, end: predicate.start + 'NOT'.length };
        hint(word, predicate, textOf(scope, ungroup(predicate.operand)), scope);
      }
      return;
    case 'comparison':
      if (predicate.operator === '!=' && looksAtSteps(predicate)) {
        const positive = predicateText({ ...predicate, operator: '=' });
        hint(predicate.operatorSpan, predicate, positive, scope);
      }
      return;
    case 'in':
    case 'between':
    case 'like':
    case 'matches':
      if (predicate.negated && looksAtSteps(predicate)) {
        const { start } = predicate.operatorSpan;
        const word = { start, end: start + 'NOT'.length };
        hint(word, predicate, predicateText({ ...predicate, negated: false }), scope);
      }
      return;
    default:
      return;
  }
}

function isNegation(predicate: Predicate): boolean {
  if (predicate.kind === 'not') return true;
  if (predicate.kind === 'comparison') return predicate.operator === '!=';
  return 'negated' in predicate && predicate.negated && predicate.kind !== 'isNull';
}

function hint(
  place: { start: number; end: number },
  whole: Predicate,
  positive: string,
  scope: QueryScope,
): void {
  const message = `This keeps every interaction that has another such step. NONE(${positive}) keeps those with no such step at all.`;
  const fixes = [replace(`Change to NONE(${positive})`, whole, `NONE(${positive})`)];
  scope.report(diagnostic('CXQ2019', place, message, { fixes }));
}
