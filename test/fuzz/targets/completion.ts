/** Whatever a text is and wherever one types: what is offered fits the line, and what fits leaves no error. */
import fc from 'fast-check';
import { completeIn } from '../../../server/src/language/complete.ts';
import { completionDocumentation } from '../../../server/src/language/completion/documentation.ts';
import { parse } from '../../../server/src/language/parse.ts';
import { applications, COMPLETION_CONTEXT, hasError } from '../completing.ts';
import { caseOf, offsetAt, smallText, validText } from '../corpus.ts';
import { all, bounded, ensure, inside, readable } from '../ensure.ts';
import { type Case, languageTarget, withEdits } from '../language-target.ts';

/** How many of the offers are taken. */
const TAKEN = 4;

function atPlace(text: string, offset: number, pick: number): void {
  const unasked = pick % 5 === 0;
  const { items, insertEnd } = bounded('complete', () =>
    completeIn(parse(text), offset, { ...COMPLETION_CONTEXT, unasked }),
  );
  const labels = new Set<string>();
  for (const item of items) {
    const { label } = item;
    ensure(!labels.has(label), () => `${label} is offered twice`);
    labels.add(label);
    inside(item, all(text), label);
    ensure(item.start <= offset && offset <= item.end, () => `${label} replaces ${item.start}–${item.end}`);
    ensure(insertEnd === offset, () => `${label} is put in to ${insertEnd}, not ${offset}`);
    const replaced = text.slice(item.start, item.end);
    ensure(!/[\r\n]/.test(replaced), () => `${label} replaces ${JSON.stringify(replaced)}`);
    readable(item.newText, label);
  }
  const [first] = items;
  if (first === undefined || hasError(text.slice(0, first.start))) return;
  for (let taken = 0; taken < Math.min(TAKEN, items.length); taken++) {
    const item = items[(pick + taken * 7) % items.length];
    if (item === undefined) continue;
    for (const { variant, text: result } of applications(text, item, insertEnd)) {
      ensure(
        !hasError(result),
        () => `${variant} ${item.label} at ${offset} leaves ${JSON.stringify(result)}`,
      );
    }
    completionDocumentation(item.kind, item.about);
  }
}

function holds({ text, at, pick, edits }: Case): void {
  for (const [index, place] of [at, ...edits.map((edit) => edit.at)].entries()) {
    const offset = offsetAt(text, place);
    // As it is typed: often nothing stands after the cursor.
    atPlace(index % 2 === 1 ? text.slice(0, offset) : text, offset, pick + index);
  }
}

export const completion = languageTarget('completion', holds, {
  slowness: 20,
  count: withEdits,
  small: caseOf(fc.oneof(smallText, validText)),
});
