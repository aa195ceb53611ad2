import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { accuracy } from '../../../server/src/tenant/accuracy.ts';
import { fakeHistory, idsOf, record, records, retrieveFrom } from './fake-history.ts';

const named = (rows: readonly JsonObject[]): string[] => rows.map((row) => String(row['interactionId']));

const ways = {
  count: fc.integer({ min: 0, max: 90 }),
  cap: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  pageSize: fc.integer({ min: 1, max: 20 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  block: fc.integer({ min: 1, max: 8 }),
  turns: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
};

const turnsOf = (turns: readonly number[]) => (request: number) => turns[request % turns.length] ?? 0;
const withCap = (cap: number | undefined) => (cap === undefined ? {} : { cap });

describe('pages that do not change', () => {
  it('are all there, whatever their size, cap, blocks and totals; a total that is wrong is told apart from one that is right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          ...ways,
          told: fc.oneof(
            fc.constantFrom('right' as const, 'none' as const),
            fc.integer({ min: 0, max: 130 }),
          ),
          tokens: fc.boolean(),
          offset: fc.constantFrom(0, 0, 0, 4, 200),
        }),
        async ({ count, cap, pageSize, concurrency, block, turns, told, tokens, offset }) => {
          // A short page that ends at the total is the end: a tenant cannot be told from one that caps just there.
          fc.pre(typeof told !== 'number' || cap === undefined);
          const rows = records(count);
          const fake = fakeHistory({
            ...{ rows, ...withCap(cap), tokens, block, turns: turnsOf(turns) },
            total: (all) => (told === 'none' ? null : told === 'right' ? all : told),
          });
          const result = await retrieveFrom(() => fake, { pageSize, concurrency, offset });
          const wanted = named(rows.slice(offset));
          expect(fake.held()).toBe(0);
          expect(fake.most.atOnce).toBeLessThanOrEqual(concurrency);
          expect(result.stats.duplicates).toBe(0);
          expect(idsOf(result)).toEqual(wanted);
          const tooHigh = typeof told === 'number' && told > count && told > offset;
          expect(result.outcome).toBe(tooHigh ? 'partial' : 'complete');
          const expected = tooHigh ? told - offset : wanted.length;
          expect(result.stats.expected).toBe(expected);
          const { rate, status } = accuracy({
            ...{ fetched: result.stats.records, expected, outcome: result.outcome },
          });
          expect(rate).toBe(expected === 0 ? 1 : wanted.length / expected);
          expect(status).toBe(tooHigh ? 'REVIEW_REQUIRED' : 'VERIFIED');
        },
      ),
      { numRuns: 600, seed: 41 },
    );
  });

  it('give LIMIT exactly, whatever cannot be read among them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...ways, limit: fc.integer({ min: 1, max: 60 }), told: fc.boolean(), bad: fc.nat(9) }),
        async ({ count, cap, pageSize, concurrency, block, turns, limit, told, bad }) => {
          const rows = records(count).map((row, at) => (bad > 3 && at % bad === 1 ? { odd: at } : row));
          const fake = fakeHistory({
            ...{ rows, ...withCap(cap), block, turns: turnsOf(turns) },
            ...(told ? {} : { total: () => null }),
          });
          const result = await retrieveFrom(() => fake, { pageSize, concurrency, limit });
          const readable = rows.filter((row) => 'interactionId' in row);
          expect(idsOf(result)).toEqual(named(readable.slice(0, limit)));
          expect(result.outcome).toBe('complete');
          expect(fake.held()).toBe(0);
          const cut = readable.length >= limit;
          const last = readable[limit - 1];
          const looked = cut && last !== undefined ? rows.indexOf(last) + 1 : rows.length;
          expect(result.stats.expected).toBe(looked);
          expect(result.stats.records + result.stats.rejected).toBe(looked);
        },
      ),
      { numRuns: 300, seed: 42 },
    );
  });
});

describe('pages that come empty although the total promises rows', () => {
  it('are read again, so that few of them cost nothing, and many are told', async () => {
    let fired = 0;
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.record({ ...ways, bad: fc.uniqueArray(fc.nat(25), { maxLength: 12 }), tokens: fc.boolean() }),
        async ({ count, cap, pageSize, concurrency, block, turns, bad, tokens }) => {
          const rows = records(count);
          let struck = 0;
          const fake = fakeHistory({
            ...{ rows, ...withCap(cap), tokens, block, turns: turnsOf(turns) },
            empty: (request) => {
              const strikes = bad.includes(request) && count > 0;
              if (strikes) struck += 1;
              return strikes;
            },
          });
          const result = await retrieveFrom(() => fake, { pageSize, concurrency });
          const wanted = named(rows);
          fired += struck;
          outcomes.add(result.outcome);
          expect(fake.held()).toBe(0);
          expect(fake.most.atOnce).toBeLessThanOrEqual(concurrency);
          if (result.outcome === 'complete') expect(idsOf(result)).toEqual(wanted);
          else expect(result.notes.join(' ')).toMatch(/did not come/);
          expect(idsOf(result)).toEqual(wanted.filter((id) => idsOf(result).includes(id)));
          if (struck <= 3 && !tokens) expect(result.outcome).toBe('complete');
          const pages = 2 * Math.ceil(count / Math.min(pageSize, cap ?? pageSize));
          expect(fake.asked.length).toBeLessThan(3 * pages + 8 * struck + 30);
        },
      ),
      { numRuns: 600, seed: 43 },
    );
    expect(fired).toBeGreaterThan(1000);
    expect([...outcomes].sort()).toEqual(['complete', 'partial']);
  });
});

describe('pages that change while they are read', () => {
  const changes = fc.array(fc.record({ at: fc.integer({ min: 1, max: 14 }), row: fc.nat(60) }), {
    minLength: 1,
    maxLength: 3,
  });

  it.each(['insert', 'remove'] as const)(
    '%s: what was there throughout is there, or the run is partial',
    async (kind) => {
      let partial = 0;
      let complete = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.record({ ...ways, changes, tokens: fc.boolean() }),
          async ({ count, cap, pageSize, concurrency, block, turns, changes: wanted, tokens }) => {
            const rows = records(count);
            const removed = new Set<string>();
            const fake = fakeHistory({
              ...{ rows, ...withCap(cap), tokens, block, turns: turnsOf(turns) },
              before(request, now) {
                for (const { at, row } of wanted) {
                  if (at !== request) continue;
                  if (kind === 'insert') now.splice(Math.min(row, now.length), 0, record(1000 + request));
                  else for (const gone of now.splice(row, 1)) removed.add(String(gone['interactionId']));
                }
                return undefined;
              },
            });
            const throughout = () => named(records(count)).filter((id) => !removed.has(id));
            const result = await retrieveFrom(() => fake, { pageSize, concurrency });
            expect(fake.held()).toBe(0);
            const came = new Set(idsOf(result));
            expect(came.size).toBe(result.records.length);
            const lost = throughout().filter((id) => !came.has(id));
            if (result.outcome === 'complete') {
              complete += 1;
              expect(lost).toEqual([]);
            } else {
              partial += 1;
              expect(result.outcome).toBe('partial');
              expect(result.notes.length).toBeGreaterThan(0);
            }
          },
        ),
        { numRuns: 600, seed: 43 },
      );
      expect(complete).toBeGreaterThan(50);
      expect(partial).toBeGreaterThan(20);
    },
  );
});
