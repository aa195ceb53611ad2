/** Whatever a text is: its tokens, comments, bad characters and blanks are all of it. */
import { endOf, tokenise } from '../../../server/src/language/tokens.ts';
import { bounded, ensure } from '../ensure.ts';
import { type Case, languageTarget } from '../language-target.ts';

const BLANKS = /^[ \t\r\n\f\v\uFEFF]*$/;

function holds({ text }: Case): void {
  const { tokens, comments, bad } = bounded('tokenise', () => tokenise(text));
  const parts: { start: number; end: number; image: string }[] = [];
  for (const list of [tokens, comments]) {
    let last = -1;
    for (const token of list) {
      ensure(token.startOffset > last, () => `tokens are not in order at ${token.startOffset}`);
      last = token.startOffset;
      parts.push({ start: token.startOffset, end: endOf(token), image: token.image });
    }
  }
  for (const { start, end } of bad) parts.push({ start, end, image: text.slice(start, end) });
  parts.sort((a, b) => a.start - b.start);
  let at = 0;
  let joined = '';
  for (const { start, end, image } of parts) {
    ensure(start >= at, () => `something overlaps at ${start}`);
    ensure(end > start, () => `nothing at all at ${start}`);
    const blank = text.slice(at, start);
    ensure(BLANKS.test(blank), () => `lost at ${at}: ${JSON.stringify(blank)}`);
    joined += blank + image;
    at = end;
  }
  ensure(BLANKS.test(text.slice(at)), () => `lost at ${at}: ${JSON.stringify(text.slice(at))}`);
  ensure(joined + text.slice(at) === text, 'the parts are not the text');
}

export const lexer = languageTarget('lexer', holds, { slowness: 1 });
