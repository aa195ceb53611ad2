/** 2009: the same value twice in a list. */
import { diagnostic, sure } from '../diagnostics.ts';
import { readInstant } from '../literals.ts';
import { operandText } from '../print.ts';
import type { ListLiteral, Scalar, Span } from '../tree.ts';
import type { Inferred } from '../types.ts';
import { type DocumentScope, textOf } from './scope.ts';

/** Reports values that were there already; null is no value. `type` is that of what the list is tested with. */
export function checkRepeats(list: ListLiteral, scope: DocumentScope, type?: Inferred): void {
  // Lists of thousands of ids are pasted: what a text means is the text itself.
  const texts = new Set<string>();
  const others = new Set<string>();
  for (const [index, item] of list.items.entries()) {
    if (item.kind === 'null') continue;
    const isText = item.kind === 'string' && type !== 'TIMESTAMP';
    const seen = isText ? texts : others;
    const key = isText ? item.value : meaningOf(item, type);
    if (seen.has(key)) {
      const text = textOf(scope, item);
      const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
      const remove = sure('Remove it', withComma(list, item, index), '');
      scope.report(
        diagnostic('CXQ2009', item, `${shown} is in the list already: once is enough.`, {
          unnecessary: true,
          fixes: [remove],
        }),
      );
    }
    seen.add(key);
  }
}

/** The same for values that are the same however they are written: `60s` and `1m`, one instant in two zones. */
function meaningOf(item: Scalar, type: Inferred | undefined): string {
  if (item.kind === 'duration' && item.micros !== null) return `duration ${item.micros}`;
  if (type === 'TIMESTAMP' && item.kind === 'string') {
    // A date alone depends on the profile, but means the same wherever it stands in the list.
    const read = readInstant(item.value, 'UTC', 'start');
    if (read.ok && !read.dateOnly) return `instant ${read.micros}`;
  }
  return operandText(item);
}

/** An element with the comma before it, or after it for the first. */
export function withComma(list: ListLiteral, item: Scalar, index: number): Span {
  const before = list.items[index - 1];
  if (before !== undefined) return { start: before.end, end: item.end };
  return { start: item.start, end: list.items[index + 1]?.start ?? item.end };
}
