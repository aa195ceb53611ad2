/** A text checked as it is edited has the diagnostics of the text checked afresh. Seeded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, checkSteps } from '../../../server/src/language/check/index.ts';
import type { CheckContext } from '../../../server/src/language/index.ts';
import { parse, reparse } from '../../../server/src/language/parse.ts';
import { anyEdits, anyFile, anyPieces, edited } from '../../fuzz/texts.ts';
import { context } from '../../language/markers.ts';

const RUNS = { seed: 20_261_122, numRuns: 120 };
const anyText = fc.oneof(anyFile, anyFile, anyPieces);
/** Few requests and ids, so that estimates and batches are reported too. */
const tight = context(
  { severities: { CXQ2006: 'warning', CXQ2009: 'off' } },
  { limits: { maxRequestsPerRun: 1, maxIdsPerRequest: 2 } },
);
const anyContext: fc.Arbitrary<CheckContext> = fc.constantFrom(context(), tight);

/** Makes edits in turn, checking after each; gives the codes that are left with the text they are at. */
function afterEdits(first: string, ...changes: readonly (readonly [from: string, to: string])[]): string[] {
  const using = context();
  let document = parse(first);
  check(document, using);
  for (const [from, to] of changes) {
    expect(document.text).toContain(from);
    document = reparse(
      document,
      document.text.replace(from, () => to),
    );
    check(document, using);
  }
  const found = check(document, using);
  expect(found).toEqual(check(parse(document.text), using));
  return found
    .filter((one) => one.severity === 'error' || one.severity === 'warning')
    .map((one) => `${one.code} ${document.text.slice(one.start, one.end)}`);
}

describe('checking again', { timeout: 60_000 }, () => {
  it('finds what a fresh check finds, over any edits', () => {
    fc.assert(
      fc.property(anyText, anyEdits, anyContext, (text, edits, using) => {
        let document = parse(text);
        check(document, using);
        for (const edit of edits) {
          document = reparse(document, edited(document.text, edit));
          const fresh = parse(document.text);
          expect(check(document, using)).toEqual(check(fresh, using));
        }
      }),
      RUNS,
    );
  });

  it('finds it for every small edit of a file', () => {
    const text =
      "PARAM p: LIST = ['a', ' ']\nPARAM t = '2026-13-01'\nQUERY a LIMIT 9 nodeTimestamp > $t;\n" +
      'QUERY b interactionId IN a LIMIT 5 OR interactionId IN $p\nQUERY c nodeTimestamp < $t COMPARE TO b\n' +
      'QUERY d interactionId IN a LAST 2h LIMIT ALL\n';
    const before = parse(text);
    for (let at = 0; at <= text.length; at++) {
      for (const [removed, put] of [
        [1, ''],
        [0, '1'],
        [0, '\n'],
        [1, ';'],
        [1, 'd'],
        [12, ''],
      ] as const) {
        check(before, tight);
        const next = text.slice(0, at) + put + text.slice(at + removed);
        expect(check(reparse(before, next), tight)).toEqual(check(parse(next), tight));
      }
    }
  });

  it('finds what belongs to the context that it is given', () => {
    fc.assert(
      fc.property(anyFile, (text) => {
        const document = parse(text);
        for (const using of [context(), tight, context()]) {
          expect(check(document, using)).toEqual(check(parse(text), using));
        }
      }),
      { ...RUNS, numRuns: 50 },
    );
  });

  it('follows parameters that other queries use', () => {
    const text =
      "PARAM begin = '2026-11-20'\nPARAM ids = ['a', 'b']\nQUERY a nodeTimestamp > $begin\nQUERY b interactionId IN $ids LAST 2h\n";
    expect(afterEdits(text)).toEqual([]);
    expect(afterEdits(text, ["'2026-11-20'", "'2026-13-20'"])).toEqual(["CXQ3001 '2026-13-20'"]);
    expect(
      afterEdits(text, ["'2026-11-20'", "'2026-13-20'"], ['PARAM begin', '-- moved\nPARAM begin']),
    ).toEqual(["CXQ3001 '2026-13-20'"]);
    expect(afterEdits(text, ["'b'", "' '"], ["' '", "''"])).toEqual(["CXQ2012 ''"]);
    expect(afterEdits(text, ['PARAM ids', 'PARAM id'])).toEqual(['CXQ2005 $ids']);
    expect(afterEdits(text, ["['a', 'b']", '5'])).toEqual(['CXQ2003 $ids']);
  });

  it('says once what several queries find at one parameter', () => {
    const text =
      "PARAM begin = '2026-13-20'\nQUERY a nodeTimestamp > $begin\nQUERY b nodeTimestamp > $begin\n";
    expect(afterEdits(text, ['QUERY b', '\nQUERY c'])).toEqual(["CXQ3001 '2026-13-20'"]);
  });

  it('follows names of other queries', () => {
    const text = 'QUERY a LAST 2h\nQUERY b interactionId IN a\nQUERY c interactionId IN b COMPARE TO a\n';
    expect(afterEdits(text)).toEqual([]);
    expect(afterEdits(text, ['QUERY a', 'QUERY aa'])).toEqual(['CXQ2017 a', 'CXQ2017 a']);
    expect(afterEdits(text, ['QUERY a', 'QUERY aa'], ['QUERY aa', 'QUERY a'])).toEqual([]);
    expect(afterEdits(text, ['QUERY a LAST 2h', 'QUERY a interactionId IN c'])).toEqual([
      'CXQ2013 c',
      'CXQ2013 a',
      'CXQ2013 b',
      'CXQ2013 a',
    ]);
    expect(afterEdits(text, ['QUERY c', 'QUERY b'])).toEqual(['CXQ2007 b']);
  });

  it('proposes the name that is nearest now', () => {
    const text = 'QUERY alpha LAST 2h\nQUERY b interactionId IN alphx LAST 2h\n';
    expect(afterEdits(text, ['QUERY alpha', 'QUERY gamma'])).toEqual(['CXQ2017 alphx']);
    expect(afterEdits(text, ['QUERY b', 'QUERY c LAST 2h\nQUERY alphxy'])).toEqual(['CXQ2017 alphx']);
  });

  it('follows how many ids another query gives', () => {
    const using = context({}, { limits: { maxRequestsPerRun: 4, maxIdsPerRequest: 2 } });
    const codes = (text: string) => check(parse(text), using).map((one) => one.code);
    const text = 'QUERY a LAST 2h LIMIT 2\nQUERY b interactionId IN a LAST 2h LIMIT ALL\n';
    expect(codes(text)).not.toContain('CXQ4005');
    const before = parse(text);
    check(before, using);
    const after = reparse(before, text.replace('LIMIT 2', 'LIMIT 2000'));
    expect(check(after, using).map((one) => one.code)).toContain('CXQ4005');
  });

  it('gives the same in steps, with other checks in between', () => {
    fc.assert(
      fc.property(anyFile, (text) => {
        const [one, other] = [context(), tight];
        const document = parse(text);
        const steps = [checkSteps(document, one), checkSteps(document, other)];
        const results = new Map<number, unknown>();
        while (results.size < steps.length) {
          for (const [index, step] of steps.entries()) {
            if (results.has(index)) continue;
            const { done, value } = step.next();
            if (done === true) results.set(index, value);
          }
        }
        expect([results.get(0), results.get(1)]).toEqual([
          check(parse(text), one),
          check(parse(text), other),
        ]);
      }),
      { ...RUNS, numRuns: 50 },
    );
  });
});
