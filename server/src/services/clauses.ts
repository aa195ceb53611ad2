/** Where a query that has run stands in a text by now: results lead back to it. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { clauseOf, type ParsedDocument, parse, type Query, type Span } from '../language/index.ts';
import { clausesParamsSchema, clausesResultSchema, METHODS } from '../protocol/lsp.ts';
import { CLAUSES } from '../protocol/panel.ts';
import { answer } from './answers.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { readText } from './texts.ts';

interface Sought {
  readonly query: string | null;
  readonly ran: string | null;
  readonly index: number | null;
}

/** The text of a query, whatever its layout. */
function plain(text: string, { start, end }: Span): string {
  return text.slice(start, end).replace(/\s+/g, ' ').replace(/ ?;$/, '').trim();
}

/** The query that was meant: one with a name by that alone, one without by its text, else by its place. */
export function findQuery(
  { text, queries }: Pick<ParsedDocument, 'text' | 'queries'>,
  { query: name, ran, index }: Sought,
): Query | undefined {
  if (name !== null) return queries.find((one) => one.name?.text === name);
  const nameless = queries.filter((one) => one.name === null);
  // Parameters stand before the query that ran.
  const last = ran === null ? undefined : parse(ran).queries.at(-1);
  if (ran !== null && last !== undefined) {
    const wanted = plain(ran, last);
    const same = nameless.find((one) => plain(text, one) === wanted);
    if (same !== undefined) return same;
  }
  return nameless.find((one) => one.index === index) ?? (nameless.length === 1 ? nameless[0] : undefined);
}

function partsOf(query: Query, kind: (typeof CLAUSES)[number]): readonly Span[] {
  if (kind === 'analyze') return clauseOf(query, kind)?.analyses ?? [];
  if (kind === 'expect') return clauseOf(query, kind)?.expectations ?? [];
  return [];
}

export const clausesFeature: Feature = {
  capabilities: {},
  register({ connection }) {
    answer(connection, METHODS.clauses, clausesParamsSchema, async ({ uri, text, ...sought }, token) => {
      const query = findQuery(await readText(text, token), sought);
      if (query === undefined) return clausesResultSchema.parse({ query: null });
      const document = TextDocument.create(uri, 'cxq', 0, text);
      const clauses = CLAUSES.flatMap((kind) => {
        const clause = clauseOf(query, kind);
        if (clause === undefined) return [];
        const parts = partsOf(query, kind).map((part) => rangeOf(document, part));
        return [{ kind, range: rangeOf(document, clause), parts }];
      });
      const head = query.name ?? query.keyword ?? query.clauses[0]?.keyword ?? query;
      return {
        query: {
          index: query.index,
          range: rangeOf(document, query),
          head: rangeOf(document, head.end > head.start ? head : query),
          text: text.slice(query.start, query.end),
          clauses,
        },
      };
    });
  },
};
