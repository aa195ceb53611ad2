/** What of a text leads somewhere: files of exports, addresses of notices. */
import { escapes } from './check/clauses.ts';
import type { ParsedDocument } from './parse.ts';
import type { Span, StringLiteral } from './tree.ts';

/** Its range is that of the text itself, without quotes. */
export type Link = Span &
  (
    | {
        readonly kind: 'export' /** Relative to the folder that exports go to, and inside it. */;
        readonly path: string;
      }
    | { readonly kind: 'address' /** An https address as it is written. */; readonly url: string }
  );

/** The links of a document, in the order of the text. */
export function links(document: ParsedDocument): Link[] {
  const found: Link[] = [];
  for (const query of document.queries) {
    for (const clause of query.clauses) {
      if (clause.kind === 'export' && clause.path?.closed === true) {
        const path = clause.path.value;
        if (escapes(path) === undefined) found.push({ kind: 'export', path, ...contentOf(clause.path) });
      }
      if (clause.kind === 'notify' && clause.url?.closed === true) {
        const url = clause.url.value;
        if (isHttps(url)) found.push({ kind: 'address', url, ...contentOf(clause.url) });
      }
    }
  }
  return found;
}

function contentOf(literal: StringLiteral): Span {
  return { start: literal.start + 1, end: literal.end - 1 };
}

/** Nothing but a plain https address: no blanks that a parser would forgive, no name before an `@` that misleads. */
function isHttps(text: string): boolean {
  if (!/^https:\/\/[^\s\\]+$/i.test(text)) return false;
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.password === '';
}
