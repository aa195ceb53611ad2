import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type ParsedDocument, parse } from '../../../server/src/language/index.ts';
import { drained } from '../../../server/src/language/parse.ts';
import { Trees } from '../../../server/src/services/trees.ts';
import { validText } from '../../bench/texts.ts';

const URI = 'file:///a.cxq';

function opened(text: string): TextDocument {
  return TextDocument.create(URI, 'cxq', 1, text);
}

/** An editor changes a text in its place. */
function changed(document: TextDocument, text: string): void {
  const start = { line: 0, character: 0 };
  TextDocument.update(document, [{ range: { start, end: start }, text }], document.version + 1);
}

function expectTree(found: ParsedDocument, text: string): void {
  const fresh = parse(text);
  expect(found.text).toBe(text);
  expect(found.items).toEqual(fresh.items);
  expect(found.sections.every((section) => section.isRead)).toBe(true);
}

test('a text is read once', () => {
  const trees = new Trees();
  const document = opened(validText(100));
  const first = drained(trees.steps(document));
  expectTree(first, document.getText());
  const again = trees.steps(document).next();
  expect(again).toEqual({ done: true, value: first });
});

test('several who ask at once share the work', () => {
  const trees = new Trees();
  const document = opened(validText(10_000));
  let alone = 0;
  for (const _ of new Trees().steps(document)) alone++;
  const both = [trees.steps(document), trees.steps(document)];
  const found = new Map<unknown, ParsedDocument>();
  let together = 0;
  while (found.size < both.length) {
    for (const steps of both) {
      if (found.has(steps)) continue;
      const step = steps.next();
      if (step.done === true) found.set(steps, step.value);
      else together++;
    }
  }
  expect(new Set(found.values()).size).toBe(1);
  expect(together).toBeLessThan(alone * 1.5);
});

test.each([0, 1, 2, 3, 5, 8, 13, 200])(
  'a text that changes after %i steps gives the tree of what it has become',
  (count) => {
    const trees = new Trees();
    const document = opened(validText(10_000));
    const steps = trees.steps(document);
    for (let step = 0; step < count; step++) expect(steps.next().done).toBe(false);
    changed(document, 'PARAM other = 5s\n');
    expectTree(drained(steps), document.getText());
    changed(document, '/* ');
    expectTree(drained(trees.steps(document)), document.getText());
  },
);

test('a text without a new version is another all the same', () => {
  const trees = new Trees();
  drained(trees.steps(opened('LAST 2h')));
  expectTree(drained(trees.steps(opened('LAST 3h'))), 'LAST 3h');
});

test('nothing of a closed text is left', () => {
  const trees = new Trees();
  const document = opened(validText(10_000));
  const steps = trees.steps(document);
  steps.next();
  trees.forget(URI);
  expectTree(drained(trees.steps(opened('LAST 2h'))), 'LAST 2h');
  const first = drained(trees.steps(opened('LAST 2h')));
  trees.forget(URI);
  expect(drained(trees.steps(opened('LAST 2h')))).not.toBe(first);
});
