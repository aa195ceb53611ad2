/** What of a text leads somewhere: files of exports, addresses of notices, codes in comments. */
import { escapes } from './check/clauses.ts';
import { type DiagnosticCode, isCode } from './diagnostics.ts';
import { firstEndingAt } from './nodes.ts';
import { drained, type ParsedDocument } from './parse.ts';
import type { Section } from './sections.ts';
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
  return drained(linkSteps(document));
}

/** As `links`, in steps of a section each. */
export function* linkSteps({ sections, starts }: ParsedDocument): Generator<void, Link[]> {
  const all: Link[] = [];
  for (const [index, section] of sections.entries()) {
    const by = starts[index] ?? 0;
    const found = [...codesIn(section), ...clauseLinks(section)].sort((a, b) => a.start - b.start);
    for (const link of found) all.push({ ...link, start: link.start + by, end: link.end + by });
    yield;
  }
  return all;
}

/** What exports and notices lead to. */
function* clauseLinks({ reading }: Section): Generator<Link> {
  for (const item of reading.items) {
    for (const clause of item.kind === 'query' ? item.clauses : []) {
      if (clause.kind === 'export' && clause.path?.closed === true) {
        const path = clause.path.value;
        if (escapes(path) === undefined) yield { kind: 'export', path, ...contentOf(clause.path) };
      }
      if (clause.kind === 'notify' && clause.url?.closed === true) {
        const url = clause.url.value;
        if (isHttps(url)) yield { kind: 'address', url, ...contentOf(clause.url) };
      }
    }
  }
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
function* codesIn({ text, reading }: Section): Generator<Link> {
  const { comments } = reading;
  for (const { 0: code, index: start } of comments.length === 0 ? [] : text.matchAll(/\bCXQ\d{4}\b/g)) {
    const comment = comments[firstEndingAt(comments.length, (at) => comments[at]?.end, start + 1)];
    if (comment === undefined || comment.start > start || !isCode(code)) continue;
    yield { kind: 'documentation', code, start, end: start + code.length };
  }
}
