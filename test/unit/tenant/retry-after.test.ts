import { describe, expect, it } from 'vitest';
import { parseHttpDate, parseRetryAfter } from '../../../server/src/tenant/retry-after.ts';

const NOW = Date.UTC(2026, 10, 22, 8, 0, 0);
const two = (number: number): string => String(number).padStart(2, '0');

describe('an HTTP date', () => {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

  it.each(months.map((month, index) => [month, index] as const))(
    'in %s is read in each form',
    (month, index) => {
      const at = Date.UTC(2026, index, 17, 23, 59, 58);
      expect(parseHttpDate(`Tue, 17 ${month} 2026 23:59:58 GMT`, NOW)).toBe(at);
      expect(parseHttpDate(`Tuesday, 17-${month}-26 23:59:58 GMT`, NOW)).toBe(at);
      expect(parseHttpDate(`Tue ${month} 17 23:59:58 2026`, NOW)).toBe(at);
      const early = Date.UTC(2026, index, 7, 0, 0, 0);
      expect(parseHttpDate(`Tue ${month}  7 00:00:00 2026`, NOW)).toBe(early);
    },
  );

  it.each([
    'x Tue, 17 Nov 2026 23:59:58 GMT',
    'Tue, 17 Nov 2026 23:59:58 GMT x',
    'x Tuesday, 17-Nov-26 23:59:58 GMT',
    '1Tuesday, 17-Nov-26 23:59:58 GMT',
    'Tuesday, 17-Nov-26 23:59:58 GMT+1',
    'x Tue Nov 17 23:59:58 2026',
    'Tue Nov 17 23:59:58 2026 UTC',
    'Tue Nov x7 23:59:58 2026',
    'Tue, 17 Nov 2026 24:00:00 GMT',
    'Tue, 17 Nov 2026 23:60:00 GMT',
    'Tue, 17 Nov 2026 23:59:61 GMT',
    'Tue, 17 Nov 2026 23:59:58 CET',
  ])('is not found in %j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  it('may name the leap second, which is the next minute', () => {
    expect(parseHttpDate('Thu, 31 Dec 2026 23:59:60 GMT', NOW)).toBe(Date.UTC(2027, 0, 1));
  });

  it('with two digits for the year is at most 50 years ahead', () => {
    const year = (short: number): number =>
      new Date(parseHttpDate(`Sunday, 06-Nov-${two(short)} 08:49:37 GMT`, NOW) ?? 0).getUTCFullYear();
    expect([75, 76, 77, 99, 0, 26].map(year)).toEqual([2075, 2076, 1977, 1999, 2000, 2026]);
  });
});

describe('a wait', () => {
  it.each([
    ['3, 9', 9_000],
    ['9, 3', 9_000],
    ['10,20 , 15', 20_000],
    ['12  ,  7', 12_000],
    ['-5, -1', 0],
    ['+5, 2.25', 5_000],
    ['0.5, 0.25', 500],
    ['1.5.2, 4', 4_000],
    ['2.25', 2_250],
    [' 7 ', 7_000],
    ['+7', 7_000],
    ['7 s', undefined],
    ['x3, 9', undefined],
    ['3, 9 s', undefined],
    ['3 9', undefined],
    ['.5', undefined],
    ['5.', undefined],
  ])('of %j', (text, ms) => {
    expect(parseRetryAfter(text, undefined, NOW)).toBe(ms);
  });

  it('is the longest of several headers, and none where there is none', () => {
    expect(parseRetryAfter(['9', '3'], undefined, NOW)).toBe(9_000);
    expect(parseRetryAfter(['soon', ' 3 '], undefined, NOW)).toBe(3_000);
    expect(parseRetryAfter([], undefined, NOW)).toBeUndefined();
  });

  it('until a date is measured from the answer’s own, where that can be read', () => {
    const until = 'Sun, 22 Nov 2026 08:00:30 GMT';
    expect(parseRetryAfter(until, undefined, NOW)).toBe(30_000);
    expect(parseRetryAfter(until, '  Sun, 22 Nov 2026 08:00:10 GMT ', NOW)).toBe(20_000);
    expect(parseRetryAfter(until, 'yesterday', NOW)).toBe(30_000);
    expect(parseRetryAfter(until, 'Sun, 22 Nov 2026 09:00:00 GMT', NOW)).toBe(0);
  });
});
