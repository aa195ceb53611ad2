/** Names of a document: parameters, queries, what they refer to, and what is there twice. */
import { PART_WORDS } from '../analyses.ts';
import { diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { readInstant } from '../literals.ts';
import { nearest } from '../nearest.ts';
import { optionNamed } from '../options.ts';
import { type ParameterFacts, parameterTypeNamed } from '../parameters.ts';
import { nameText } from '../print.ts';
import { endOf, ParameterToken } from '../tokens.ts';
import type { Clause, Name, Parameter, Query, Span } from '../tree.ts';
import { PARAMETER_TYPES, type ParameterType } from '../types.ts';
import { setReferences } from '../walk.ts';
import { partsOf } from './circles.ts';
import { checkRepeats } from './lists.ts';
import { aOrAn, conversion } from './operands.ts';
import type { DocumentScope } from './scope.ts';

/** Parameters and queries of the whole file. */
export function checkNames(scope: DocumentScope): void {
  duplicates(scope, 'parameter', scope.document.parameters);
  duplicates(scope, 'query', scope.document.queries);
  for (const parameter of scope.document.parameters) checkParameter(parameter, scope);
  checkReferences(scope);
  checkCircles(scope);
}

function duplicates(scope: DocumentScope, what: string, items: readonly (Parameter | Query)[]): void {
  const first = new Map<string, Name>();
  for (const { name } of items) {
    if (name === null) continue;
    const earlier = first.get(name.text);
    if (earlier === undefined) {
      first.set(name.text, name);
      continue;
    }
    scope.report(
      diagnostic('CXQ2007', name, `There is a ${what} \`${name.text}\` already.`, {
        related: [{ start: earlier.start, end: earlier.end, message: 'The first one is here.' }],
      }),
    );
  }
}

function checkParameter(parameter: Parameter, scope: DocumentScope): void {
  const { type, value } = parameter;
  let declared: ParameterType | undefined;
  if (type !== null) {
    declared = parameterTypeNamed(type.text);
    if (declared === undefined) {
      const near = nearest(type.text, PARAMETER_TYPES);
      const fixes = near === undefined ? [] : [replace(`Change to ${near}`, type, near, true)];
      const message = `There is no type \`${type.text}\`; there are ${PARAMETER_TYPES.join(', ')}.`;
      scope.report(diagnostic('CXQ2011', type, message, { fixes }));
    }
  }
  if (value === null) return;
  if (value.kind === 'parameterReference') {
    // One that nobody declares has its own message.
    if (!scope.parameters.has(value.name)) return;
    scope.report(
      diagnostic('CXQ2003', value, 'The default of a parameter is a value, not another parameter.'),
    );
    return;
  }
  if (value.kind === 'list') checkRepeats(value, scope);
  if (value.kind === 'null' || declared === undefined) return;
  if (value.kind === 'duration' && value.micros === null) return;
  if (value.kind === 'string' && !value.closed) return;
  const actual = value.kind === 'string' ? 'STRING' : value.kind.toUpperCase();
  const wanted = declared === 'TIMESTAMP' ? 'STRING' : declared;
  if (actual !== wanted) {
    const message = `The parameter is ${aOrAn(declared)}, and its default is none.`;
    scope.report(diagnostic('CXQ2003', value, message, { fixes: conversion(value, declared, scope) }));
    return;
  }
  if (declared !== 'TIMESTAMP' || value.kind !== 'string' || !value.closed) return;
  const read = readInstant(value.value, scope.context.profile.timeZone, 'start');
  if (read.ok) return;
  const fixes =
    read.repaired === undefined
      ? []
      : [replace(`Change to '${read.repaired}'`, value, `'${read.repaired}'`, true)];
  const found =
    read.reason === 'zone'
      ? diagnostic('CXQ3002', value, 'A time needs its zone: Z for UTC, or an offset such as +02:00.', {
          fixes,
        })
      : diagnostic(
          'CXQ3001',
          value,
          "Neither a date ('2026-11-20') nor an RFC 3339 date and time ('2026-11-20T08:00:00Z').",
          { fixes },
        );
  scope.report(found);
}

/** 2005 and 2006, from the words themselves: a parameter used in what could not be read is used. */
function checkReferences(scope: DocumentScope): void {
  const { document, parameters } = scope;
  const used = new Set<string>();
  // Where something else was expected, what stands there is no use of a parameter.
  const junk = new Set(document.syntax.map((found) => found.start));
  for (const token of document.tokens) {
    if (token.tokenType !== ParameterToken) continue;
    const name = token.image.replace(/^\$`?|`$/g, '');
    used.add(name);
    if (parameters.has(name) || document.presumed.parameters.has(name)) continue;
    if (junk.has(token.startOffset)) continue;
    const span = { start: token.startOffset, end: endOf(token) };
    const near = nearest(name, parameters.keys());
    const fixes: QuickFix[] = [];
    if (near !== undefined) fixes.push(replace(`Change to $${near}`, span, `$${near}`));
    fixes.push(declare(name, scope));
    scope.report(diagnostic('CXQ2005', span, `No PARAM declares $${name}.`, { fixes }));
  }
  for (const facts of parameters.values()) if (!used.has(facts.name)) scope.report(unused(facts, scope));
}

/** Declares a parameter before everything else, but after a byte-order mark and the comments that head the file. */
function declare(name: string, scope: DocumentScope): QuickFix {
  const at = scope.document.items[0]?.start ?? scope.document.tokens[0]?.startOffset ?? 0;
  const newText = `PARAM ${nameText({ text: name })}\n`;
  return {
    title: `Declare PARAM ${name}`,
    edits: [{ start: at, end: at, newText }],
    isPreferred: near(scope),
  };
}

function near(scope: DocumentScope): boolean {
  return scope.parameters.size === 0;
}

function unused(facts: ParameterFacts, scope: DocumentScope) {
  const { declaration, name } = facts;
  const rest = /^[ \t]*;?[ \t]*(?:\r?\n)?/.exec(scope.document.text.slice(declaration.end));
  const whole = { start: declaration.start, end: declaration.end + (rest?.[0].length ?? 0) };
  return diagnostic('CXQ2006', declaration.name ?? declaration, `The parameter ${name} is never used.`, {
    unnecessary: true,
    fixes: [replace('Remove it', whole, '', true)],
  });
}

interface Reference extends Span {
  readonly name: string;
}

/** Every query that another names: by IN, or to compare with. */
function references(query: Query): Reference[] {
  const found: Reference[] = setReferences(query);
  for (const clause of query.clauses) {
    if (clause.kind !== 'compare' || clause.target === null) continue;
    const { text, start, end } = clause.target;
    if (text.toUpperCase() !== 'PREVIOUS') found.push({ name: text, start, end });
  }
  return found;
}

function checkCircles(scope: DocumentScope): void {
  const byName = new Map<string, Query>();
  for (const query of scope.document.queries) {
    const name = query.name?.text;
    if (name !== undefined && !byName.has(name)) byName.set(name, query);
  }
  const edges = new Map<Query, readonly Reference[]>();
  for (const query of scope.document.queries) {
    const found = references(query);
    if (found.length > 0) edges.set(query, found);
  }
  if (edges.size === 0) return;
  const targets = (query: Query) =>
    (edges.get(query) ?? []).flatMap(({ name }) => {
      const target = byName.get(name);
      return target === undefined ? [] : [target];
    });
  const circle = partsOf([...edges.keys()], targets);
  for (const [query, found] of edges) {
    for (const reference of found) {
      const target = byName.get(reference.name);
      // Of two that reach each other every reference between them is on a circle.
      if (target === undefined || (target !== query && circle.get(target) !== circle.get(query))) continue;
      const message =
        target === query
          ? `The query ${reference.name} refers to itself.`
          : `The queries refer to each other in a circle: ${reference.name} needs this one.`;
      scope.report(diagnostic('CXQ2013', reference, message));
    }
  }
}

const CLAUSE_NAMES: Readonly<Record<Clause['kind'], string>> = {
  using: 'USING',
  where: 'WHERE',
  last: 'LAST',
  since: 'SINCE',
  order: 'ORDER BY',
  limit: 'LIMIT',
  offset: 'OFFSET',
  with: 'WITH',
  mask: 'MASK',
  analyze: 'ANALYZE',
  compare: 'COMPARE TO',
  expect: 'EXPECT',
  export: 'EXPORT',
  notify: 'NOTIFY',
};

/** 2008: clauses, options and parts of analyses that are there twice, and LAST beside SINCE. */
export function checkRepetition(query: Query, scope: DocumentScope): void {
  const first = new Map<string, Clause>();
  const { starts } = scope.document.presumed;
  for (const [index, clause] of query.clauses.entries()) {
    // After a misspelt QUERY they are another query's.
    const from = query.clauses[index - 1]?.start ?? query.start;
    if (starts.some((start) => start >= from && start < clause.start)) first.clear();
    if (clause.kind === 'export' || clause.kind === 'notify') continue;
    const kind = clause.kind === 'since' ? 'last' : clause.kind;
    const earlier = first.get(kind);
    if (earlier === undefined) {
      first.set(kind, clause);
      continue;
    }
    const [one, other] = [CLAUSE_NAMES[earlier.kind], CLAUSE_NAMES[clause.kind]];
    const leading = earlier.kind === 'where' && earlier.keyword.start === earlier.keyword.end;
    const message = leading
      ? 'The query begins with a predicate already, which counts as its WHERE.'
      : one === other
        ? `${one} is there twice.`
        : `${one} and ${other} exclude each other.`;
    const fixes = [replace('Remove it', withGap(clause, scope), '', true)];
    if (kind === 'where' && earlier.kind === 'where') fixes.push(joinWithAnd(clause));
    const place = earlier.keyword.start === earlier.keyword.end ? earlier : earlier.keyword;
    scope.report(
      diagnostic('CXQ2008', clause.keyword, message, {
        related: [{ start: place.start, end: place.end, message: 'The first one is here.' }],
        fixes,
      }),
    );
  }
  for (const clause of query.clauses) {
    if (clause.kind === 'with') {
      repeated(
        scope,
        clause.options,
        (option) => optionNamed(option.name.text)?.name ?? option.name.text,
        (option) => option.name,
      );
    }
    if (clause.kind === 'analyze') {
      for (const analysis of clause.analyses)
        repeated(
          scope,
          analysis.parts,
          (part) => PART_WORDS[part.kind],
          (part) => part.keyword,
        );
    }
  }
}

function joinWithAnd(clause: Clause): QuickFix {
  return replace('Join with AND', clause.keyword, 'AND');
}

function repeated<T extends Span>(
  scope: DocumentScope,
  items: readonly T[],
  key: (item: T) => string,
  place: (item: T) => Span,
): void {
  const first = new Map<string, T>();
  for (const [index, item] of items.entries()) {
    const name = key(item);
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, item);
      continue;
    }
    const before = items[index - 1] ?? item;
    const related = place(earlier);
    scope.report(
      diagnostic('CXQ2008', place(item), `${name} is there twice.`, {
        related: [{ start: related.start, end: related.end, message: 'The first one is here.' }],
        fixes: [replace('Remove it', { start: before.end, end: item.end }, '', true)],
      }),
    );
  }
}

/** A clause with the white space before it. */
function withGap(clause: Clause, scope: DocumentScope): Span {
  const before = scope.document.text.slice(0, clause.start);
  return { start: before.trimEnd().length, end: clause.end };
}
