/** What holds for every text. Seeded, so that a failure can be repeated. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete, documentSymbols, explain, foldingRanges } from '../../../server/src/language/editing.ts';
import { FIELDS } from '../../../server/src/language/fields.ts';
import { check, clauseOf, parse, planQuery, predicateText } from '../../../server/src/language/index.ts';
import { nearest } from '../../../server/src/language/nearest.ts';
import { endOf, tokenise } from '../../../server/src/language/tokens.ts';
import { EXAMPLE } from '../../language/example.ts';
import { context } from '../../language/markers.ts';

const RUNS = { seed: 20_261_122, numRuns: 300 };
const WORDS = [
  'QUERY',
  'PARAM',
  'WHERE',
  'LAST',
  'SINCE',
  'UNTIL',
  'ORDER BY',
  'LIMIT',
  'WITH',
  'MASK (',
  'ANALYZE',
  'COMPARE TO',
  'EXPECT',
  'EXPORT TO',
  'AS',
  'NOTIFY',
  'AND',
  'OR',
  'NOT',
  'IN',
  'BETWEEN',
  'LIKE',
  'MATCHES',
  'IS NULL',
  'TRUE',
  'ALL',
  'nodeId',
  'dwell',
  'nodeTimestamp',
  'errorState',
  'interactionId',
  'before.x',
  'now()',
  'ANY(',
  'COUNT(',
  'changed(',
  'PATHS',
  'OVER',
  'ON',
  'TOP',
  'PREVIOUS',
  'P95(',
  'a',
  '$p',
  "'x'",
  "'2026-11-20'",
  '"y"',
  "'open",
  '10s',
  '5',
  '-3',
  '30m1h',
  '=',
  '!=',
  '<',
  '>=',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  '.',
  ':',
  '+',
  '-',
  '#',
  'card*',
  '`q`',
  '/*',
  '*/',
  '--',
  '\n',
];
const fragments = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join(' '));
/** The example with a piece cut out, doubled or replaced. */
const mutated = fc
  .tuple(
    fc.nat(EXAMPLE.length),
    fc.nat(40),
    fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 8, unit: 'binary' })),
  )
  .map(([at, length, piece]) => EXAMPLE.slice(0, at) + piece + EXAMPLE.slice(at + length));
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fragments, mutated);

describe('any text', () => {
  it('is its tokens, comments, bad characters and white space', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { tokens, comments, bad } = tokenise(text);
        const parts = [
          ...[...tokens, ...comments].map((token) => ({
            start: token.startOffset,
            end: endOf(token),
            text: token.image,
          })),
          ...bad.map((span) => ({ ...span, text: text.slice(span.start, span.end) })),
        ].sort((a, b) => a.start - b.start);
        let at = 0;
        for (const part of parts) {
          expect(text.slice(at, part.start)).toMatch(/^[ \t\r\n\f\v\uFEFF]*$/);
          expect(text.slice(part.start, part.end)).toBe(part.text);
          expect(part.end).toBeGreaterThan(part.start);
          at = part.end;
        }
        expect(text.slice(at)).toMatch(/^[ \t\r\n\f\v\uFEFF]*$/);
      }),
      RUNS,
    );
  });

  it('is parsed, checked, explained and completed without throwing, with every range inside it', () => {
    fc.assert(
      fc.property(anyText, fc.nat(240), (text, cursor) => {
        const document = parse(text);
        const inside = ({ start, end }: { start: number; end: number }) => {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
        };
        for (const found of check(document, context())) {
          inside(found);
          for (const related of found.related) inside(related);
          for (const fix of found.fixes) for (const edit of fix.edits) inside(edit);
          // A place that can be seen, wherever there is one.
          if (text.trim() !== '') expect(found.end).toBeGreaterThan(found.start);
          expect(found.message).not.toMatch(/undefined|NaN|\[object/);
        }
        for (const item of document.items) inside(item);
        for (const range of foldingRanges(document)) inside(range);
        for (const symbol of documentSymbols(document)) inside(symbol.selection);
        explain(document, context());
        const at = Math.min(cursor, text.length);
        for (const item of complete(text, at)) {
          inside(item);
          expect(item.start).toBeLessThanOrEqual(at);
          expect(item.end).toBeGreaterThanOrEqual(at);
        }
      }),
      RUNS,
    );
  });

  it('has no whole-query diagnostics where a query has syntax errors', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const document = parse(text);
        const whole = check(document, context()).filter((found) =>
          ['CXQ2014', 'CXQ3006', 'CXQ4005'].includes(found.code),
        );
        for (const found of whole) {
          const query = document.queries.find((one) => one.start <= found.start && found.end <= one.end);
          expect(query?.broken).toBe(false);
        }
      }),
      RUNS,
    );
  });
});

const id = fc.stringMatching(/^[A-Za-z0-9_.:@/-]{1,12}$/);
const moment = fc
  .integer({ min: Date.UTC(2026, 9, 24), max: Date.UTC(2026, 10, 22) })
  .map((millis) => new Date(millis).toISOString());
const sendable = fc
  .record({
    ids: fc.uniqueArray(id, { maxLength: 5 }),
    from: fc.option(moment),
    to: fc.option(moment),
    state: fc.option(fc.boolean()),
  })
  .map(({ ids, from, to, state }) => [
    ...(ids.length > 0 ? [`interactionId IN [${ids.map((one) => `'${one}'`).join(', ')}]`] : []),
    ...(from === null ? [] : [`nodeTimestamp >= '${from}'`]),
    ...(to === null ? [] : [`nodeTimestamp <= '${to}'`]),
    ...(state === null ? [] : [`errorState = ${state}`]),
  ])
  .filter((conditions) => conditions.length > 0);

describe('what is sent', () => {
  it('is a query that is planned to the same text again', () => {
    fc.assert(
      fc.property(sendable, fc.boolean(), (conditions, backwards) => {
        const written = (backwards ? [...conditions].reverse() : conditions).join(' AND ');
        const planOf = (text: string) => {
          const document = parse(text);
          const [query] = document.queries;
          if (query === undefined) throw new Error('no query');
          const planned = planQuery(document, query, context());
          if (!planned.ok) throw new Error(planned.problems.join(' '));
          return planned.plan;
        };
        const plan = planOf(written);
        expect(plan.local).toBeNull();
        // Everything that was written stands in it, with the bounds that pin it.
        for (const condition of conditions) expect(plan.sent).toContain(condition);
        expect(planOf(plan.sent).sent).toBe(plan.sent);
      }),
      RUNS,
    );
  });
});

describe('printed predicates', () => {
  const operand = fc.constantFrom(
    "nodeId = 'a'",
    'dwell > 10s',
    'errorState',
    'open',
    "before['x y'].z IN [1, 2]",
    'ANY(open)',
  );
  const predicate = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      operand,
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} AND ${b})`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} OR ${b})`),
      tie('node').map((a) => `NOT (${a})`),
    ),
  })).node;

  it('mean the same and print the same again', () => {
    const shape = (text: string) => {
      const document = parse(text);
      expect(document.syntax).toEqual([]);
      const [query] = document.queries;
      const where = query === undefined ? undefined : clauseOf(query, 'where');
      if (where === undefined) throw new Error('no predicate');
      return predicateText(where.predicate);
    };
    fc.assert(
      fc.property(predicate, (text) => {
        const printed = shape(text);
        expect(shape(printed)).toBe(printed);
      }),
      RUNS,
    );
  });
});

describe('the nearest name', () => {
  /** Edits between two words, worked out in full. */
  function edits(a: string, b: string): number {
    const rows: number[][] = [];
    const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i <= a.length; i++) {
      const row: number[] = [];
      rows.push(row);
      for (let j = 0; j <= b.length; j++) {
        const same = a.charAt(i - 1) === b.charAt(j - 1);
        const swapped =
          i > 1 && j > 1 && a.charAt(i - 1) === b.charAt(j - 2) && a.charAt(i - 2) === b.charAt(j - 1);
        row.push(
          i === 0 || j === 0
            ? i + j
            : Math.min(
                at(i - 1, j) + 1,
                at(i, j - 1) + 1,
                at(i - 1, j - 1) + (same ? 0 : 1),
                swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
              ),
        );
      }
    }
    return at(a.length, b.length);
  }
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '_'), minLength: 3, maxLength: 14 });

  it('does not depend on what was asked before', () => {
    const names = FIELDS.map((field) => field.name);
    const slips = names.flatMap((name) => [1, 2, 3, 4].map((less) => name.slice(0, -less)));
    const of = (words: readonly string[]) => new Map(words.map((one) => [one, nearest(one, names)]));
    const [first, again] = [of(slips), of(slips.toReversed())];
    for (const slip of slips) expect([slip, again.get(slip)]).toEqual([slip, first.get(slip)]);
    expect(of(['interaction']).get('interaction')).toBe('interactionId');
  });

  it('has the fewest edits, within what counts as a slip', () => {
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 6 }), (wanted, names) => {
        const limit = wanted.length <= 4 ? 1 : wanted.length <= 8 ? 2 : 3;
        const best = Math.min(...names.map((name) => edits(wanted, name)));
        const found = nearest(wanted, names);
        if (best > limit) expect(found).toBeUndefined();
        else expect(found === undefined ? undefined : edits(wanted, found)).toBe(best);
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });
});
