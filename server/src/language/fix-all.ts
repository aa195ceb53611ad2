/** Everything that can be put right at once, without asking. */
import type { Diagnostic, TextChange } from './diagnostics.ts';
import { drained, type ParsedDocument } from './parse.ts';
import { sortSteps } from './sort.ts';

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
export function fixAll(document: ParsedDocument, diagnostics: readonly Diagnostic[]): readonly TextChange[] {
  return drained(fixAllSteps(document, diagnostics));
}

interface Candidate {
  readonly code: Diagnostic['code'];
  readonly edits: readonly TextChange[];
}

/** So many are looked at, or put in order, in a step. */
const A_STEP = 1_000;

/** As `fixAll`, in steps. */
export function* fixAllSteps(
  document: ParsedDocument,
  diagnostics: readonly Diagnostic[],
): Generator<void, readonly TextChange[]> {
  const candidates: Candidate[] = [];
  for (const [index, found] of diagnostics.entries()) {
    if (index % A_STEP === 0) yield;
    const edits = [...changesOf(found)].sort(byPlace);
    if (edits.length > 0 && (edits.at(-1)?.end ?? 0) <= document.end)
      candidates.push({ code: found.code, edits });
  }
  const taken = new Taken();
  for (const [index, { edits }] of (yield* sortSteps(candidates, byFirstPlace, A_STEP)).entries()) {
    if (index % A_STEP === 0) yield;
    if (!edits.some((edit) => taken.meets(edit))) taken.add(edits);
  }
  return yield* sortSteps(taken.changes, byPlace, A_STEP);
}

function byFirstPlace(a: Candidate, b: Candidate): number {
  return byPlace(a.edits[0], b.edits[0]) || a.code.localeCompare(b.code);
}

function byPlace(a: TextChange | undefined, b: TextChange | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.start - b.start || a.end - b.end || a.newText.localeCompare(b.newText);
}
