/** What is there twice in one query. */
import { PART_WORDS } from '../analyses.ts';
import { diagnostic, type QuickFix, replace, sure } from '../diagnostics.ts';
import { optionNamed } from '../options.ts';
import type { Clause, Predicate, Query, Span } from '../tree.ts';
import { type DocumentScope, overlaps, textOf } from './scope.ts';

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
      ? 'The query begins with a condition already, which counts as its WHERE. Join the two with AND.'
      : one === other
        ? `${one} stands in the query already, and can stand there once.`
        : `${one} and ${other} both say where the window begins: only one of them can stand.`;
    // Which of two was meant nobody knows; of two that are the same it does not matter.
    const isSame = textOf(scope, clause) === textOf(scope, earlier);
    const remove = isSame ? sure : replace;
    const fixes = [remove('Remove it', withGap(clause, scope), '', true)];
    if (query.clauses[index - 1] === earlier) fixes.push(...joinWithAnd(earlier, clause, scope));
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

/** Two predicates, one right after the other, as one: what OR joins stays together. */
function joinWithAnd(first: Clause, second: Clause, scope: DocumentScope): QuickFix[] {
  if (first.kind !== 'where' || second.kind !== 'where') return [];
  const whole = { start: first.start, end: second.end };
  if (scope.document.syntax.some((found) => overlaps(found, whole))) return [];
  const grouped = (predicate: Predicate) => {
    const text = textOf(scope, predicate);
    return predicate.kind === 'or' ? `(${text})` : text;
  };
  const edits = [{ start: second.keyword.start, end: second.keyword.end, newText: 'AND' }];
  for (const { predicate } of [first, second]) {
    const { start, end, kind } = predicate;
    if (kind === 'or') edits.push({ start, end, newText: grouped(predicate) });
  }
  return [{ title: 'Join with AND', edits, isPreferred: false }];
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
    const remove = textOf(scope, item) === textOf(scope, earlier) ? sure : replace;
    scope.report(
      diagnostic('CXQ2008', place(item), `${name} stands here already, and can stand once.`, {
        related: [{ start: related.start, end: related.end, message: 'The first one is here.' }],
        fixes: [remove('Remove it', { start: before.end, end: item.end }, '', true)],
      }),
    );
  }
}

/** A clause with the white space before it. */
function withGap(clause: Clause, scope: DocumentScope): Span {
  const before = scope.document.text.slice(0, clause.start);
  return { start: before.trimEnd().length, end: clause.end };
}
