/** A plan in sentences: what the tenant is asked, over which window and why, what runs here, what it costs. */
import { formatInstant } from '../protocol/instant.ts';
import { formatDuration } from './literals.ts';
import { grouped } from './numbers.ts';
import type { ParsedDocument } from './parse.ts';
import { executionOrder, type Plan, type PlannedBound } from './plan.ts';
import { operandText, predicateText } from './print.ts';
import { pagesText } from './requests-words.ts';
import { clauseOf, type Query } from './tree.ts';
import { windowOf } from './window.ts';

/** Conditions of which each has a sentence of its own. */
const TOLD = 6;
/** A condition in a sentence is cut here. */
const SHOWN = 80;

/** What has to be there before it can be sorted. */
const READ_FIRST: Readonly<Record<Plan['profile']['adapter'], string>> = {
  'history-query': 'everything in the window is read',
  'per-interaction': 'every interaction is asked for',
  file: 'the whole file is read',
};

/** The sentences of a plan, in the order in which things happen. */
export function explainWords(plan: Plan, document: ParsedDocument): string[] {
  return [
    ...setWords(plan, document),
    askedWords(plan),
    ...windowWords(plan),
    ...costWords(plan),
    ...localWords(plan),
    ...orderWords(plan),
    ...otherWords(plan),
  ];
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : more}`;
}

/** A piece of CXQ in a sentence. */
function shown(text: string): string {
  return `\`${text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text}\``;
}

function nameOf(query: Query): string {
  return query.name?.text ?? 'this query';
}

function setWords(plan: Plan, document: ParsedDocument): string[] {
  if (plan.needs.length === 0) return [];
  const order = executionOrder(document, plan.query);
  if (order === undefined) {
    return [
      `It needs the ids of ${plan.needs.join(', ')}, which cannot be had: they refer to each other, or are not there.`,
    ];
  }
  const all = order.map((query, index) => (index === order.length - 1 ? 'then this query' : nameOf(query)));
  return [`It needs the ids of other queries: first ${all.join(', ')}, all at the same instant.`];
}

/** What the tenant is asked for. */
function askedWords(plan: Plan): string {
  if (plan.batches.length === 0) {
    const why = plan.ids?.length === 0 ? 'no id is left to ask for' : 'the conditions exclude each other';
    return `The tenant is not asked: ${why}.`;
  }
  const { adapter } = plan.profile;
  if (adapter === 'file') return 'No tenant is asked: the history file is read, every interaction of it.';
  if (adapter === 'per-interaction' && plan.ids === null && plan.pending.length === 0)
    return 'This connection can only be asked for interactions by their ids, and the query names none.';
  const { from, to } = plan.window;
  const times: string[] = [];
  if (from !== null && to !== null)
    times.push(`begins between ${formatInstant(from)} and ${formatInstant(to)}`);
  else if (from !== null) times.push(`begins at ${formatInstant(from)} or later`);
  else if (to !== null) times.push(`begins at ${formatInstant(to)} or earlier`);
  const state = plan.errorState;
  if (state !== null) times.push(state ? 'is in error' : 'is not in error');
  const pending = plan.pending.map(({ ids, names }) => {
    const more = ids.size === 0 ? '' : ` and ${grouped(ids.size)} more by id`;
    return `the interactions that ${names.join(' and ')} ${names.length === 1 ? 'gives' : 'give'}${more}`;
  });
  const ids = plan.ids === null ? pending : [`${counted(plan.ids.length, 'interaction')} by id`, ...pending];
  const what = ids.length > 0 ? ids.join(', of ') : times.length === 0 ? 'every interaction' : 'interactions';
  const step = times.length === 0 ? '' : ` with a step that ${times.join(' and ')}`;
  return `The tenant is asked for ${what}${step}.`;
}

function windowWords(plan: Plan): string[] {
  const { from, to } = plan.bounds;
  if (plan.batches.length === 0) return [];
  const words: string[] = [];
  if (from !== null) {
    const moved = from.outside
      ? ` It was to begin outside the ${formatDuration(plan.profile.retention)} that the tenant keeps (CXQ3003), so the query does not run.`
      : from.clamped
        ? ` It is moved to 60 s inside the ${formatDuration(plan.profile.retention)} that the tenant keeps, so that it is still inside when the request arrives.`
        : '';
    words.push(
      `The window begins at ${formatInstant(from.micros)}: ${sourceOf(from, 'lower', plan)}.${moved}`,
    );
  }
  if (to !== null)
    words.push(`The window ends at ${formatInstant(to.micros)}: ${sourceOf(to, 'upper', plan)}.`);
  return words;
}

/** Where a bound comes from. */
function sourceOf(bound: PlannedBound, side: 'lower' | 'upper', plan: Plan): string {
  const { query, environment, profile } = plan;
  const several = windowOf(query, environment).bounds.filter((one) => one.side === side).length;
  const tightest = several > 1 ? `, the tightest of ${several} bounds` : '';
  const condition = bound.condition === null ? '' : shown(predicateText(bound.condition));
  switch (bound.origin) {
    case 'last': {
      const amount = clauseOf(query, 'last')?.amount ?? null;
      return `${shown(`LAST ${amount === null ? '' : operandText(amount)}`)}${tightest}`;
    }
    case 'since':
    case 'until': {
      const clause = clauseOf(query, 'since');
      const operand = bound.origin === 'since' ? clause?.since : clause?.until;
      return `${shown(`${bound.origin.toUpperCase()} ${operand == null ? '' : operandText(operand)}`)}${tightest}`;
    }
    case 'condition':
      return `${condition}${tightest}`;
    case 'alternatives':
      return `what all alternatives of ${condition} have in common`;
    case 'retention':
      return `with neither a time bound nor ids all that the tenant keeps is read, ${formatDuration(profile.retention)}`;
    case 'run':
      return 'the start of the run, so that records which arrive meanwhile cannot shift pages';
  }
}

function costWords(plan: Plan): string[] {
  const { batches, estimatedRequests, profile, pageSize, concurrency } = plan;
  if (batches.length === 0 || profile.adapter === 'file') return [];
  const words: string[] = [];
  const isPaged = profile.adapter === 'history-query';
  if (batches.length > 1 && isPaged) {
    words.push(
      `The ${counted(plan.ids?.length ?? 0, 'id')} go in ${counted(batches.length, 'batch', 'batches')} of at most ${grouped(profile.maxIdsPerRequest)}, and what comes is merged.`,
    );
  }
  for (const name of new Set(plan.pending.flatMap((term) => term.names))) {
    const how = isPaged ? `they go in batches of ${grouped(profile.maxIdsPerRequest)}` : 'each is a request';
    words.push(`The ids of ${name} are known only once it has run; ${how}.`);
  }
  const pages = pagesText({ adapter: profile.adapter, pageSize, concurrency });
  const { min, max } = estimatedRequests;
  if (max === null) {
    const many = isPaged ? 'pages' : 'ids';
    words.push(
      `How many requests that takes depends on what is there: as many as there are ${many} (${pages}).`,
    );
  } else {
    const count = min === max ? counted(max, 'request') : `${grouped(min)} to ${counted(max, 'request')}`;
    words.push(`That takes ${count} (${pages}).`);
  }
  return words;
}

/** What runs here and why. */
function localWords(plan: Plan): string[] {
  const { localConditions, local, batches } = plan;
  if (batches.length === 0) return [];
  if (local === null) {
    const who = plan.profile.adapter === 'file' ? 'what the file holds' : 'what the tenant sends';
    return [`Nothing is checked here: ${who} is what is kept.`];
  }
  const words = localConditions
    .slice(0, TOLD)
    .map(({ condition, reason }) => `${shown(predicateText(condition))} runs here, because ${reason}.`);
  const more = localConditions.length - words.length;
  if (more > 0) words.push(`${counted(more, 'more condition')} ${more === 1 ? 'runs' : 'run'} here.`);
  words.push(
    plan.asked === plan.whole
      ? 'The whole predicate is asked of each step that came: an interaction is kept when one of its steps satisfies all of it.'
      : 'That looks at interactions as a whole, so only that is asked of what came.',
  );
  return words;
}

function orderWords(plan: Plan): string[] {
  const { sort, limit, limitIsDefault, offset, local, batches } = plan;
  if (batches.length === 0) return [];
  const words: string[] = [];
  const order = `${sort.field} ${sort.direction}`;
  if (sort.local)
    words.push(`Sorted here by ${order}: ${READ_FIRST[plan.profile.adapter]} before LIMIT applies.`);
  else words.push(`The tenant sorts by ${order}.`);
  const skipped = offset === 0 ? '' : `, after the first ${grouped(offset)}`;
  if (limit === null) words.push(`All are kept${skipped}.`);
  else {
    const why = limitIsDefault ? ', as the query has no LIMIT' : '';
    const stop = local !== null && !sort.local ? '; reading stops when that many are found' : '';
    words.push(`At most ${grouped(limit)} are kept${skipped}${why}${stop}.`);
  }
  return words;
}

/** What only a note says. */
function otherWords(plan: Plan): string[] {
  return [...plan.remarks];
}
