/** Pages without a record where the total promises some: read again, gone past, and named where they stay empty. */
import { describe, expect, it } from 'vitest';
import { ask, ids } from './support/ask.ts';
import { type FaultTenantOptions, records, sendJson } from './support/fault-tenant.ts';
import { faultTenants, named } from './support/tenants.ts';

const start = faultTenants();

describe('a page that is empty', () => {
  /** Pages at some offsets come empty so many times. */
  const emptyAt = (
    rows: ReturnType<typeof records>,
    times: Readonly<Record<number, number>>,
    more: Partial<FaultTenantOptions> = {},
  ) => {
    const left = new Map(Object.entries(times).map(([offset, count]) => [Number(offset), count]));
    return start({
      rows,
      ...more,
      fault: ({ kind, json }, response) => {
        const offset = Number(String(json['pageToken'] ?? json['offset']).replace('t', ''));
        const count = left.get(offset) ?? 0;
        if (kind !== 'history' || count <= 0) return false;
        left.set(offset, count - 1);
        const next = offset + Number(json['limit']);
        const token = more.tokens === true && next < rows.length ? { nextPageToken: `t${next}` } : {};
        sendJson(response, 200, { data: [], total: rows.length, ...token });
        return true;
      },
    });
  };
  const once = (count: number, from: number): Record<number, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [(from + index) * 100, 1]));

  it.each<[string, Record<number, number>, number]>([
    ['the first, once', { 0: 1 }, 1],
    ['the first, twice', { 0: 2 }, 2],
    ['the first, three times', { 0: 3 }, 3],
    ['one in the middle, once', { 400: 1 }, 1],
    ['one in the middle, three times', { 400: 3 }, 3],
    ['the last, once', { 900: 1 }, 1],
    ['the last, twice', { 900: 2 }, 2],
    ['the last, three times', { 900: 3 }, 3],
    ['two side by side, twice each', { 400: 2, 500: 2 }, 4],
    ['every one, once', once(10, 0), 2],
    ['so many that reading stops before the end', once(30, 3), 4],
  ])('pages come empty although the total promises rows, and are read again: %s', async (_, times, fired) => {
    const rows = records(Math.max(1000, 100 * Object.keys(times).length + 300));
    const tenant = await emptyAt(rows, times);
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBeGreaterThanOrEqual(fired);
    expect(result.outcome).toBe('complete');
    expect(ids(result)).toEqual(named(rows));
    expect(result.stats).toMatchObject({ duplicates: 0, expected: rows.length });
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
  });

  it.each<[string, Record<number, number>, string]>([
    ['the first', { 0: Number.POSITIVE_INFINITY }, '0 to 99'],
    ['one in the middle', { 400: Number.POSITIVE_INFINITY }, '400 to 499'],
    ['two in the middle', { 200: 99, 300: 99, 700: 99 }, '200 to 399, 700 to 799'],
    ['the last', { 900: 99 }, '900 to 949'],
  ])(
    'a page that is always empty leaves a gap that is named, and what is behind it comes: %s',
    async (_, times, named) => {
      const rows = records(950);
      const tenant = await emptyAt(rows, times);
      const result = await ask(tenant.url);
      const gaps = Object.keys(times).map(Number);
      const there = rows.filter((_row, index) => !gaps.includes(Math.floor(index / 100) * 100));
      expect(tenant.counts.faults).toBeGreaterThanOrEqual(3);
      expect(result.outcome).toBe('partial');
      expect(ids(result)).toEqual(there.map(({ interactionId }) => interactionId));
      expect(result.notes.join(' ')).toContain(`Nothing came at the offsets ${named}, as often as`);
      expect(result.stats.requests).toBeLessThan(25);
    },
  );

  it('a page that is empty and is filled up, in capped pages, is whole', async () => {
    const rows = records(500);
    const tenant = await emptyAt(rows, { 120: 2 }, { cap: 40 });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(2);
    expect(result.outcome).toBe('complete');
    expect(ids(result)).toEqual(named(rows));
  });

  it('an empty page with a token is asked for once more', async () => {
    const rows = records(530);
    const tenant = await emptyAt(rows, { 0: 1, 200: 1, 500: 1 }, { tokens: true });
    const result = await ask(tenant.url);
    expect(tenant.counts.faults).toBe(3);
    expect(result.outcome).toBe('complete');
    expect(ids(result)).toEqual(named(rows));
  });

  it('nothing but empty pages, whatever the total promises, ends soon', async () => {
    const tenant = await start({ rows: [], total: () => 1_000_000 });
    const result = await ask(tenant.url);
    expect(result).toMatchObject({ outcome: 'partial', stats: { records: 0, expected: 1_000_000 } });
    expect(result.notes.join(' ')).toMatch(/Nothing came at the offsets 0 to \d+,/);
    expect(result.stats.requests).toBeLessThan(25);
  });
});
