/** Whatever a text is, it has a tree with every range in its place; and edited, the tree of the edited text. */
import { CODES } from '../../../server/src/language/diagnostics.ts';
import { type ParsedDocument, parse, reparse } from '../../../server/src/language/parse.ts';
import { partAt } from '../../../server/src/language/part.ts';
import type { Span } from '../../../server/src/language/tree.ts';
import { offsetAt } from '../corpus.ts';
import { all, bounded, ensure, inside, readable, same } from '../ensure.ts';
import { type Case, languageTarget, withEdits } from '../language-target.ts';
import { edited } from '../texts.ts';

function isSpan(value: object): value is Span {
  return (
    'start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number'
  );
}

/** Every range in a tree is inside the one that it belongs to. */
function nested(node: unknown, outer: Span, path: string): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    let last = outer.start;
    for (const [index, one] of node.entries()) {
      nested(one, outer, path);
      if (typeof one !== 'object' || one === null || !isSpan(one)) continue;
      ensure(one.start >= last, () => `${path}[${index}] begins at ${one.start}, before ${last}`);
      last = one.end;
    }
    return;
  }
  if (isSpan(node)) inside(node, outer, path);
  const own = isSpan(node) ? node : outer;
  for (const [key, value] of Object.entries(node)) nested(value, own, `${path}.${key}`);
}

function wellFormed(document: ParsedDocument): void {
  const { text } = document;
  nested(document.items, all(text), 'items');
  nested(document.comments, all(text), 'comments');
  let queries = 0;
  for (const item of document.items) {
    if (item.kind !== 'query') continue;
    ensure(item.index === queries++, () => `query ${queries - 1} says that it is ${item.index}`);
  }
  let last = 0;
  for (const found of document.syntax) {
    ensure(found.start >= last, () => `${found.code} at ${found.start} stands after one at ${last}`);
    last = found.start;
    ensure(Object.hasOwn(CODES, found.code), () => `unknown code ${found.code}`);
    inside(found, all(text), found.code);
    readable(found.message, found.code);
  }
  ensure(document.sections.map((section) => section.text).join('') === text, 'sections are not the text');
}

/** All that readers see, as plain values. */
function contentOf(document: ParsedDocument) {
  const { items, comments, syntax, suspects, unfinished, presumed, text, end, starts, queriesBefore } =
    document;
  const tokens = document.tokens.map((token) => `${token.startOffset} ${token.image}`);
  return {
    items,
    comments,
    syntax,
    suspects,
    unfinished,
    presumed,
    text,
    end,
    starts,
    queriesBefore,
    tokens,
  };
}

function holds({ text, at, edits }: Case): void {
  let document = bounded('parse', () => {
    const parsed = parse(text);
    for (const section of parsed.sections) void section.reading;
    return parsed;
  });
  wellFormed(document);
  const part = partAt(document, offsetAt(text, at));
  inside(part, all(text), 'part');
  nested(part.items, part, 'part.items');
  for (const edit of edits) {
    const next = edited(document.text, edit);
    document = reparse(document, next);
    same(contentOf(document), contentOf(parse(next)), `not as parsed afresh after ${JSON.stringify(edit)}`);
  }
}

export const parser = languageTarget('parser', holds, { slowness: 3, count: withEdits });
