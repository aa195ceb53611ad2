/** 2009: the same value twice in a list. */
import { diagnostic, replace } from '../diagnostics.ts';
import { operandText } from '../print.ts';
import type { ListLiteral } from '../tree.ts';
import { type DocumentScope, textOf } from './scope.ts';

/** Reports values that were there already; null is no value. */
export function checkRepeats(list: ListLiteral, scope: DocumentScope): void {
  const seen = new Set<string>();
  for (const [index, item] of list.items.entries()) {
    if (item.kind === 'null') continue;
    const key = operandText(item);
    if (seen.has(key)) {
      const text = textOf(scope, item);
      const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
      const remove = replace('Remove it', withComma(list, index), '', true);
      scope.report(
        diagnostic('CXQ2009', item, `${shown} is in the list already.`, {
          unnecessary: true,
          fixes: [remove],
        }),
      );
    }
    seen.add(key);
  }
}

/** An element with the comma before it, or after it for the first. */
export function withComma(list: ListLiteral, index: number): { start: number; end: number } {
  const item = list.items[index] ?? list;
  const before = list.items[index - 1];
  if (before !== undefined) return { start: before.end, end: item.end };
  return { start: item.start, end: list.items[index + 1]?.start ?? item.end };
}
