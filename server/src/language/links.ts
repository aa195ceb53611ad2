/** What of a text leads somewhere: files of exports, addresses of notices, codes in comments. */
import { escapes } from './check/clauses.ts';
import { type DiagnosticCode, isCode } from './diagnostics.ts';
import { firstEndingAt } from './nodes.ts';
import type { ParsedDocument } from './parse.ts';
import type { Span, StringLiteral } from './tree.ts';

/** Its range is that of the text itself, without quotes. */
export type Link = Span &
  (
    | { readonly kind: 'export'; readonly path: string }
    | { readonly kind: 'address'; readonly url: string }
    | { readonly kind: 'documentation'; readonly code: DiagnosticCode }
  );

/**
 * The links of a document, in the order of the text. Paths are relative to the folder that exports go to, and inside
 * it; addresses are https, as they are written.
 */
export function links(document: ParsedDocument): Link[] {
  const found: Link[] = [...codesIn(document)];
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
  return found.sort((a, b) => a.start - b.start);
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

/** Codes that comments speak of. */
function* codesIn(document: ParsedDocument): Generator<Link> {
  for (const { 0: code, index: start } of document.text.matchAll(/\bCXQ\d{4}\b/g)) {
    const { comments } = document;
    const comment = comments[firstEndingAt(comments.length, (at) => comments[at]?.end, start + 1)];
    if (comment === undefined || comment.start > start || !isCode(code)) continue;
    yield { kind: 'documentation', code, start, end: start + code.length };
  }
}
