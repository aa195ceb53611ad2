/** What is there twice in one query. */
import { PART_WORDS } from '../analyses.ts';
import { diagnostic, type QuickFix, replace } from '../diagnostics.ts';
import { optionNamed } from '../options.ts';
import type { Clause, Query, Span } from '../tree.ts';
import type { DocumentScope } from './scope.ts';

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
