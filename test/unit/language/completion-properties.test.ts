/** What holds for completion at every place of every text. Seeded; CXQ_FUZZ_RUNS sets how many texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Completion, completeIn, type KnownValues, parse } from '../../../server/src/language/index.ts';
import { readTokens } from '../../../server/src/language/parser.ts';
import { tokenise, UnclosedComment, UnclosedString } from '../../../server/src/language/tokens.ts';
import { context, NOW } from '../../language/markers.ts';
import { validTexts } from '../../language/valid-texts.ts';

const runs = Number(process.env['CXQ_FUZZ_RUNS'] ?? 150);
const RUNS = { seed: 20_261_122, numRuns: runs };
const TIMEOUT = 60_000 + runs * 100;

const HOSTILE = [
  "it's",
  'a"b',
  'a`b',
  '-- x',
  '/*',
  '$p',
  '‹x›',
  '😀',
  '$'.concat('{1:x}'),
  '}',
  '\\',
  'limit',
  ' ',
  '1h',
];
const KNOWN: KnownValues = {
  fields: new Map(
    ['interactionId', 'nodeId', 'nodeName', 'nodeType', 'outcome', 'workflowId', 'workflowName'].map(
      (field) => [field, ['6f1f64a2-9f0e', 'a.b:c/d@e', ...HOSTILE]],
    ),
  ),
  variables: [
    ...['queue', 'priority', 'limit', ...HOSTILE].map((name) => ({
      path: [name],
      values: ['x', 5, true, -0.5, "it's"],
    })),
    { path: ['order', 'id'], values: [1] },
    { path: ['order', 'customer tier'], values: ['gold'] },
  ],
};
const CONTEXT = {
  now: NOW,
  profile: context().profile,
  profiles: ['default', 'eu-west', "o'brien", 'a`b', 'limit'].map((id) => ({ id, detail: 'host' })),
  known: KNOWN,
};

/** A snippet with its places filled by what stands in them. */
function filled(snippet: string): string {
  return snippet
    .replace(/\$\{\d+(?::((?:\\.|[^\\}])*))?\}|\$\d+/g, (_, text: string | undefined) => text ?? '')
    .replace(/\\([\\$}])/g, '$1');
}

/** Whether the words up to an offset have an error in them, the end apart. */
function hasError(text: string): boolean {
  const { tokens, comments, bad } = tokenise(text);
  return (
    bad.length > 0 ||
    comments.some((comment) => comment.tokenType === UnclosedComment) ||
    tokens.some((token) => token.tokenType === UnclosedString) ||
    readTokens([...tokens], text.length).failures.some((failure) => failure.offending !== undefined)
  );
}

interface Applied {
  readonly item: Completion;
  readonly variant: string;
  readonly text: string;
}

/** The text as it is up to the end of what was put in, in each way that an editor may. */
function applications(text: string, item: Completion, insertEnd: number): Applied[] {
  const inserted = item.snippet ? filled(item.newText) : item.newText;
  const apply = (variant: string, newText: string, end: number): Applied => {
    // The closing quote that was there is part of what was completed.
    const quote = newText.startsWith("'") || newText.startsWith('"') ? newText.charAt(0) : '';
    const open = quote !== '' && (newText.split(quote).length - 1) % 2 === 1;
    const close = open ? text.slice(end).indexOf(quote) + 1 : 0;
    return { item, variant, text: text.slice(0, item.start) + newText + text.slice(end, end + close) };
  };
  return [
    apply('replaced', inserted, item.end),
    apply('plain', item.plainText, item.end),
    ...(item.newText.startsWith("'") ? [apply('inserted', inserted, insertEnd)] : []),
  ];
}

const WORDS = [
  'QUERY',
  'WHERE',
  'AND',
  'NOT',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  "'",
  '`',
  '$',
  '.',
  '=',
  '<=',
  '--',
  '\r\n',
];
const texts = validTexts();
const valid = fc.constantFrom(...texts).chain((text) => fc.tuple(fc.constant(text), fc.nat(text.length)));
/** A text without errors before the cursor. */
const cut = valid.chain(([text, at]) =>
  fc.tuple(fc.constantFrom(text, text.slice(0, at), `${text.slice(0, at)} `), fc.constant(at)),
);
const broken = fc.tuple(
  valid,
  fc.nat(4_000),
  fc.nat(12),
  fc.oneof(fc.constantFrom(...WORDS, ...HOSTILE), fc.string({ unit: 'binary', maxLength: 8 })),
);

describe('completion', () => {
  it('offers only what leaves no syntax error up to its end', { timeout: TIMEOUT }, () => {
    fc.assert(
      fc.property(cut, ([text, offset]) => {
        for (const at of new Set([offset, text.length])) {
          const { items, insertEnd } = completeIn(parse(text), at, CONTEXT);
          const [first] = items;
          if (first === undefined || hasError(text.slice(0, first.start))) continue;
          for (const item of items) {
            for (const applied of applications(text, item, insertEnd)) {
              if (hasError(applied.text)) {
                expect.fail(
                  `${applied.variant} ${item.label} in ${JSON.stringify(text)} at ${at}: ${JSON.stringify(applied.text)}`,
                );
              }
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('holds for broken texts: ranges on the line and about the cursor, nothing twice', {
    timeout: TIMEOUT,
  }, () => {
    fc.assert(
      fc.property(broken, ([[text, at], from, length, piece]) => {
        const start = Math.min(from, text.length);
        const mutated = text.slice(0, start) + piece + text.slice(start + length);
        const document = parse(mutated);
        for (const offset of [
          Math.min(at, mutated.length),
          start,
          Math.min(start + piece.length, mutated.length),
        ]) {
          const { items, insertEnd } = completeIn(document, offset, CONTEXT);
          expect(new Set(items.map(({ label }) => label)).size).toBe(items.length);
          for (const item of items) {
            expect(item.start).toBeGreaterThanOrEqual(0);
            expect(item.start).toBeLessThanOrEqual(offset);
            expect(insertEnd).toBe(offset);
            expect(item.end).toBeGreaterThanOrEqual(offset);
            expect(item.end).toBeLessThanOrEqual(mutated.length);
            expect(mutated.slice(item.start, item.end)).not.toMatch(/[\r\n]/);
            expect(item.newText).not.toMatch(/undefined|NaN|\[object/);
          }
        }
      }),
      RUNS,
    );
  });
});
