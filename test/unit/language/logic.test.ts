/** What the checker says of predicates that decide nothing, and that it says it in time. */
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../../server/src/language/diagnostics.ts';
import { diagnose, fixed } from '../../language/markers.ts';

const never = (text: string) => diagnose(text).filter((found) => found.code === 'CXQ2014');

describe('a predicate that can never be true', () => {
  it('names the conditions that exclude each other', () => {
    const text = 'errorState AND dwell > 10s AND isLast AND dwell < 5s LAST 2h';
    const [found] = never(text);
    expect(found?.message).toBe(
      'No step can satisfy both `dwell > 10s` and `dwell < 5s`: the query keeps nothing.',
    );
    expect(found?.related.map(({ start, end }) => text.slice(start, end))).toEqual([
      'dwell > 10s',
      'dwell < 5s',
    ]);
  });

  it('names the one that nothing satisfies, and no list of many', () => {
    expect(never('errorState AND sequence < 0 LAST 2h').map((found) => found.message)).toEqual([
      'No step can satisfy `sequence < 0`: the query keeps nothing.',
    ]);
    const three = never("nodeId IN ['a', 'b'] AND nodeId != 'a' AND nodeId != 'b' LAST 2h");
    expect(three.map((found) => found.message)).toEqual([
      'No step can satisfy all of this: the query keeps nothing.',
    ]);
    expect(three[0]?.related).toHaveLength(3);
  });

  it('is said once, and not where a bound of the window says it', () => {
    expect(never("nodeTimestamp > '2026-11-21' AND nodeTimestamp < '2026-11-20' UNTIL '2026-11-19'")).toEqual(
      [],
    );
    expect(
      never("nodeTimestamp > '2026-11-21' AND nodeTimestamp < '2026-11-20' AND open AND NOT isLast"),
    ).toHaveLength(0);
  });

  it('is not said of a query with errors', () => {
    expect(never('errorState AND NOT errorState AND nodeId = 5 LAST 2h')).toEqual([]);
  });
});

describe('a condition that is always true', () => {
  it('has no fix where nothing would be left', () => {
    expect(fixed('CXQ2015', 'TRUE')).toBeUndefined();
    expect(fixed('CXQ2015', 'QUERY a TRUE')).toBe('QUERY a');
  });

  it('leaves a text without it, whatever stands around', () => {
    for (const text of [
      'TRUE AND TRUE AND errorState LAST 2h',
      'errorState\r\n  AND TRUE\r\nLAST 2h',
      '(errorState AND (TRUE))LAST 2h',
      'errorState AND TRUE/*x*/LAST 2h',
      'errorState AND(TRUE)AND open LAST 2h',
      'errorState/*a*/AND/*b*/TRUE/*c*/AND/*d*/open LAST 2h',
      "QUERY a 'all' TRUE // why\nLAST 2h",
      'LAST 2h -- why\nWHERE TRUE',
      'errorState // 😀\nAND TRUE LAST 2h',
      'NOT (errorState AND TRUE) LAST 2h',
    ]) {
      let after = text;
      for (let round = 0; round < 3; round += 1) {
        const found = diagnose(after).find((one) => one.code === 'CXQ2015');
        after = found === undefined ? after : applyEdits(after, found.fixes[0]?.edits ?? []);
      }
      expect(
        diagnose(after).filter((one) => one.severity === 'error'),
        `${text} → ${after}`,
      ).toEqual([]);
      expect(after).not.toContain('TRUE');
      for (const comment of text.match(/\/\*.*?\*\/|\/\/[^\n]*|--[^\n]*/g) ?? [])
        expect(after).toContain(comment);
    }
  });
});

describe('predicates of any size', () => {
  const many = (count: number, text: (index: number) => string, word: string) =>
    `${Array.from({ length: count }, (_, index) => text(index)).join(` ${word} `)} LAST 2h`;
  const nested = (count: number, open: string, inner: string, close: string) =>
    `${open.repeat(count)}${inner}${close.repeat(count)} LAST 2h`;

  it.each([
    ['alternatives', many(10_000, (index) => `nodeId = 'n${index}'`, 'OR')],
    ['exclusions', many(10_000, (index) => `nodeId != 'n${index}'`, 'AND')],
    ['numbers', many(10_000, (index) => `after.n != ${index}`, 'AND')],
    ['variables', many(10_000, (index) => `after.v${index} = 1`, 'AND')],
    ['patterns', many(10_000, (index) => `nodeId LIKE '%${index}'`, 'AND')],
    ['pairs', many(5_000, (index) => `(after.a${index} = 1 OR after.b${index} = 2)`, 'AND')],
    ['tautologies', many(3_000, (index) => `(nodeId = 'a${index}' OR nodeId != 'a${index}')`, 'AND')],
    ['quantifiers', nested(60, 'ANY(errorState AND COUNT(', 'open', ') > 1)')],
    ['negations', nested(120, 'NOT ', 'errorState', '')],
  ])('of %s are read whole', (_, text) => {
    expect(diagnose(text).filter((found) => found.severity === 'error')).toEqual([]);
  });

  it('and what is wrong in them is found', () => {
    expect(never(many(10_000, (index) => `nodeId = 'n${index}'`, 'AND'))).toHaveLength(1);
    const texts = Array.from({ length: 10_000 }, (_, index) => `'n${index}'`).join(', ');
    expect(never(`nodeId IN [${texts}] AND nodeId NOT IN [${texts}] LAST 2h`)).toHaveLength(1);
  });
});
