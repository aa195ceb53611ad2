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
  const taken: TextChange[] = [];
  // Nearly every fix begins after all that was taken: then there is nothing to compare it with.
  let reach = -1;
  for (const { edits } of candidates) {
    const clear = (edits[0]?.start ?? 0) > reach;
    if (!clear && edits.some((edit) => taken.some((other) => collide(edit, other)))) continue;
    taken.push(...edits);
    for (const edit of edits) reach = Math.max(reach, edit.end);
  }
  return taken.sort(byPlace);
}

function byPlace(a: TextChange | undefined, b: TextChange | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.start - b.start || a.end - b.end || a.newText.localeCompare(b.newText);
}
