/** The query of a run, narrowed to what the filter of its results leaves. */
import {
  formatInstant,
  MICROS_PER_MILLI,
  MICROS_PER_SECOND,
  type Micros,
  parseInstant,
} from '../protocol/instant.ts';
import type { Condition, ConditionKind, Filter } from '../protocol/panel-filter.ts';
import { applied, format } from './format/index.ts';
import { formatDuration, quote } from './literals.ts';
import { grouped } from './numbers.ts';
import { type ParsedDocument, parse } from './parse.ts';
import { clauseOf, type Query } from './tree.ts';

/** Ids that a query lists, at most. */
const MOST_IDS = 1_000;

/** Which steps the run took for bottlenecks. */
export interface NarrowThresholds {
  readonly general: Micros;
  /** Types that are looked at; the empty text stands for steps without one. */
  readonly types: readonly string[];
  readonly byType: ReadonlyMap<string, Micros>;
  readonly byNode: ReadonlyMap<string, Micros>;
}

/** What the run's records tell. */
export interface NarrowFacts {
  readonly thresholds: NarrowThresholds;
  /** Of the run, RFC 3339; null for open. */
  readonly window: { readonly from: string | null; readonly to: string | null };
  /** Of the interactions that stay, each once. */
  readonly ids: readonly string[];
  /** Every step that has a place in time has a start. */
  readonly allStart: boolean;
  /** The outcome of the filter is one that the tenant gave, and not the node that follows. */
  readonly outcomeGiven: boolean;
}

export interface Narrowed {
  readonly text: string;
  /** Sentences on what the text says otherwise than the filter. */
  readonly notes: readonly string[];
}

type Of<K extends ConditionKind> = Extract<Condition, { kind: K }>;

/** Conditions that all have to hold, none of them an OR without parentheses; undefined where they cannot be said. */
type Said = readonly string[] | undefined;

/** What is written into a query. */
interface Added {
  readonly condition: string;
  /** Its clauses of time go: what is written says when it was, whenever it runs. */
  readonly isTimed: boolean;
  readonly notes: readonly string[];
}

/** Makes the text that ran, with its parameters before it, ask for what the filter leaves. */
export function narrowed(text: string, filter: Filter, facts: NarrowFacts): Narrowed {
  if (filter.length === 0) return { text, notes: [] };
  const document = parse(text);
  const query = document.queries.at(-1);
  const added = conditionOf(filter, facts, query);
  const changed =
    query === undefined
      ? `${text.trimEnd()}\nWHERE ${added.condition}\n`
      : withCondition(document, query, added);
  return { text: applied(changed, format(parse(changed))), notes: added.notes };
}

function withCondition({ text }: ParsedDocument, query: Query, { condition, isTimed }: Added): string {
  const edits: { readonly start: number; readonly end: number; readonly newText: string }[] = [];
  const where = clauseOf(query, 'where');
  if (where === undefined) {
    const at = query.clauses[0]?.start ?? query.end;
    edits.push({
      start: at,
      end: at,
      newText: `${/\s$/.test(text.slice(0, at)) ? '' : ' '}WHERE ${condition}\n`,
    });
  } else {
    const { start, end, kind } = where.predicate;
    if (kind === 'or') edits.push({ start, end: start, newText: '(' });
    edits.push({ start: end, end, newText: `${kind === 'or' ? ')' : ''} AND ${condition}` });
  }
  for (const { kind, start, end } of isTimed ? query.clauses : []) {
    if (kind === 'last' || kind === 'since') edits.push({ start, end, newText: '' });
  }
  // From the end, so that places stay; of one place, what is put in comes after what goes.
  let changed = text;
  for (const { start, end, newText } of edits.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    changed = changed.slice(0, start) + newText + changed.slice(end);
  }
  return changed;
}

/** What the query's own predicate is narrowed by. */
function conditionOf(filter: Filter, facts: NarrowFacts, query: Query | undefined): Added {
  const where = query === undefined ? undefined : clauseOf(query, 'where');
  const isMatching = filter.some((one) => one.kind === 'mark' && one.mark === 'matching');
  const said: string[] = [];
  for (const one of filter) {
    // Its steps are those that satisfy the query's own predicate, if it has one.
    if (one.kind === 'mark' && one.mark === 'matching' && where !== undefined) continue;
    const words = wordsOf(one, facts);
    if (words === undefined) return byIds(one, facts);
    said.push(...words);
  }
  const all = said.join(' AND ');
  if (all === '') return byIds(filter[0], facts);
  // The query's own conditions may hold of one step, and the filter's of another.
  const condition = where === undefined || isMatching ? all : `ANY(${all})`;
  const hasClause = query?.clauses.some(({ kind }) => kind === 'last' || kind === 'since') === true;
  if (!hasClause || !filter.some(({ kind }) => kind === 'time')) {
    return { condition, isTimed: false, notes: [] };
  }
  const window = timeBounds(facts.window.from, facts.window.to, '<=') ?? [];
  return {
    condition: [...(where === undefined ? [] : window), condition].join(' AND '),
    isTimed: true,
    notes: ['The period is written as dates: it is the one of this run, whenever the query runs again.'],
  };
}

const KINDS: Readonly<Record<ConditionKind, string>> = {
  mark: 'the marks of steps',
  node: 'the node',
  outcome: 'the outcome of the decision',
  dwell: 'the dwell',
  time: 'the time',
  variable: 'the change of the variable',
  search: 'the search',
  edge: 'which node follows which',
  path: 'the path',
  interactions: 'which interactions they are',
};

/** Ids need no time: a period that is counted back from now would soon have moved past them. */
function byIds(why: Condition | undefined, { ids }: NarrowFacts): Added {
  const writable = ids.filter(isWritable);
  const listed = writable.slice(0, MOST_IDS);
  const notes: string[] = [];
  if (why !== undefined && why.kind !== 'interactions') {
    notes.push(
      `A query cannot say ${KINDS[why.kind]} as the filter does: the interactions are listed by their ids, so that it finds these and no later ones.`,
    );
  }
  if (writable.length > listed.length) {
    notes.push(
      `${grouped(writable.length - listed.length)} of the ${grouped(writable.length)} interactions are left out: a query lists ${grouped(MOST_IDS)} ids at most.`,
    );
  }
  if (ids.length > writable.length) {
    notes.push(
      `${grouped(ids.length - writable.length)} of the ids hold a line break, which no query can write: they are left out.`,
    );
  }
  // Nothing stays: no interaction has an empty id.
  const list = listed.length === 0 ? [''] : listed;
  return { condition: `interactionId IN [${list.map(quote).join(', ')}]`, isTimed: true, notes };
}

/** A string of the language stands on one line. */
function isWritable(text: string): boolean {
  return !/[\r\n]/.test(text);
}

/** All of them on one line, or not at all. */
function quotedAll(texts: readonly string[]): readonly string[] | undefined {
  return texts.every(isWritable) ? texts.map(quote) : undefined;
}

function wordsOf(condition: Condition, facts: NarrowFacts): Said {
  switch (condition.kind) {
    case 'node': {
      const [node] = quotedAll([condition.nodeId]) ?? [];
      return node === undefined ? undefined : [`nodeId = ${node}`];
    }
    case 'mark':
      return markWords(condition, facts);
    case 'dwell':
      return dwellWords(condition);
    case 'time':
      return facts.allStart ? timeWords(condition) : undefined;
    case 'outcome': {
      const [node, outcome] = quotedAll([condition.nodeId, condition.outcome]) ?? [];
      if (node === undefined || outcome === undefined || !facts.outcomeGiven) return undefined;
      return [`nodeId = ${node}`, `outcome = ${outcome}`, 'NOT open'];
    }
    case 'search':
      return searchWords(condition);
    case 'variable':
      return variableWords(condition);
    case 'edge':
    case 'path':
    case 'interactions':
      return undefined;
  }
}

function markWords({ mark }: Of<'mark'>, { thresholds }: NarrowFacts): Said {
  switch (mark) {
    case 'error':
      return ['errorState = TRUE'];
    case 'open':
      return ['open'];
    case 'bottleneck':
      return bottleneckWords(thresholds);
    case 'matching':
      return undefined;
  }
}

/** The most specific threshold wins: what has one of its own is left out of the more general ones. */
function bottleneckWords({ general, types, byType, byNode }: NarrowThresholds): Said {
  const nodes = [...byNode.keys()];
  const plain = types.filter((type) => !byType.has(type));
  const own = types.filter((type) => byType.has(type));
  const texts = quotedAll([...types, ...nodes]);
  const all = [general, ...byNode.values(), ...own.map((type) => byType.get(type) ?? general)];
  if (
    texts === undefined ||
    types.length === 0 ||
    all.some((micros) => durationWords(micros) === undefined)
  ) {
    return undefined;
  }
  const above = (micros: Micros): string => `dwell > ${durationWords(micros) ?? ''}`;
  const others = nodes.length === 0 ? [] : [`nodeId NOT IN [${nodes.map(quote).join(', ')}]`];
  const ways = [
    ...(plain.length === 0 ? [] : [[typeWords(plain), ...others, above(general)]]),
    ...own.map((type) => [typeWords([type]), ...others, above(byType.get(type) ?? general)]),
    ...[...byNode].map(([node, micros]) => [`nodeId = ${quote(node)}`, typeWords(types), above(micros)]),
  ];
  const [first = []] = ways;
  return ways.length === 1 ? first : [`(${ways.map((way) => way.join(' AND ')).join(' OR ')})`];
}

function typeWords(types: readonly string[]): string {
  const named = types.filter((type) => type !== '');
  const [only] = named;
  const some =
    named.length === 1 && only !== undefined
      ? `nodeType = ${quote(only)}`
      : `nodeType IN [${named.map(quote).join(', ')}]`;
  if (named.length === types.length) return some;
  const none = "(nodeType IS NULL OR nodeType = '')";
  return named.length === 0 ? none : `(${none} OR ${some})`;
}

/** Durations are written to the millisecond. */
function durationWords(micros: Micros): string | undefined {
  return micros % MICROS_PER_MILLI === 0 ? formatDuration(micros) : undefined;
}

function dwellWords({ from, to }: Of<'dwell'>): Said {
  const bounds = [from, to].map((seconds) =>
    seconds === null ? null : durationWords(Math.round(seconds * MICROS_PER_SECOND)),
  );
  const [least, limit] = bounds;
  if (least === undefined || limit === undefined || isEmpty(from, to)) return undefined;
  return [
    ...(least === null ? [] : [`dwell >= ${least}`]),
    ...(limit === null ? [] : [`dwell < ${limit}`]),
    ...(least === null && limit === null ? ['dwell IS NOT NULL'] : []),
  ];
}

function timeWords({ from, to }: Of<'time'>): Said {
  const bounds = timeBounds(from, to);
  return bounds?.length === 0 ? ['nodeTimestamp IS NOT NULL'] : bounds;
}

/** From an instant on, up to another. */
function timeBounds(from: string | null, to: string | null, until: '<' | '<=' = '<'): Said {
  const [least, limit] = [from, to].map((text) => (text === null ? null : parseInstant(text)?.micros));
  if (least === undefined || limit === undefined || isEmpty(least, limit)) return undefined;
  return [
    ...(least === null ? [] : [`nodeTimestamp >= ${quote(formatInstant(least))}`]),
    ...(limit === null ? [] : [`nodeTimestamp ${until} ${quote(formatInstant(limit))}`]),
  ];
}

/** Nothing is between them. */
function isEmpty(from: number | null, to: number | null): boolean {
  return from !== null && to !== null && from >= to;
}

const SEARCHED = ['interactionId', 'nodeId', 'nodeName', 'nodeType', 'outcome'];

/** Whatever the case of its letters: what that means beyond ASCII is not the same here and there. */
function searchWords({ text }: Of<'search'>): Said {
  const searched = text.trim();
  if (searched === '' || !/^[\x20-\x7e]*$/.test(searched)) return undefined;
  const pattern = quote(`(?i)${searched.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`);
  return [`(${SEARCHED.map((field) => `${field} MATCHES ${pattern}`).join(' OR ')})`];
}

/** Of a variable that is no member of another; of values only those that are no lists and hold no others. */
function variableWords({ name, change, before, after }: Of<'variable'>): Said {
  const variable = name.replaceAll('~1', '/').replaceAll('~0', '~');
  if (name.includes('/') || !isWritable(variable)) return undefined;
  const isPlain = /^[A-Za-z_]\w*$/.test(variable);
  const argument = isPlain ? variable : quote(variable);
  const field = (side: string): string => (isPlain ? `${side}.${variable}` : `${side}[${quote(variable)}]`);
  if (before === null && after === null) {
    return change === 'added' || change === 'removed' ? [`${change}(${argument})`] : undefined;
  }
  if (change !== null && !isOfKind(change, before, after)) return undefined;
  const values = [
    ...(before === null ? [] : [[field('before'), literalOf(before)] as const]),
    ...(after === null ? [] : [[field('after'), literalOf(after)] as const]),
  ];
  const words = values.map(([side, literal]) => (literal === undefined ? undefined : `${side} = ${literal}`));
  const known = words.filter((one) => one !== undefined);
  return known.length < words.length ? undefined : [`changed(${argument})`, ...known];
}

/** Whether the values alone tell that a change is of a kind. */
function isOfKind(change: string, before: string | null, after: string | null): boolean {
  if (before === null || after === null) return false;
  const [from, to] = [before, after].map((json) => typeOf(json));
  return change === (from === to ? 'changed' : 'typeChanged');
}

function typeOf(json: string): string {
  if (json.startsWith('"')) return 'text';
  return /^[-\d]/.test(json) ? 'number' : json === 'true' || json === 'false' ? 'boolean' : json.slice(0, 1);
}

/** A JSON text as the language writes the value; undefined where it does not. */
function literalOf(json: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value === 'boolean') return String(value).toUpperCase();
  if (typeof value === 'number') return /^-?\d+(?:\.\d+)?$/.test(json) ? json : undefined;
  return typeof value === 'string' && isWritable(value) ? quote(value) : undefined;
}
