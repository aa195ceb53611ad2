/** Quick fixes of syntax errors tried out: one that only moves the error is not proposed. */
import type { IToken } from 'chevrotain';
import { applyEdits, type Diagnostic, type QuickFix, replace, withFixes } from './diagnostics.ts';
import { readTokens } from './parser.ts';
import type { SyntaxFailure } from './syntax.ts';
import { endOf, tokenise } from './tokens.ts';

/** So many characters are read again for a section: more errors than that leaves time for keep their fixes untried. */
const MOST = 32_768;
/** What follows a change may first go on with these: `'now'()`. */
const BRACKET = /^[()[\]]$/;

const CLOSER = /^[)\]]$/;
const CLOSERS = /^[)\]]+$/;
/** So many brackets are closed at once. */
const MOST_CLOSED = 8;

/** The text of a section, and what was read of it: how many bad stretches it has, and the tokens after it. */
interface Read {
  readonly text: string;
  readonly bad: number;
  readonly failures: readonly SyntaxFailure[];
  readonly ahead: readonly IToken[];
}

interface Proposed {
  readonly fixes: readonly QuickFix[];
  readonly failure: SyntaxFailure;
}

/**
 * Keeps of the fixes of syntax errors those that leave no syntax error where they are made, and no more in all. They are
 * tried when one of them is first asked for: nobody asks while a query is being typed.
 */
export class Trial {
  readonly #of: Read;
  readonly #proposed: Proposed[] = [];
  /** Where the failures stand, in order of reading. */
  #places: readonly number[] = [];
  #left = MOST;
  #kept: readonly (readonly QuickFix[])[] | undefined;

  constructor(of: Read) {
    this.#of = of;
  }

  /** The diagnostic of a failure without the fixes that repair nothing. */
  proven(found: Diagnostic, failure: SyntaxFailure): Diagnostic {
    if (found.fixes.length === 0) return found;
    const index = this.#proposed.push({ fixes: found.fixes, failure }) - 1;
    return withFixes(found, () => this.#tried()[index] ?? []);
  }

  #tried(): readonly (readonly QuickFix[])[] {
    if (this.#kept === undefined) {
      const { failures, text } = this.#of;
      this.#places = failures.map((failure) => placeOf(failure, text));
      this.#kept = this.#proposed
        .splice(0)
        .map(({ fixes, failure }) => fixes.flatMap((fix) => this.#repairing(fix, failure) ?? []));
    }
    return this.#kept;
  }

  /** A fix that repairs: itself, or one that closes as well what it leaves open (`ANY(nodeId IN ['a'`). */
  #repairing(fix: QuickFix, failure: SyntaxFailure): QuickFix | undefined {
    let tried = fix;
    for (let count = 0; count < MOST_CLOSED; count++) {
      const left = this.#leaves(tried, failure);
      if (left === undefined) return tried;
      const more = closing(tried, left);
      if (more === undefined) return undefined;
      tried = more;
    }
    return undefined;
  }

  /** The first failure that a fix leaves where it is made, or where there was none. */
  #leaves({ edits }: QuickFix, failure: SyntaxFailure): SyntaxFailure | undefined {
    const { text, bad, ahead } = this.#of;
    const start = Math.min(...edits.map((edit) => edit.start));
    const end = Math.max(...edits.map((edit) => edit.end));
    // What stands after the section is not known here.
    if (end > text.length || this.#left < text.length) return undefined;
    this.#left -= text.length;
    const changed = applyEdits(text, edits);
    const by = changed.length - text.length;
    const again = tokenise(changed);
    const after = ahead.map((token) => ({ ...token, startOffset: token.startOffset + by }));
    const { failures } = readTokens([...again.tokens, ...after], changed.length, after[0]);
    if (failures.length > this.#places.length || again.bad.length > bad) return failure;
    const own = placeOf(failure, text);
    const known = new Set<number>();
    for (const place of this.#places) if (place !== own) known.add(place >= end ? place + by : place);
    const next = again.tokens.find((token) => token.startOffset >= end + by && !BRACKET.test(token.image));
    const to = next?.startOffset ?? changed.length;
    const from = Math.min(start, own);
    return failures.find((one) => {
      const place = placeOf(one, changed);
      return place >= from && place <= to && !known.has(place);
    });
  }
}

/** A fix that closes a bracket, and the next one that is missed just after it; undefined where something else is. */
function closing({ edits, isPreferred }: QuickFix, left: SyntaxFailure): QuickFix | undefined {
  const [edit, ...others] = edits;
  const { insert = '' } = left.expected;
  if (edit === undefined || others.length > 0 || edit.start < edit.end) return undefined;
  if (!CLOSERS.test(edit.newText) || !CLOSER.test(insert)) return undefined;
  if (left.previous === undefined || endOf(left.previous) !== edit.start + edit.newText.length)
    return undefined;
  const newText = edit.newText + insert;
  return replace(`Insert ${newText}`, edit, newText, isPreferred);
}

function placeOf({ offending }: SyntaxFailure, text: string): number {
  return offending?.startOffset ?? text.length;
}
