import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { hurriedClock, ids, request, tenantAt } from './support/ask.ts';
import { records, sendJson, startFaultTenant } from './support/fault-tenant.ts';

interface Blow {
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly rows: readonly JsonObject[];
  readonly offset: number;
  readonly limit: number;
  readonly total: boolean;
}

const blows: Readonly<Record<string, (blow: Blow) => void>> = {
  throttle: ({ response }) => sendJson(response, 429, {}, { 'retry-after': '2' }),
  unavailable: ({ response }) => sendJson(response, 503, {}),
  reset: ({ socket }) => socket.resetAndDestroy(),
  cut: ({ response }) => response.end('{"data":[{"interactionId":'),
  html: ({ response }) => response.end('<html>'),
  short: ({ response, rows, offset, limit, total }) => {
    const data = rows.slice(offset, offset + Math.ceil(limit / 3));
    sendJson(response, 200, { data, ...(total ? { total: rows.length } : {}) });
  },
  twice: ({ response, rows, offset, limit, total }) => {
    const data = rows.slice(offset, offset + limit);
    sendJson(response, 200, {
      data: [...data.slice(0, 1), ...data],
      ...(total ? { total: rows.length } : {}),
    });
  },
};

describe('a storm of faults', () => {
  it('loses nothing and gives nothing twice', { timeout: 120_000 }, async () => {
    let fired = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 0, max: 400 }),
          pageSize: fc.integer({ min: 10, max: 90 }),
          concurrency: fc.integer({ min: 1, max: 5 }),
          total: fc.boolean(),
          storm: fc.array(fc.option(fc.constantFrom(...Object.keys(blows)), { nil: null, freq: 2 }), {
            maxLength: 25,
          }),
        }),
        async ({ count, total, storm, ...rest }) => {
          const rows = records(count);
          // No request meets more than five blows in a row, which is what it may retry.
          const schedule = storm.map((name, index) => (index % 6 === 5 ? null : name));
          const tenant = await startFaultTenant({
            rows,
            total,
            fault: ({ kind, number, json }, response, socket) => {
              const strike = kind === 'history' ? blows[schedule[number] ?? ''] : undefined;
              if (strike === undefined) return false;
              fired += 1;
              strike({
                response,
                socket,
                rows,
                total,
                offset: Number(json['offset']),
                limit: Number(json['limit']),
              });
              return true;
            },
          });
          try {
            const clock = hurriedClock();
            const result = await tenantAt(tenant.url, clock, { auth: { kind: 'none' } }).retrieve(
              request({ ...rest, retries: 10 }),
            );
            expect(result.error).toBeUndefined();
            expect(ids(result).toSorted()).toEqual(rows.map(({ interactionId }) => interactionId));
            expect(result).toMatchObject({ outcome: 'complete', stats: { expected: count } });
            expect(tenant.counts.most).toBeLessThanOrEqual(rest.concurrency);
          } finally {
            await tenant.close();
          }
        },
      ),
      { numRuns: 400, seed: 20_261_122 },
    );
    expect(fired).toBeGreaterThan(300);
  });
});
