/** Everything that can be put right at once, without asking. */
import type { Diagnostic, TextChange } from './diagnostics.ts';
import type { ParsedDocument } from './parse.ts';

/** Of two insertions at one place nobody knows which comes first; ranges that only touch are no hindrance. */
function collide(a: TextChange, b: TextChange): boolean {
  if (a.start === a.end || b.start === b.end) return a.start <= b.end && b.start <= a.end;
  return a.start < b.end && b.start < a.end;
}

/** What the sure fix of a diagnostic changes; empty where it has none. */
function changesOf(found: Diagnostic): readonly TextChange[] {
  return found.fixes.find((fix) => fix.isSure === true)?.edits ?? [];
}

/** Changes in the order in which they were taken: nearly that of the text. */
class Taken {
  readonly changes: TextChange[] = [];
  /** How far each of them and all before it reach. */
  readonly #reach: number[] = [];

  add(edits: readonly TextChange[]): void {
    for (const edit of edits) {
      this.changes.push(edit);
      this.#reach.push(Math.max(this.#reach.at(-1) ?? -1, edit.end));
    }
  }

  /** Whether a change meets one of those; only the last ones reach so far. */
  meets(edit: TextChange): boolean {
    for (let at = this.changes.length - 1; at >= 0 && (this.#reach[at] ?? -1) >= edit.start; at--) {
      const other = this.changes[at];
      if (other !== undefined && collide(edit, other)) return true;
    }
    return false;
  }
}

/**
 * The changes of all fixes that are sure (see `QuickFix.isSure`), by place, none overlapping another. Of two that
 * would change the same text the one that begins first is taken; the other one's turn comes when the changed text is
 * checked again. Done often enough it leaves nothing sure to fix. Empty where there is nothing to do.
 */
export function fixAll(document: ParsedDocument, diagnostics: readonly Diagnostic[]): TextChange[] {
  const candidates = diagnostics
    .map((found) => ({ code: found.code, edits: [...changesOf(found)].sort(byPlace) }))
    .filter(({ edits }) => edits.length > 0 && (edits.at(-1)?.end ?? 0) <= document.end)
    .sort((a, b) => byPlace(a.edits[0], b.edits[0]) || a.code.localeCompare(b.code));
  const taken = new Taken();
  for (const { edits } of candidates) {
    if (!edits.some((edit) => taken.meets(edit))) taken.add(edits);
  }
  return [...taken.changes].sort(byPlace);
}

function byPlace(a: TextChange | undefined, b: TextChange | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.start - b.start || a.end - b.end || a.newText.localeCompare(b.newText);
}
