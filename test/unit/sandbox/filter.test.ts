import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { type FilterOptions, type FilterStep, parseFilter } from '../../../server/src/sandbox/filter.ts';

const T = Date.UTC(2026, 10, 22, 8) * 1000;
const STEP: FilterStep = { interactionId: 'a1', nodeTimestamp: T, errorState: true };

function evaluate(text: string, step: FilterStep = STEP, options?: FilterOptions): boolean | null {
  const parsed = parseFilter(text, options);
  if ('problem' in parsed) throw new Error(`${parsed.problem.message} at ${parsed.problem.position}`);
  return parsed.filter.evaluate(step);
}

function problem(text: string, options?: FilterOptions): string {
  const parsed = parseFilter(text, options);
  return 'problem' in parsed ? `${parsed.problem.position}: ${parsed.problem.message}` : 'none';
}

describe('the filter dialect', () => {
  it.each<[string, boolean]>([
    ['', true],
    ["interactionId = 'a1'", true],
    ["interactionId != 'a1'", false],
    ["interactionId IN ['b2', 'a1']", true],
    ["interactionId in ['b2']", false],
    ["interactionId NOT IN ['b2']", true],
    ["nodeTimestamp >= '2026-11-22T08:00:00.000Z'", true],
    ["nodeTimestamp > '2026-11-22T08:00:00.000Z'", false],
    ["nodeTimestamp <= '2026-11-22T09:00:00+01:00'", true],
    ["nodeTimestamp < '2026-11-22T08:00:00.001Z'", true],
    ["nodeTimestamp = '2026-11-22T08:00:00Z'", true],
    ["nodeTimestamp <> '2026-11-22T08:00:00Z'", false],
    ['errorState', true],
    ['NOT errorState', false],
    ['errorState = true', true],
    ['errorState = True', true],
    ['errorState != False', true],
    ['errorState = false', false],
    ["errorState = false OR interactionId = 'a1' AND errorState", true],
    ["(errorState = false OR interactionId = 'a1') AND NOT errorState", false],
    [
      "interactionId IN ['a1', 'b2'] AND nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND nodeTimestamp <= '2026-11-22T08:00:00.000Z' AND errorState = true",
      true,
    ],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toBe(expected);
  });

  it('reads two quotes as one, and nothing inside a string as syntax', () => {
    const step = { ...STEP, interactionId: "x' OR errorState = true" };
    expect(evaluate("interactionId = 'x'' OR errorState = true'", step)).toBe(true);
    expect(evaluate("interactionId = 'x'' OR errorState = true'")).toBe(false);
  });

  it('answers unknown about what a step does not have', () => {
    const bare: FilterStep = { interactionId: 'a1', nodeTimestamp: null, errorState: null };
    expect(evaluate('errorState = true', bare)).toBeNull();
    expect(evaluate('NOT errorState', bare)).toBeNull();
    expect(evaluate("errorState AND interactionId = 'b2'", bare)).toBe(false);
    expect(evaluate("errorState OR interactionId = 'a1'", bare)).toBe(true);
    expect(evaluate("nodeTimestamp < '2026-11-22T08:00:00Z'", bare)).toBeNull();
  });

  it.each([
    ["interactionid = 'a1'", '0: expected interactionId, nodeTimestamp or errorState, found "interactionid"'],
    ["interactionId = 'a1", '16: a string that is not closed'],
    ["interactionId = 'a1' AND", '24: expected a field, found the end'],
    ["interactionId = 'a1' errorState", '21: expected AND, OR or the end, found "errorState"'],
    ["interactionId > 'a1'", '14: expected "=" or "!=", found ">"'],
    ['interactionId IN []', '18: expected a string in single quotes, found "]"'],
    ["interactionId IN ['a' 'b']", '22: expected "," or "]", found "b"'],
    ["nodeTimestamp >= '2026-11-22'", '17: "2026-11-22" is no date and time in RFC 3339'],
    ["nodeTimestamp >= '2026-11-22T08:00:00'", '17: "2026-11-22T08:00:00" has no time zone'],
    ['errorState = maybe', '13: expected true or false, found "maybe"'],
    ['errorState = true; DROP', '17: a character that has no meaning here'],
    ['(errorState', '11: expected ")", found the end'],
    ['dwell > 10', '8: a character that has no meaning here'],
  ])('refuses %s', (text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  it('takes one spelling of booleans where told to', () => {
    expect(problem('errorState = True', { booleans: 'lower' })).toContain('13: expected true or false');
    expect(problem('errorState = true', { booleans: 'title' })).toContain('13: expected True or False');
    expect(evaluate('errorState = True', STEP, { booleans: 'title' })).toBe(true);
  });

  it('ends on deep nesting instead of overflowing', () => {
    expect(problem(`${'('.repeat(50_000)}errorState`)).toContain('nested too deeply');
    expect(problem(`${'NOT '.repeat(50_000)}errorState`)).toContain('nested too deeply');
  });

  it('lists every instant with its place, and the longest list', () => {
    const parsed = parseFilter("nodeTimestamp >= '2026-11-22T08:00:00Z' OR interactionId IN ['a', 'b', 'c']");
    if ('problem' in parsed) throw new Error(parsed.problem.message);
    expect(parsed.filter.instants).toEqual([{ micros: T, position: 17, text: '2026-11-22T08:00:00Z' }]);
    expect(parsed.filter.longestList).toBe(3);
  });

  it('agrees with a direct evaluation of any expression', () => {
    interface Expression {
      readonly text: string;
      readonly holds: (step: FilterStep) => boolean;
    }
    const id: fc.Arbitrary<string> = fc.constantFrom('a1', 'b2', 'c3', "d'4");
    const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;
    const time = fc.integer({ min: -5, max: 5 }).map((shift) => T + shift * 1000);
    const leaf: fc.Arbitrary<Expression> = fc.oneof(
      fc.tuple(id, fc.boolean()).map(([value, equal]) => ({
        text: `interactionId ${equal ? '=' : '!='} ${quote(value)}`,
        holds: (step: FilterStep) => (step.interactionId === value) === equal,
      })),
      fc.array(id, { minLength: 1, maxLength: 4 }).map((values) => ({
        text: `interactionId IN [${values.map(quote).join(', ')}]`,
        holds: (step: FilterStep) => values.includes(step.interactionId),
      })),
      fc.tuple(time, fc.constantFrom('<', '<=', '>', '>=', '=', '!=')).map(([bound, operator]) => ({
        text: `nodeTimestamp ${operator} '${formatInstant(bound)}'`,
        holds: ({ nodeTimestamp }: FilterStep) => {
          const sign = Math.sign((nodeTimestamp ?? 0) - bound);
          if (operator === '=') return sign === 0;
          if (operator === '!=') return sign !== 0;
          return (operator.endsWith('=') && sign === 0) || sign === (operator.startsWith('<') ? -1 : 1);
        },
      })),
      fc.tuple(fc.boolean(), fc.boolean()).map(([value, equal]) => ({
        text: `errorState ${equal ? '=' : '<>'} ${value ? 'True' : 'false'}`,
        holds: (step: FilterStep) => (step.errorState === value) === equal,
      })),
    );
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('tree'), tie('tree'), fc.boolean()).map(([left, right, and]) => ({
          text: `(${left.text}) ${and ? 'AND' : 'or'} (${right.text})`,
          holds: (step: FilterStep) =>
            and ? left.holds(step) && right.holds(step) : left.holds(step) || right.holds(step),
        })),
        tie('tree').map((inner) => ({
          text: `not (${inner.text})`,
          holds: (step: FilterStep) => !inner.holds(step),
        })),
      ),
    }));
    const step = fc.record({ interactionId: id, nodeTimestamp: time, errorState: fc.boolean() });
    fc.assert(
      fc.property(tree, step, (expression, given) => {
        expect(evaluate(expression.text, given)).toBe(expression.holds(given));
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      'interactionId',
      'IN',
      '[',
      ']',
      '(',
      ')',
      "'a'",
      "'",
      ',',
      '>=',
      'NOT',
      'AND',
      ' ',
      'true',
      '\u0000',
      'é',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join(' ')),
        ),
        (text) => {
          const parsed = parseFilter(text);
          if (!('problem' in parsed)) return;
          expect(parsed.problem.position).toBeGreaterThanOrEqual(0);
          expect(parsed.problem.position).toBeLessThanOrEqual(text.length);
        },
      ),
      { seed: 12, numRuns: 500 },
    );
  });
});
