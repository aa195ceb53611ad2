import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ids, request, tenantAt } from './support/ask.ts';
import { records, startFaultTenant } from './support/fault-tenant.ts';
import { named } from './support/tenants.ts';

describe('paging as a property', () => {
  it('gives every record once, whatever the tenant’s size, cap, pages and totals', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 0, max: 320 }),
          cap: fc.option(fc.integer({ min: 5, max: 80 }), { nil: undefined }),
          pageSize: fc.integer({ min: 5, max: 120 }),
          concurrency: fc.integer({ min: 1, max: 5 }),
          total: fc.boolean(),
          tokens: fc.boolean(),
          offset: fc.constantFrom(0, 0, 7, 300),
          limit: fc.option(fc.integer({ min: 1, max: 400 }), { nil: null }),
        }),
        async ({ count, cap, total, tokens, ...rest }) => {
          const rows = records(count);
          const tenant = await startFaultTenant({
            rows,
            total,
            tokens,
            ...(cap === undefined ? {} : { cap }),
          });
          try {
            const handed: string[] = [];
            const result = await tenantAt(tenant.url, undefined, { auth: { kind: 'none' } }).retrieve(
              request(rest),
              {
                onPage: (page) => {
                  handed.push(...page.interactions.map(({ interactionId }) => interactionId));
                  return undefined;
                },
              },
            );
            const wanted = named(
              rows.slice(rest.offset, rest.limit === null ? undefined : rest.offset + rest.limit),
            );
            expect(handed).toEqual(wanted);
            expect(ids(result)).toEqual(wanted);
            expect(result.outcome).toBe('complete');
            expect(result.stats.expected).toBe(wanted.length);
            expect(tenant.counts.most).toBeLessThanOrEqual(rest.concurrency);
          } finally {
            await tenant.close();
          }
        },
      ),
      { numRuns: 150, seed: 20_261_122 },
    );
  });
});
