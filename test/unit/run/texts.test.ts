import { describe, expect, it } from 'vitest';
import { parse } from '../../../server/src/language/index.ts';
import { createMask } from '../../../server/src/output/index.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import { withoutQuotation } from '../../../server/src/run/hide.ts';
import { textAsItRan } from '../../../server/src/run/source-text.ts';
import { createVerdict } from '../../../server/src/run/verdict.ts';
import { createReader } from '../../../server/src/tenant/index.ts';

describe('the text as it ran', () => {
  const text = `PARAM lookback = 2h;
PARAM tier: STRING
PARAM unused = 1
QUERY base errorState = true LAST $lookback;
QUERY top interactionId IN base AND after.tier = $tier`;
  const document = parse(text);
  const ran = (index: number, given: Record<string, string>) => {
    const query = document.queries[index];
    if (query === undefined) throw new Error('no such query');
    return textAsItRan(text, document, query, given);
  };

  it('has the parameters that the query and those it refers to use, with their values', () => {
    expect(ran(0, {}).split('\n')).toEqual([
      'PARAM lookback = 2h;',
      'QUERY base errorState = true LAST $lookback',
    ]);
    expect(ran(1, { tier: "gold's", lookback: '30m' }).split('\n').slice(0, 2)).toEqual([
      'PARAM lookback = 30m;',
      "PARAM tier = 'gold''s';",
    ]);
    expect(ran(1, { tier: "'it''s'" })).toContain("PARAM tier = 'it''s';");
  });

  it('is a text of the language itself', () => {
    const again = parse(ran(0, { lookback: '1h30m' }));
    expect([again.syntax, again.queries.length, again.parameters.length]).toEqual([[], 1, 1]);
  });
});

describe('a sentence that quotes a record', () => {
  const reader = createReader(profileSchema.parse({}).response);
  const masked = createMask(['ssn']);
  const step = { nodeId: 'menu', startTime: '2026-11-22T07:00:00Z' };

  it.each([
    ['text', { interactionId: 'a', steps: [{ ...step, startTime: 'canary-1' }] }],
    ['a number', { interactionId: 'a', steps: [{ ...step, startTime: 4_242_424_242 }] }],
    ['text for variables', { interactionId: 'a', steps: [{ ...step, variablesBefore: 'ssn=canary-1' }] }],
    ['text for a step', { interactionId: 'a', steps: ['canary-1'] }],
    ['text for a record', 'canary-1'],
  ])('loses the quotation under a mask: %s', (_, record) => {
    const reason = reader.read(record);
    if (typeof reason !== 'string') throw new Error('the record was read');
    expect(reason).toMatch(/canary-1|4242424242/);
    const hidden = withoutQuotation(masked, reason);
    expect(hidden).not.toMatch(/canary|4242424242/);
    expect(hidden).toMatch(/\*\*\*$/);
    expect(hidden.length).toBeGreaterThan(10);
    expect(withoutQuotation(createMask([]), reason)).toBe(reason);
  });

  it('loses the first characters of an answer that is no JSON', () => {
    const message = 'The answer of x (status 200) is not JSON. Check baseUrl. It begins: {"ssn": canary';
    expect(withoutQuotation(masked, message)).toBe(
      'The answer of x (status 200) is not JSON. Check baseUrl. It begins: ***',
    );
    const line = 'line 3: not JSON: Unexpected token c, "canary"';
    expect(withoutQuotation(masked, line)).toBe('line 3: not JSON: ***');
  });

  it('stays where nothing is quoted', () => {
    for (const sentence of [
      'line 3: step 2 has no nodeId',
      'http://127.0.0.1:9 does not accept the request (status 400). The tenant says: limit is from 1 to 1000.',
    ]) {
      expect(withoutQuotation(masked, sentence)).toBe(sentence);
    }
  });
});

describe('a verdict', () => {
  const error = { code: 'disk', message: 'full' };

  it('only gets worse, and the first reason stands', () => {
    const verdict = createVerdict('complete', undefined);
    verdict.note('one', 'one', 'two');
    verdict.partial();
    verdict.partial(error);
    verdict.partial({ code: 'export', message: 'later' });
    expect([verdict.outcome, verdict.error, verdict.notes]).toEqual(['partial', error, ['one', 'two']]);
    verdict.cancelled({ code: 'cancelled', message: 'stopped' });
    verdict.partial();
    expect([verdict.outcome, verdict.error]).toEqual(['cancelled', error]);
    const failed = createVerdict('failed', error);
    failed.cancelled({ code: 'cancelled', message: 'stopped' });
    expect(failed.outcome).toBe('failed');
  });
});
