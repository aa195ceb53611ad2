/** Inlay hints: what the text does not say and somebody who reads it wants to know. Few, and each one short. */
import type { Micros } from '../protocol/instant.ts';
import type { CheckContext } from './context.ts';
import { fieldNamed } from './fields.ts';
import { functionNamed } from './functions.ts';
import { instantFacts, requestsOf, surroundings } from './hover-query.ts';
import type { DateEdge } from './literals.ts';
import { grouped } from './numbers.ts';
import { drained, type ParsedDocument } from './parse.ts';
import { partAt } from './part.ts';
import { type Plan, planQuery } from './plan.ts';
import { durationOf, type Environment, instantOf, isRelative } from './resolve.ts';
import { type Block, type Fact, facts, text } from './rich.ts';
import { type Role, rolesOf } from './roles.ts';
import { sectionAt } from './sections.ts';
import { holds, tokenIndex } from './token-at.ts';
import { endOf } from './tokens.ts';
import { clauseOf, type Operand, type Parameter, type Predicate, type Query, type Span } from './tree.ts';
import { conjuncts, visit } from './walk.ts';
import { dayEdge, type Here, minuteStamp, shortText } from './when.ts';
import { isField } from './window.ts';

export const HINT_KINDS = ['instants', 'requests', 'batches', 'local'] as const;
export type HintKind = (typeof HINT_KINDS)[number];

export interface InlayHint {
  /** It stands behind the text that ends here. */
  readonly offset: number;
  readonly label: string;
  readonly kind: HintKind;
  readonly tooltip: readonly Block[];
  /** It says something else as time passes. */
  readonly moves: boolean;
}

/** The hints of a stretch of the text, in its order. */
export function inlayHints(
  document: ParsedDocument,
  span: Span,
  context: CheckContext,
  kinds: ReadonlySet<HintKind>,
): InlayHint[] {
  return drained(inlaySteps(document, span, context, kinds));
}

/** As `inlayHints`, in steps of an item each. */
export function* inlaySteps(
  document: ParsedDocument,
  span: Span,
  context: CheckContext,
  kinds: ReadonlySet<HintKind>,
): Generator<void, InlayHint[]> {
  const found: InlayHint[] = [];
  if (kinds.size === 0) return found;
  for (const item of itemsIn(document, span)) {
    yield;
    if (kinds.has('instants')) instantHints(document, item, context, found);
    yield;
    if (item.kind === 'query') planHints(document, item, context, kinds, found);
  }
  return found
    .filter(({ offset }) => offset >= span.start && offset <= span.end)
    .sort((a, b) => a.offset - b.offset);
}

/** The items that a stretch of the text touches; nothing else of the text is looked at. */
function* itemsIn(
  { sections, starts, queriesBefore }: ParsedDocument,
  span: Span,
): Generator<Parameter | Query> {
  // Where a section begins, the one before it ends.
  for (let index = Math.max(0, sectionAt(starts, span.start) - 1); index < sections.length; index++) {
    const start = starts[index] ?? 0;
    if (start > span.end) return;
    for (const item of sections[index]?.itemsAt(start, queriesBefore[index] ?? 0) ?? []) {
      if (item.start <= span.end && item.end >= span.start) yield item;
    }
  }
}

// ---- instants -------------------------------------------------------------------------------------------------

function instantHints(
  document: ParsedDocument,
  item: Parameter | Query,
  context: CheckContext,
  found: InlayHint[],
): void {
  const { environment } = surroundings(document, item, context);
  let covered = -1;
  rolesOf(item, (at, role) => {
    // A sum says what its parts come to.
    if (at.start < covered) return;
    const read = role.kind === 'lastAmount' ? lastOf(role, environment) : instantOfRole(role, environment);
    if (role.kind === 'instant') covered = at.end;
    if (read === undefined) return;
    const tooltip = facts(instantFacts('Instant', read.micros, environment));
    found.push({ offset: at.end, label: read.label, kind: 'instants', tooltip, moves: read.moves });
  });
}

interface Read {
  readonly label: string;
  readonly micros: Micros;
  readonly moves: boolean;
}

function lastOf(
  { operand }: Extract<Role, { kind: 'lastAmount' }>,
  environment: Environment,
): Read | undefined {
  const amount = durationOf(operand, environment);
  if (amount === undefined) return undefined;
  const micros = environment.now - amount;
  return { label: `since ${shortText(micros, environment)}`, micros, moves: true };
}

function instantOfRole(role: Role, environment: Environment): Read | undefined {
  if (role.kind !== 'instant') return undefined;
  const { operand, use } = role;
  const micros = instantOf(operand, environment, use.edge);
  if (micros === undefined) return undefined;
  const label = labelOf(operand, micros, use.edge, environment);
  return label === undefined ? undefined : { label, micros, moves: isRelative(operand) };
}

/** undefined where the text itself says it all: `now()`, and what is on the profile's own clock. */
function labelOf(operand: Operand, micros: Micros, edge: DateEdge, here: Here): string | undefined {
  if (operand.kind === 'call' && functionNamed(operand.name.text)?.name === 'now') return undefined;
  if (operand.kind !== 'string') return `= ${shortText(micros, here)}`;
  const { value } = operand;
  // A date alone is read on that clock too: what is left to say is the weekday, and which end of it.
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return dayEdge(micros, edge, here);
  return value.toUpperCase().startsWith(minuteStamp(micros, here))
    ? undefined
    : `= ${shortText(micros, here)}`;
}

// ---- what the plan tells ---------------------------------------------------------------------------------------

function planHints(
  document: ParsedDocument,
  query: Query,
  context: CheckContext,
  kinds: ReadonlySet<HintKind>,
  found: InlayHint[],
): void {
  if (!kinds.has('requests') && !kinds.has('batches') && !kinds.has('local')) return;
  const planned = planQuery(document, query, context);
  if (!planned.ok) return;
  const { plan } = planned;
  const add = (kind: HintKind, offset: number, label: string, tooltip: readonly Block[]): void => {
    if (kinds.has(kind)) found.push({ offset, label, kind, tooltip, moves: false });
  };
  const cost = costText(plan);
  if (cost !== undefined) add('requests', headEnd(document, query), cost, costBlocks(plan));
  const list = plan.batches.length > 1 ? idList(query) : undefined;
  if (list !== undefined) {
    const count = grouped(plan.batches.length);
    const tooltip = `The ids are asked for in ${count} batches, because the tenant takes at most ${grouped(plan.profile.maxIdsPerRequest)} with one request.`;
    add('batches', list.end, `${count} batches`, [text(tooltip)]);
  }
  const where = clauseOf(query, 'where');
  for (const one of plan.localConditions) {
    // A bound of LAST or SINCE that is checked again here is no condition in the text.
    if (where === undefined || !holds(where, one)) continue;
    // Nor is one that names what there is not: the error says what to do first.
    if (hasUnknown(one.condition)) continue;
    add('local', outsideGroups(document.text, one), 'runs locally', [
      text('Runs here, on what the tenant sends, because ', { data: one.reason }, '.'),
    ]);
  }
}

/** Whether a condition names a field or function that there is not. */
function hasUnknown(condition: Predicate): boolean {
  let unknown = false;
  /** Up to here names are those of variables: `changed(priority)`. */
  let variables = -1;
  visit(
    condition,
    () => {},
    (operand) => {
      if (operand.start < variables) return;
      if (operand.kind === 'field') unknown ||= fieldNamed(operand.name.text) === undefined;
      if (operand.kind !== 'call') return;
      const known = functionNamed(operand.name.text);
      unknown ||= known === undefined;
      if (known?.takes === 'variable') variables = operand.end;
    },
  );
  return unknown;
}

/** The end of the parentheses that stand about a condition alone. */
function outsideGroups(source: string, { start, end }: Span): number {
  let [from, to] = [start, end];
  for (;;) {
    const open = /\(\s*$/.exec(source.slice(Math.max(0, from - 80), from));
    const close = /^\s*\)/.exec(source.slice(to, to + 80));
    if (open === null || close === null) return to;
    from -= open[0].length;
    to += close[0].length;
  }
}

/** `≈ 12 requests · at most 1,000`; undefined where nothing is known. */
function costText({ estimatedRequests, limit, limitIsDefault, profile }: Plan): string | undefined {
  const { min, max } = estimatedRequests;
  const parts: string[] = [];
  if (max !== null && profile.adapter !== 'file') {
    const count = min === max ? grouped(max) : `${grouped(min)}–${grouped(max)}`;
    parts.push(`≈ ${count} ${max === 1 ? 'request' : 'requests'}`);
  }
  if (limitIsDefault && limit !== null) parts.push(`at most ${grouped(limit)}`);
  return parts.length === 0 ? undefined : parts.join(' · ');
}

function costBlocks(plan: Plan): Block[] {
  const rows: Fact[] = [['Requests', [requestsOf(plan)]]];
  if (plan.limitIsDefault && plan.limit !== null)
    rows.push(['Kept', [`at most ${grouped(plan.limit)} interactions, because the query has no LIMIT`]]);
  return facts(rows);
}

/** The end of the header; of a query without one, that of its first line. */
function headEnd(document: ParsedDocument, query: Query): number {
  const end = query.title?.end ?? query.name?.end ?? query.keyword?.end;
  if (end !== undefined) return end;
  const { tokens } = partAt(document, query.start);
  const rest = document.text.slice(query.start, query.end);
  const line = /[\r\n]/.exec(rest)?.index ?? rest.length;
  const last = tokens[tokenIndex(tokens, query.start + line - 1)];
  return last === undefined ? query.end : Math.min(endOf(last), query.end);
}

/** The longest list of ids that the query asks for. */
function idList(query: Query): Span | undefined {
  const predicate = clauseOf(query, 'where')?.predicate;
  let found: { readonly span: Span; readonly length: number } | undefined;
  for (const condition of predicate === undefined ? [] : conjuncts(predicate)) {
    if (condition.kind !== 'in' || condition.negated || !isField(condition.operand, 'interactionId'))
      continue;
    const { set } = condition;
    if (set.kind === 'missing' || set.kind === 'name') continue;
    const length = set.kind === 'list' ? set.items.length : 0;
    if (found === undefined || length > found.length) found = { span: set, length };
  }
  return found?.span;
}
