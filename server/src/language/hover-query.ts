/** What hovers say of queries, parameters, connections and windows: what depends on the file and the profile. */
import { formatInstant, type Micros } from '../protocol/instant.ts';
import { type CheckContext, DEFAULT_LIMIT, type ProfileFacts } from './context.ts';
import { profileOf } from './environment.ts';
import { formatDuration } from './literals.ts';
import { grouped } from './numbers.ts';
import { parametersOf } from './parameters.ts';
import type { ParsedDocument } from './parse.ts';
import { type Part, partAt } from './part.ts';
import { type Plan, planQuery } from './plan.ts';
import { predicateText } from './print.ts';
import { queryNamed } from './query-named.ts';
import { unticked } from './recovery.ts';
import { countText } from './requests-words.ts';
import type { Environment } from './resolve.ts';
import { type Block, code, type Fact, facts, type Inline, list, source, text } from './rich.ts';
import { tokenIndex } from './token-at.ts';
import { ParameterToken } from './tokens.ts';
import type { Parameter, Query } from './tree.ts';
import { distanceText, durationWords, type Here, localText } from './when.ts';
import { windowOf } from './window.ts';

/** The profile of an item, and what its constants mean there. */
export function surroundings(
  document: ParsedDocument,
  item: Parameter | Query | undefined,
  context: CheckContext,
): { readonly profile: ProfileFacts; readonly environment: Environment } {
  const profile = (item?.kind === 'query' ? profileOf(item, context) : undefined) ?? context.profile;
  const parameter = (name: string) => {
    const given = context.parameters?.get(name);
    if (given !== undefined) return given;
    const value = declarationOf(document, name)?.value ?? undefined;
    return value?.kind === 'parameterReference' ? undefined : value;
  };
  return { profile, environment: { now: context.now, timeZone: profile.timeZone, parameter } };
}

function declarationOf(document: ParsedDocument, name: string): Parameter | undefined {
  return document.parameters.find((one) => one.name?.text === name);
}

/** An instant in UTC, on the profile's clock, and how far it is. */
export function instantFacts(label: string, micros: Micros, here: Here): Fact[] {
  return [
    [label, [code(formatInstant(micros)), `, ${distanceText(micros, here.now)}`]],
    ...(here.timeZone === 'UTC' ? [] : [['Local time', [code(localText(micros, here))]] satisfies Fact]),
  ];
}

/** What running a query will do. */
export function queryBlocks(document: ParsedDocument, query: Query, context: CheckContext): Block[] {
  const head = heading(query);
  if (query.broken)
    return [
      ...head,
      text('It has syntax errors, so that it cannot run.'),
      ...windowBlocks(document, query, context),
    ];
  const planned = planQuery(document, query, context);
  if (!planned.ok) {
    const problems = planned.problems.map((problem) => text({ data: problem }));
    return [...head, ...problems, ...windowBlocks(document, query, context)];
  }
  const { plan } = planned;
  return [
    ...head,
    text('Sent to the tenant:'),
    ...(plan.sent === '' ? [text('No filter.')] : [source(plan.sent)]),
    ...(plan.local === null ? [] : [text('Runs here:'), source(predicateText(plan.local))]),
    ...list(
      plan.localConditions.map((one) => [
        code(predicateText(one.condition)),
        ' because ',
        { data: one.reason },
      ]),
    ),
    ...facts(planFacts(plan)),
    ...list(plan.notes.map((note) => [{ data: note }])),
  ];
}

function heading(query: Query): Block[] {
  const name = query.name === null ? [] : [source(`QUERY ${query.name.text}`)];
  return query.title === null ? name : [...name, text({ data: query.title.value })];
}

function planFacts(plan: Plan): Fact[] {
  const { from, to } = plan.window;
  const here: Here = { now: plan.environment.now, timeZone: plan.environment.timeZone };
  const rows: Fact[] = [['Connection', [code(plan.profile.id)]]];
  if (from !== null) rows.push(...instantFacts('From', from, here));
  if (to !== null) rows.push(...instantFacts('Until', to, here));
  rows.push(['Requests', [requestsOf(plan)]]);
  if (plan.batches.length > 1) rows.push(['Batches', [grouped(plan.batches.length)]]);
  const kept = plan.limit === null ? 'all' : `at most ${grouped(plan.limit)}`;
  rows.push(['Kept', [plan.limitIsDefault ? `${kept} interactions, the default` : `${kept} interactions`]]);
  return rows;
}

/** How many requests a plan takes, and of what. */
export function requestsOf(plan: Plan): string {
  const { adapter } = plan.profile;
  const count = countText({ ...plan, adapter });
  if (adapter === 'file') return count;
  return `${count}, ${adapter === 'history-query' ? `of ${grouped(plan.pageSize)} interactions each` : 'one for each id'}`;
}

/** The window of a query as it is written, whether or not it can be planned. */
export function windowBlocks(document: ParsedDocument, query: Query, context: CheckContext): Block[] {
  const { environment } = surroundings(document, query, context);
  const { lower, upper } = windowOf(query, environment);
  const rows: Fact[] = [];
  if (lower?.micros !== undefined) rows.push(...instantFacts('From', lower.micros, environment));
  if (upper?.micros !== undefined) rows.push(...instantFacts('Until', upper.micros, environment));
  else if (rows.length > 0) rows.push(['Until', ['the start of the run']]);
  return facts(rows);
}

/** The period that COMPARE TO PREVIOUS compares with. */
export function previousBlocks(document: ParsedDocument, query: Query, context: CheckContext): Block[] {
  const { environment } = surroundings(document, query, context);
  const { lower, upper } = windowOf(query, environment);
  const from = lower?.micros;
  const until = upper?.micros ?? context.now;
  if (from === undefined || from > until) return [];
  return facts([
    ...instantFacts('From', from - (until - from), environment),
    ...instantFacts('Until', from, environment),
  ]);
}

const FIRST_LINES = 6;

/** A query where another one names it: what it is, and how it begins. */
export function referencedBlocks(
  document: ParsedDocument,
  name: string,
  context: CheckContext,
): Block[] | undefined {
  const query = queryNamed(document, name);
  if (query === undefined) return undefined;
  const lines = document.text.slice(query.start, query.end).split(/\r\n?|\n/, FIRST_LINES + 1);
  const shown = lines.length > FIRST_LINES ? [...lines.slice(0, FIRST_LINES), '…'] : lines;
  return [
    ...(query.title === null ? [] : [text({ data: query.title.value })]),
    source(shown.join('\n')),
    ...windowBlocks(document, query, context),
  ];
}

/** A parameter: its type, its value, where it is declared, how often it is used. */
export function parameterBlocks(
  document: ParsedDocument,
  name: string,
  context: CheckContext,
): Block[] | undefined {
  const declaration = declarationOf(document, name);
  if (declaration === undefined) return undefined;
  const known = parametersOf(document).get(name);
  const given = context.parameters?.get(name);
  const rows: Fact[] = [];
  const written = (node: { readonly start: number; readonly end: number }): Inline =>
    code(document.text.slice(node.start, node.end));
  if (given !== undefined) rows.push(['Given', [given.kind === 'list' ? 'a list' : code(valueText(given))]]);
  if (declaration.value === null) {
    if (given === undefined) rows.push(['Default', ['none: it is asked for when a query runs']]);
  } else {
    const micros = declaration.value.kind === 'duration' ? declaration.value.micros : null;
    const words = micros === null ? [] : [`, ${durationWords(micros)}`];
    rows.push(['Default', [written(declaration.value), ...words]]);
  }
  rows.push(['Declared', [`in line ${lineOf(document.text, declaration.start)}`]]);
  const count = usesOf(document, name);
  const often = count > MOST_USES ? `more than ${MOST_USES} times` : `${count} times`;
  rows.push(['Used', [count === 0 ? 'never' : count === 1 ? 'once' : often]]);
  return [source(`PARAM ${name}${known?.type === undefined ? '' : `: ${known.type}`}`), ...facts(rows)];
}

function valueText(value: { readonly kind: string } & Partial<{ value: unknown; text: string }>): string {
  return value.kind === 'duration' ? (value.text ?? '') : String(value.value ?? 'NULL');
}

/** 1-based. */
function lineOf(source: string, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at++) {
    const unit = source.charCodeAt(at);
    if (unit === 10 || (unit === 13 && source.charCodeAt(at + 1) !== 10)) line++;
  }
  return line;
}

/** Beyond these, uses are no longer counted. */
const MOST_USES = 40;

/** Where the text says `$name`, looked at only there: the rest of a long file is not gone through. */
function usesOf(document: ParsedDocument, name: string): number {
  let count = 0;
  for (const spelling of [`$${name}`, `$\`${name}\``]) {
    let part: Part | undefined;
    for (let at = document.text.indexOf(spelling); at !== -1; at = document.text.indexOf(spelling, at + 1)) {
      if (part === undefined || at < part.start || at >= part.end) part = partAt(document, at);
      const token = part.tokens[tokenIndex(part.tokens, at)];
      const meant = token?.tokenType === ParameterToken && token.startOffset === at;
      if (meant && unticked(token.image.slice(1)) === name) count++;
      if (count > MOST_USES) return count;
    }
  }
  return count;
}

/** A connection profile: what it allows. */
export function profileBlocks(id: string, context: CheckContext): Block[] | undefined {
  const known = context.profiles?.get(id) ?? (context.profile.id === id ? context.profile : undefined);
  if (known === undefined) return undefined;
  return [
    text(
      'The connection ',
      code(known.id),
      known.id === context.profile.id ? ', in force without USING.' : '.',
    ),
    ...facts([
      ['Keeps', [`${formatDuration(known.retention)} of history`]],
      ['Requests at once', [grouped(known.maxConcurrentRequests)]],
      ['Page', [`at most ${grouped(known.maxPageSize)} interactions`]],
      ['Ids in one request', [grouped(known.maxIdsPerRequest)]],
      ['Budget of a run', [`${grouped(known.maxRequestsPerRun)} requests`]],
      ['Time zone', [code(known.timeZone)]],
    ]),
  ];
}

/** The LIMIT of a query that has none. */
export function defaultLimitBlocks(context: CheckContext): Block[] {
  const limit = grouped(context.defaultLimit ?? DEFAULT_LIMIT);
  return [text(`Without LIMIT a query keeps at most ${limit} interactions.`)];
}
