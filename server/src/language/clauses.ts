/** The clauses and the words that begin them: what hovers, completion and the reference say of each. */
import type { Reserved } from './tokens.ts';
import type { ClauseKind } from './tree.ts';

export interface ClauseSpec {
  /** The word that begins it; `SORT` is a synonym of `ORDER`. */
  readonly word: Reserved;
  /** Words as they are written together. */
  readonly phrase: string;
  readonly kind: ClauseKind | 'query' | 'parameter';
  readonly signature: string;
  /** One sentence. */
  readonly text: string;
  /** The whole clause with the places to fill in, `$1` and `‹text›`. */
  readonly snippet: string;
}

export const CLAUSES: readonly ClauseSpec[] = [
  {
    word: 'QUERY',
    phrase: 'QUERY',
    kind: 'query',
    signature: "QUERY name ['title'] [predicate]",
    text: 'Begins a query; its name is what IN and COMPARE TO refer to, its title what results are headed with.',
    snippet: 'QUERY ‹name›',
  },
  {
    word: 'PARAM',
    phrase: 'PARAM',
    kind: 'parameter',
    signature: 'PARAM name [: type] [= value]',
    text: 'A value used as $name; without a default it is asked for when a query runs.',
    snippet: 'PARAM ‹name› = ‹2h›',
  },
  {
    word: 'USING',
    phrase: 'USING',
    kind: 'using',
    signature: 'USING name',
    text: 'The connection profile that the query asks, in place of the one in force.',
    snippet: 'USING ‹profile›',
  },
  {
    word: 'WHERE',
    phrase: 'WHERE',
    kind: 'where',
    signature: 'WHERE predicate',
    text: 'Asked of one step at a time; an interaction is kept whole when one of its steps satisfies all of it.',
    snippet: 'WHERE ‹errorState = true›',
  },
  {
    word: 'LAST',
    phrase: 'LAST',
    kind: 'last',
    signature: 'LAST duration',
    text: 'The window: from so long before the run until the run.',
    snippet: 'LAST ‹24h›',
  },
  {
    word: 'SINCE',
    phrase: 'SINCE',
    kind: 'since',
    signature: 'SINCE instant [UNTIL instant]',
    text: 'The window: from one instant until another, or until the run.',
    snippet: 'SINCE ‹ago(2h)›',
  },
  {
    word: 'ORDER',
    phrase: 'ORDER BY',
    kind: 'order',
    signature: 'ORDER BY field [ASC | DESC]',
    text: 'The order of the interactions: by nodeTimestamp the tenant sorts, by any other field they are sorted here.',
    snippet: 'ORDER BY ‹duration› ‹DESC›',
  },
  {
    word: 'SORT',
    phrase: 'SORT BY',
    kind: 'order',
    signature: 'SORT BY field [ASC | DESC]',
    text: 'The same as ORDER BY.',
    snippet: 'SORT BY ‹duration› ‹DESC›',
  },
  {
    word: 'LIMIT',
    phrase: 'LIMIT',
    kind: 'limit',
    signature: 'LIMIT count | ALL',
    text: 'How many interactions are kept at most, over all pages.',
    snippet: 'LIMIT ‹500›',
  },
  {
    word: 'OFFSET',
    phrase: 'OFFSET',
    kind: 'offset',
    signature: 'OFFSET count',
    text: 'How many interactions are passed over first.',
    snippet: 'OFFSET ‹500›',
  },
  {
    word: 'WITH',
    phrase: 'WITH',
    kind: 'with',
    signature: 'WITH option = value, …',
    text: 'How the history is retrieved: page size, requests at once, retries, time limit, mode.',
    snippet: 'WITH ‹pageSize› = ‹200›',
  },
  {
    word: 'MASK',
    phrase: 'MASK',
    kind: 'mask',
    signature: 'MASK (pattern, …)',
    text: 'Variables whose values are hidden in everything that is shown, kept, exported or sent.',
    snippet: 'MASK (‹card*›)',
  },
  {
    word: 'ANALYZE',
    phrase: 'ANALYZE',
    kind: 'analyze',
    signature: 'ANALYZE analysis, …',
    text: 'What the results show; without it all analyses with their defaults.',
    snippet: 'ANALYZE ‹BOTTLENECKS OVER 15s›',
  },
  {
    word: 'COMPARE',
    phrase: 'COMPARE TO',
    kind: 'compare',
    signature: 'COMPARE TO query | PREVIOUS',
    text: 'Compares with another query of the file, or with the same query over the period before.',
    snippet: 'COMPARE TO ‹PREVIOUS›',
  },
  {
    word: 'EXPECT',
    phrase: 'EXPECT',
    kind: 'expect',
    signature: 'EXPECT metric comparison value, …',
    text: 'What must hold of the results; a run says whether it did.',
    snippet: 'EXPECT ‹BOTTLENECKS› <= ‹5›',
  },
  {
    word: 'EXPORT',
    phrase: 'EXPORT TO',
    kind: 'export',
    signature: "EXPORT TO 'path' [AS format]",
    text: 'Writes what was found to a file; its ending decides on the format where AS does not.',
    snippet: "EXPORT TO '‹report.json›'",
  },
  {
    word: 'NOTIFY',
    phrase: 'NOTIFY',
    kind: 'notify',
    signature: "NOTIFY 'address'",
    text: 'Tells an https address how the run ended.',
    snippet: "NOTIFY 'https://‹mining.example.com/hooks/cxq›'",
  },
];

const byWord = new Map<string, ClauseSpec>(CLAUSES.map((known) => [known.word, known]));

/** A clause by the word that begins it, in any case. */
export function clauseNamed(word: string): ClauseSpec | undefined {
  return byWord.get(word.toUpperCase());
}

/** A template with ‹places› as a snippet of the protocol, its places numbered from 1. */
export function snippetOf(template: string): string {
  let place = 0;
  return template.replace(/‹([^›]*)›/g, (_, text: string) => `\${${++place}:${text}}`);
}
