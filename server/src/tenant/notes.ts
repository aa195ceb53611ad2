/** What a person should know of a retrieval, in sentences. */
import type { Gap } from '../protocol/checkpoint.ts';
import type { Totals } from './collect.ts';

/** What is known of a retrieval at its end. */
export interface Findings {
  readonly totals: Readonly<Totals>;
  /** Rows that the totals promise, those of OFFSET left out. */
  readonly promised: number;
  readonly gap: number;
  readonly hole: boolean;
  /** Of each batch, where nothing came. */
  readonly empty: readonly (readonly Gap[])[];
  /** A total became smaller from one page to the next. */
  readonly shrunk: boolean;
  /** What stopped at a LIMIT may have passed over a row. */
  readonly skipped: boolean;
  /** Totals beyond which rows came. */
  readonly exceeded: readonly number[];
  readonly repeatedToken: boolean;
  readonly endless: boolean;
  readonly failed: boolean;
}

const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

export function notesOf(found: Findings): string[] {
  const { conflicts, replaced, readable, rejected } = found.totals;
  const notes: string[] = [];
  if (found.gap > 0) {
    notes.push(
      `The tenant says that there are ${found.promised} interactions, but ${found.gap} of them did not come, ` +
        'although the pages around the gap were read once more.',
    );
    if (found.shrunk)
      notes.push('The total became smaller meanwhile: interactions were removed while it was read.');
  }
  if (found.skipped) {
    notes.push(
      'The total became smaller while pages were read, so an interaction between two pages may have been passed over. Run it again.',
    );
  }
  for (const total of found.exceeded) {
    notes.push(
      `The tenant said that there are ${total} interactions and gave more; it was read until nothing more came.`,
    );
  }
  if (found.hole) {
    notes.push(
      'The tenant gave nothing at a place in the middle, although rows behind it came; what belongs there is missing.',
    );
  }
  notes.push(...emptyNotes(found.empty));
  if (conflicts > 0) {
    notes.push(
      `${counted(conflicts, 'interaction', 'interactions')} came twice with different content; both versions are kept.`,
    );
  }
  if (replaced > 0) {
    notes.push(
      `${counted(replaced, 'interaction', 'interactions')} went on while pages were read; the later version is kept.`,
    );
  }
  if (found.repeatedToken) {
    notes.push(
      'The tenant gave the same page token twice, so there was no way further; what comes after it is missing.',
    );
  }
  if (found.endless) {
    notes.push(
      'The tenant went on giving pages without anything new, or its total grew without end, so reading was stopped.',
    );
  }
  if (rejected > 0) {
    notes.push(
      `${counted(rejected, 'record', 'records')} could not be read and were set aside with the reason.`,
    );
  }
  if (found.failed && readable > 0) {
    notes.push(`It ended early; the ${readable} interactions that had come are kept.`);
  }
  return notes;
}

export function damageNotes(answers: number): string[] {
  if (answers === 0) return [];
  return [
    `${counted(answers, 'answer', 'answers')} held bytes that are not UTF-8; each was replaced by U+FFFD.`,
  ];
}

const MAX_NAMED = 5;

/** Which rows stayed empty, counted from 0 as OFFSET counts them. */
function emptyNotes(batches: readonly (readonly Gap[])[]): string[] {
  return batches.flatMap((gaps, index) => {
    if (gaps.length === 0) return [];
    const named = gaps
      .slice(0, MAX_NAMED)
      .map(({ offset, limit }) => (limit === 1 ? `${offset}` : `${offset} to ${offset + limit - 1}`));
    const more = gaps.length > MAX_NAMED ? ', and at others behind them' : '';
    const part = batches.length > 1 ? ` in part ${index + 1} of the query` : '';
    return [
      `Nothing came at the offsets ${named.join(', ')}${more}${part}, as often as they were asked for.`,
    ];
  });
}
