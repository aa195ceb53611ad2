/** Quick fixes of syntax errors tried out: one that only moves the error is not proposed. */
import type { IToken } from 'chevrotain';
import { applyEdits, type Diagnostic, type QuickFix } from './diagnostics.ts';
import { readTokens } from './parser.ts';
import type { SyntaxFailure } from './syntax.ts';
import { type Lexed, tokenise } from './tokens.ts';

/** So many characters are read again for a section: more errors than that leaves time for keep their fixes untried. */
const MOST = 32_768;
/** What follows a change may first go on with these: `'now'()`. */
const BRACKET = /^[()[\]]$/;

/** The text of a section, what was read of it, and the tokens after it. */
interface Tried {
  readonly text: string;
  readonly lexed: Lexed;
  readonly failures: readonly SyntaxFailure[];
  readonly ahead: readonly IToken[];
}

/** Keeps of the fixes of syntax errors those that leave no syntax error where they are made, and no more in all. */
export class Trial {
  readonly #of: Tried;
  /** Where the failures stand, in order of reading. */
  readonly #places: readonly number[];
  #left = MOST;

  constructor(of: Tried) {
    this.#of = of;
    this.#places = of.failures.map((failure) => placeOf(failure, of.text));
  }

  /** The diagnostic of a failure without the fixes that repair nothing. */
  proven(found: Diagnostic, failure: SyntaxFailure): Diagnostic {
    const fixes = found.fixes.filter((fix) => this.#repairs(fix, failure));
    return fixes.length === found.fixes.length ? found : { ...found, fixes };
  }

  #repairs({ edits }: QuickFix, failure: SyntaxFailure): boolean {
    const { text, lexed, ahead } = this.#of;
    const start = Math.min(...edits.map((edit) => edit.start));
    const end = Math.max(...edits.map((edit) => edit.end));
    // What stands after the section is not known here.
    if (end > text.length || this.#left < text.length) return true;
    this.#left -= text.length;
    const changed = applyEdits(text, edits);
    const by = changed.length - text.length;
    const again = tokenise(changed);
    const after = ahead.map((token) => ({ ...token, startOffset: token.startOffset + by }));
    const { failures } = readTokens([...again.tokens, ...after], changed.length, after[0]);
    if (failures.length > this.#places.length || again.bad.length > lexed.bad.length) return false;
    const own = placeOf(failure, text);
    const known = new Set<number>();
    for (const place of this.#places) if (place !== own) known.add(place >= end ? place + by : place);
    const next = again.tokens.find((token) => token.startOffset >= end + by && !BRACKET.test(token.image));
    const to = next?.startOffset ?? changed.length;
    const from = Math.min(start, own);
    return !failures.some((one) => {
      const place = placeOf(one, changed);
      return place >= from && place <= to && !known.has(place);
    });
  }
}

function placeOf({ offending }: SyntaxFailure, text: string): number {
  return offending?.startOffset ?? text.length;
}
