/** The changes that make one text of another, each as small as the lines allow. */
import type { TextChange } from '../diagnostics.ts';
import { drained } from '../parse.ts';
import type { Span } from '../tree.ts';

/** Takes a text over piece by piece: what is written is compared with what stands there. */
export class Edits {
  /** In the order of the text, none over another; some touch. */
  readonly changes: TextChange[] = [];
  readonly #text: string;
  readonly #eol: string;
  #position: number;
  #gap = '';

  constructor(text: string, eol: string, position = 0) {
    this.#text = text;
    this.#eol = eol;
    this.#position = position;
  }

  /** Writes what goes between two pieces; a line ends with `\n`. */
  gap(text: string): void {
    this.#gap += text;
  }

  /** Writes a piece in place of a stretch of the text; what lies before it becomes the gap. */
  piece({ start, end }: Span, text: string): void {
    this.upTo(start);
    this.#replace(start, end, text);
    this.#position = end;
  }

  /** Ends the gap. */
  upTo(offset: number): void {
    this.#replaceGap(this.#position, offset, this.#gap.replaceAll('\n', this.#eol));
    this.#position = offset;
    this.#gap = '';
  }

  /** Leaves everything up to an offset as it is. */
  keep(offset: number): void {
    this.#position = offset;
    this.#gap = '';
  }

  #replace(start: number, end: number, text: string): void {
    if (this.#text.slice(start, end) !== text) this.changes.push({ start, end, newText: text });
  }

  /** What ends the line before, the ends of lines, and what begins the line after are changes of their own. */
  #replaceGap(start: number, end: number, text: string): void {
    const old = this.#text.slice(start, end);
    if (old === text) return;
    const from = linesOf(old);
    const to = linesOf(text);
    if (from === undefined || to === undefined) {
      this.#replaceWithin(start, old, text);
      return;
    }
    this.#replaceWithin(start, from.before, to.before);
    const middle = start + from.before.length;
    this.#replace(middle, middle + from.breaks.length, to.breaks);
    this.#replaceWithin(middle + from.breaks.length, from.after, to.after);
  }

  #replaceWithin(start: number, old: string, text: string): void {
    if (old === text) return;
    let head = 0;
    const most = Math.min(old.length, text.length);
    while (head < most && old[head] === text[head] && isWithinLine(old[head])) head++;
    let tail = 0;
    while (tail < most - head && old.at(-1 - tail) === text.at(-1 - tail) && isWithinLine(old.at(-1 - tail)))
      tail++;
    const newText = text.slice(head, text.length - tail);
    this.changes.push({ start: start + head, end: start + old.length - tail, newText });
  }
}

/** A change never begins or ends inside a CRLF. */
function isWithinLine(character: string | undefined): boolean {
  return character !== '\r' && character !== '\n';
}

function linesOf(
  gap: string,
): { readonly before: string; readonly breaks: string; readonly after: string } | undefined {
  const first = gap.search(/[\r\n]/);
  if (first < 0) return undefined;
  const after = /[^\r\n]*$/.exec(gap)?.[0] ?? '';
  return { before: gap.slice(0, first), breaks: gap.slice(first, gap.length - after.length), after };
}

/** So many changes are looked at in a step. */
export const CHANGES_A_STEP = 5_000;

/** Changes that touch become one, so that no reader has to know which of two at one place comes first. */
export function joined(changes: readonly TextChange[]): TextChange[] {
  return drained(joinSteps(changes));
}

/** As `joined`, in steps. */
export function* joinSteps(changes: readonly TextChange[]): Generator<undefined, TextChange[]> {
  const result: TextChange[] = [];
  for (const [index, change] of changes.entries()) {
    if (index % CHANGES_A_STEP === 0) yield;
    const last = result.at(-1);
    if (last !== undefined && last.end === change.start) {
      result[result.length - 1] = {
        start: last.start,
        end: change.end,
        newText: last.newText + change.newText,
      };
    } else result.push(change);
  }
  return result;
}

/** The same as at most so many changes, each with what stands between those that it was made of. In steps. */
export function* gatherSteps(
  text: string,
  changes: readonly TextChange[],
  most: number,
): Generator<undefined, readonly TextChange[]> {
  if (changes.length <= most) return changes;
  const size = Math.ceil(changes.length / most);
  const result: TextChange[] = [];
  for (let from = 0; from < changes.length; from += size) {
    const group = changes.slice(from, from + size);
    const [start, end] = [group[0]?.start ?? 0, group.at(-1)?.end ?? 0];
    let newText = '';
    let at = start;
    for (const one of group) {
      newText += text.slice(at, one.start) + one.newText;
      at = one.end;
    }
    result.push({ start, end, newText });
    yield;
  }
  return result;
}
