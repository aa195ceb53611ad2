import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { createTenant } from '../../../server/src/tenant/index.ts';
import { ask, ids, profileFor, request, SECRET, tenantAt } from './support/ask.ts';
import { records, sendJson } from './support/fault-tenant.ts';
import { faultTenants } from './support/tenants.ts';

const start = faultTenants({ rows: records(2000) });

describe('cancelling ends every wait at once, down to the socket', () => {
  it('before anything has begun', async () => {
    const tenant = await start();
    const result = await ask(tenant.url, {}, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outcome: 'cancelled', error: { code: 'cancelled' } });
    expect(tenant.asked).toEqual([]);
  });

  it('while the token is asked for', async () => {
    const controller = new AbortController();
    const tenant = await start({
      fault: ({ kind }) => {
        controller.abort();
        return kind === 'token';
      },
    });
    const result = await ask(tenant.url, { timeoutMs: 600_000 }, { signal: controller.signal });
    expect(tenant.counts).toMatchObject({ faults: 1, history: 0 });
    expect(result.outcome).toBe('cancelled');
    await tenant.quiet();
    expect(tenant.counts.closed).toBe(1);
  });

  it('one waiter for a token does not cancel it for the others', async () => {
    const controller = new AbortController();
    const tenant = await start({
      fault: async ({ kind }) => {
        if (kind !== 'token') return false;
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 30));
        return false;
      },
    });
    const subject = tenantAt(tenant.url);
    const [first, second] = await Promise.all([
      subject.retrieve(request(), { signal: controller.signal }),
      subject.retrieve(request()),
    ]);
    expect(first.outcome).toBe('cancelled');
    expect(second).toMatchObject({ outcome: 'complete', stats: { records: 2000 } });
    expect(tenant.counts.tokens).toBe(1);
  });

  it('while the tenant makes all wait (429)', async () => {
    const controller = new AbortController();
    const tenant = await start({
      fault: ({ kind, number }, response) => {
        if (kind !== 'history' || number < 2) return false;
        sendJson(response, 429, {}, { 'retry-after': '100', connection: 'close' });
        return true;
      },
    });
    const subject = createTenant(
      profileFor(tenant.url),
      { clientId: 'id', clientSecret: SECRET },
      { clock: systemClock },
    );
    const result = await subject.retrieve(request(), {
      signal: controller.signal,
      onProgress: ({ pausedUntil, records: count }) => {
        if (pausedUntil !== null && count > 0) setTimeout(() => controller.abort(), 20);
      },
    });
    expect(tenant.counts.faults).toBeGreaterThan(0);
    expect(result.outcome).toBe('cancelled');
    expect(result.records.length).toBeGreaterThanOrEqual(100);
    expect(tenant.counts.active).toBe(0);
  });

  it('while it waits to try again', async () => {
    const controller = new AbortController();
    const tenant = await start({
      fault: ({ kind }, response) => {
        if (kind !== 'history') return false;
        sendJson(response, 503, {}, { 'retry-after': '100' });
        setTimeout(() => controller.abort(), 20);
        return true;
      },
    });
    const subject = createTenant(
      profileFor(tenant.url),
      { clientId: 'id', clientSecret: SECRET },
      { clock: systemClock },
    );
    const result = await subject.retrieve(request(), { signal: controller.signal });
    expect(tenant.counts.faults).toBe(1);
    expect(result.outcome).toBe('cancelled');
  });

  it('while bodies come in, keeping what had come', async () => {
    const controller = new AbortController();
    let stuck = 0;
    const tenant = await start({
      fault: ({ kind, json }, response) => {
        if (kind !== 'history' || Number(json['offset']) < 200) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"data":[');
        stuck += 1;
        if (stuck === 4) controller.abort();
        return true;
      },
    });
    const result = await ask(tenant.url, {}, { signal: controller.signal });
    expect(tenant.counts.faults).toBeGreaterThanOrEqual(4);
    expect(result).toMatchObject({ outcome: 'cancelled', stats: { expected: 2000 } });
    expect(ids(result)).toEqual(records(200).map(({ interactionId }) => interactionId));
    // Each of the answers that would never end was given up by closing its connection.
    while (tenant.counts.active > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(tenant.counts.closed).toBeGreaterThanOrEqual(4);
  });

  it('between pages', async () => {
    const controller = new AbortController();
    const tenant = await start();
    const result = await ask(
      tenant.url,
      {},
      {
        signal: controller.signal,
        onPage: ({ offset }) => {
          if (offset === 300) controller.abort();
          return undefined;
        },
      },
    );
    expect(result.outcome).toBe('cancelled');
    expect(result.records.length).toBeGreaterThanOrEqual(400);
    expect(result.records.length).toBeLessThan(2000);
    expect(result.notes.join(' ')).toMatch(/are kept/);
  });
});
