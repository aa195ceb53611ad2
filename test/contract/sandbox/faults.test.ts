import { describe, expect, it } from 'vitest';
import { parseFault } from '../../../server/src/sandbox/faults.ts';
import type { FaultName, Sandbox } from '../../../server/src/sandbox/index.ts';
import { get, ids, page, post, sandboxOf, tokenFrom } from './client.ts';

function fired(sandbox: Sandbox): readonly FaultName[] {
  return sandbox.log.map(({ name }) => name);
}

async function always(name: FaultName, times = 1, more: object = {}): Promise<Sandbox> {
  return sandboxOf({ auth: false, faultMilliseconds: 40, faults: [{ name, rate: 1, times }], ...more });
}

describe('faults', () => {
  it.each([
    ['429', /^3$/],
    ['429-date', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/],
  ] as const)('%s has Retry-After', async (name, form) => {
    const sandbox = await always(name, 1, { retryAfterSeconds: 3 });
    const before = Date.now();
    const response = await post(sandbox, {});
    const retryAfter = response.headers.get('retry-after') ?? '';
    expect(response.status).toBe(429);
    expect(retryAfter).toMatch(form);
    if (name === '429-date') expect(Date.parse(retryAfter)).toBeGreaterThanOrEqual(before + 3000);
    expect((await page(sandbox, {})).total).toBe(60);
    expect(fired(sandbox)).toEqual([name]);
    expect(sandbox.stats.throttled).toBe(0);
  });

  it('5xx are 500, 502 and 503', async () => {
    const sandbox = await always('5xx', 40);
    const statuses = new Set<number>();
    for (let round = 0; round < 40; round += 1) statuses.add((await post(sandbox, {})).status);
    expect([...statuses].sort()).toEqual([500, 502, 503]);
    expect(sandbox.log.length).toBe(40);
  });

  it('401 drops the token, once', async () => {
    const sandbox = await sandboxOf({ faults: [{ name: '401', rate: 1 }] });
    const first = await tokenFrom(sandbox);
    expect((await post(sandbox, {}, first)).status).toBe(401);
    expect((await post(sandbox, {}, first)).status).toBe(401);
    expect((await page(sandbox, {}, await tokenFrom(sandbox))).total).toBe(60);
    expect(fired(sandbox)).toEqual(['401']);
  });

  it('html is a log-in page with status 200', async () => {
    const sandbox = await always('html');
    const response = await post(sandbox, {});
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await response.text()).toContain('<title>Sign in</title>');
    expect(fired(sandbox)).toEqual(['html']);
  });

  it('reset ends the connection before the answer', async () => {
    const sandbox = await always('reset');
    await expect(post(sandbox, {})).rejects.toThrow();
    expect((await page(sandbox, {})).total).toBe(60);
    expect(fired(sandbox)).toEqual(['reset']);
  });

  it.each(['reset-body', 'short-body'] as const)('%s ends the connection after the head', async (name) => {
    const sandbox = await always(name);
    const response = await post(sandbox, {});
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect((await page(sandbox, {})).total).toBe(60);
    expect(fired(sandbox)).toEqual([name]);
  });

  it('stall leaves a body half-way, until the client gives up', async () => {
    const sandbox = await always('stall');
    const cancel = new AbortController();
    const response = await post(sandbox, {}, undefined, cancel.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    cancel.abort();
    await expect(reader?.closed).rejects.toThrow();
    expect(fired(sandbox)).toEqual(['stall']);
  });

  it.each(['slow', 'latency'] as const)('%s takes its time, and nothing is lost', async (name) => {
    const sandbox = await always(name);
    expect((await page(sandbox, {})).data.length).toBe(60);
    expect(fired(sandbox)).toEqual([name]);
  });

  it('duplicate gives one record twice, missing leaves one out; the total stays', async () => {
    const twice = await always('duplicate');
    const more = await page(twice, { limit: 20 });
    expect([more.data.length, new Set(ids(more)).size, more.total]).toEqual([21, 20, 60]);
    expect(ids(more).filter((id) => id === twice.log[0]?.detail).length).toBe(2);
    const without = await always('missing');
    const fewer = await page(without, { limit: 20 });
    expect([fewer.data.length, fewer.total]).toEqual([19, 60]);
    expect(ids(fewer)).not.toContain(without.log[0]?.detail);
    expect(ids(await page(without, { limit: 20 }))).toContain(without.log[0]?.detail);
  });

  it('repeat-token leads back to the same page', async () => {
    const sandbox = await always('repeat-token', 1, { tokens: true });
    const first = await page(sandbox, { limit: 20 });
    const again = await page(sandbox, { limit: 20, pageToken: first.nextPageToken });
    expect(ids(again)).toEqual(ids(first));
    expect(fired(sandbox)).toEqual(['repeat-token']);
  });

  it('range-total and etag-change make ranges that do not fit', async () => {
    const ranged = await always('range-total');
    const wrong = await get(ranged, {}, { Range: 'bytes=0-99' });
    const right = await get(ranged, {}, { Range: 'bytes=0-99' });
    expect([wrong.status, right.status]).toEqual([206, 206]);
    expect(wrong.headers.get('content-range')).not.toBe(right.headers.get('content-range'));
    expect(fired(ranged)).toEqual(['range-total']);
    const changing = await always('etag-change');
    const etag = (await get(changing, {}, { Range: 'bytes=0-99' })).headers.get('etag') ?? '';
    const next = await get(changing, {}, { Range: 'bytes=100-199', 'If-Range': etag });
    expect(next.headers.get('etag')).not.toBe(etag);
    expect(fired(changing)).toEqual(['etag-change']);
  });

  it('token-5xx strikes the token endpoint', async () => {
    const sandbox = await sandboxOf({ faults: [{ name: 'token-5xx', rate: 1, times: 1 }] });
    const response = await fetch(`${sandbox.baseUrl}/oauth/token`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect((await page(sandbox, {}, await tokenFrom(sandbox))).total).toBe(60);
    expect(fired(sandbox)).toEqual(['token-5xx']);
  });

  it('strike the same requests for the same seed, in whatever order these come', async () => {
    const struck = async (seed: number, offsets: readonly number[]): Promise<string[]> => {
      const sandbox = await sandboxOf({ auth: false, seed, faults: [{ name: '5xx', rate: 0.4 }] });
      const hit: string[] = [];
      for (const offset of offsets) {
        if ((await post(sandbox, { offset, limit: 1 })).status >= 500) hit.push(String(offset));
      }
      expect(sandbox.log.length).toBe(hit.length);
      return hit.sort();
    };
    const offsets = Array.from({ length: 30 }, (_, index) => index);
    const forwards = await struck(7, offsets);
    expect(forwards.length).toBeGreaterThan(5);
    expect(forwards.length).toBeLessThan(20);
    expect(await struck(7, offsets.toReversed())).toEqual(forwards);
    expect(await struck(8, offsets)).not.toEqual(forwards);
  });

  it('are asked for by name and rate, and what is no fault is answered with those that are', () => {
    expect(parseFault('429:0.25')).toEqual({ fault: { name: '429', rate: 0.25 } });
    expect(parseFault('reset')).toEqual({ fault: { name: 'reset', rate: 0.1 } });
    expect(parseFault('resett')).toEqual({
      problem: expect.stringMatching(
        /^There is no fault "resett"\. The faults are:\n\nTransport\n {2}latency +the answer/,
      ),
    });
    for (const text of ['429:', '429:2', '429:-1', '429:x', '429:0.1:2', '']) {
      expect(parseFault(text)).toHaveProperty('problem');
    }
  });
});
