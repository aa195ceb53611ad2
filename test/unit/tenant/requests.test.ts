import { describe, expect, it } from 'vitest';
import { scrubber } from '../../../server/src/tenant/errors.ts';
import { limitsOf } from '../../../server/src/tenant/transport.ts';
import { ask, broken, ORIGIN, PATIENCE_MS, wire } from './request-wire.ts';

const body = (text: string): Uint8Array => Buffer.from(text);
const json = (value: unknown): { readonly bytes: Uint8Array } => ({ bytes: body(JSON.stringify(value)) });

describe('what is sent', () => {
  it('is the request with its own headers, the profile’s and those that the product needs', async () => {
    const { requester, asked, clock, meter, ended } = wire({
      answer: () => json([1]),
      profile: {
        auth: { kind: 'static-bearer' },
        headers: { 'X-Team': 'blue', 'User-Agent': 'theirs', 'Accept-Encoding': 'gzip', Authorization: 'no' },
      },
      credentials: { token: 'tok' },
    });
    const result = await ended(
      requester.json({
        ...ask,
        method: 'POST',
        body: '{"a":1}',
        headers: { Accept: 'text/plain', 'X-Two': '2' },
      }),
    );
    expect(result).toEqual({ ok: true, value: [1] });
    expect(asked[0]).toEqual({
      at: 0,
      method: 'POST',
      url: `${ORIGIN}/history`,
      headers: {
        accept: 'text/plain',
        'user-agent': 'theirs',
        'x-team': 'blue',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'x-two': '2',
        authorization: 'Bearer tok',
      },
      body: '{"a":1}',
      limits: limitsOf(60_000),
      clock,
    });
    expect(meter.counts).toMatchObject({ requests: 1, retries: 0, tokens: 0, bytes: 3 });
  });

  it('is no more than that where there is no body, no token and nothing of the profile', async () => {
    const { requester, asked, ended } = wire();
    await ended(requester.json(ask));
    expect(asked[0]).not.toHaveProperty('body');
    expect(asked[0]?.headers).toEqual({
      accept: 'application/json',
      'user-agent': 'cxq',
      'accept-encoding': 'identity',
    });
  });

  it('is nothing of the profile nor a token where a token is asked for', async () => {
    const { requester, asked, meter, ended } = wire({
      profile: { auth: { kind: 'static-bearer' }, headers: { 'X-Team': 'blue' } },
      credentials: { token: 'tok' },
    });
    await ended(requester.json({ ...ask, purpose: 'token', url: 'https://login.example/token' }));
    expect(asked[0]?.headers).toEqual({
      accept: 'application/json',
      'user-agent': 'cxq',
      'accept-encoding': 'identity',
    });
    expect(meter.counts).toMatchObject({ requests: 0, tokens: 1 });
  });

  it('never goes to an origin that the profile does not name', async () => {
    const { requester, asked, ended } = wire({
      profile: { allowedOrigins: [`${ORIGIN}/x`.slice(0, -2), 'https://second.example'] },
    });
    const away = await ended(requester.json({ ...ask, url: 'https://third.example/history' }));
    expect(away).toMatchObject({ ok: false, error: { code: 'origin', retriable: false } });
    expect(asked).toEqual([]);
    expect(await ended(requester.json({ ...ask, url: 'https://second.example/' }))).toMatchObject({
      ok: true,
    });
  });

  it('counts as a retry from the first where it was asked for before', async () => {
    const { requester, meter, ended } = wire({ answer: (number) => (number === 1 ? { status: 500 } : {}) });
    const read = async () => ({ next: 'done', value: 0 }) as const;
    await ended(requester.stream({ ...ask, again: true, read }));
    expect(meter.counts).toMatchObject({ requests: 1, retries: 1 });
    await ended(requester.stream({ ...ask, again: false, read }));
    expect(meter.counts).toMatchObject({ requests: 3, retries: 2 });
  });
});

describe('what an answer means', () => {
  it.each([200, 204, 299])('status %i is read', async (status) => {
    const { requester, ended } = wire({ answer: () => ({ status }) });
    const read = async () => ({ next: 'done', value: status }) as const;
    expect(await ended(requester.stream({ ...ask, read }))).toEqual({ ok: true, value: status });
  });

  it.each([
    [300, 'redirect'],
    [400, 'bad-request'],
    [401, 'auth'],
    [403, 'forbidden'],
    [404, 'not-found'],
  ])('status %i ends it at once', async (status, code) => {
    const { requester, asked, open, governor, ended } = wire({
      answer: () => ({ status, bytes: body('{"message":"not you"}') }),
    });
    const error = expect.objectContaining({ code, status, retriable: false });
    expect(await ended(requester.json(ask))).toEqual({ ok: false, error });
    expect(asked).toHaveLength(1);
    expect([open(), governor.active()]).toEqual([0, 0]);
  });

  it('what the tenant says of an error comes with it', async () => {
    const { requester, ended } = wire({
      answer: () => ({ status: 400, bytes: body('{"message":"bad filter"}') }),
    });
    expect(await ended(requester.json(ask))).toMatchObject({ error: { tenantMessage: 'bad filter' } });
  });

  it('a proxy that asks for credentials is told of as such, and not as the tenant', async () => {
    const { requester, ended } = wire({
      answer: () => ({ status: 407, bytes: body('<html>ERR_CACHE_ACCESS_DENIED</html>') }),
    });
    for (const purpose of ['history', 'token'] as const) {
      const result = await ended(requester.json({ ...ask, purpose }));
      expect(result).toMatchObject({ error: { code: 'proxy', status: 407, retriable: false } });
      const message = result.ok ? '' : result.error.message;
      expect(message).toMatch(/^A proxy on the way to .*HTTPS_PROXY.*user:password@/);
      expect(message).not.toMatch(/condition|tenant says|credentials \(status/);
    }
  });

  it('an error status that is asked for is read, and no other', async () => {
    const { requester, ended } = wire({ answer: (number) => ({ status: number === 0 ? 404 : 405 }) });
    const read = async () => ({ next: 'done', value: 'gone' }) as const;
    const request = { ...ask, takes: [404], read };
    expect(await ended(requester.stream(request))).toEqual({ ok: true, value: 'gone' });
    expect(await ended(requester.stream(request))).toMatchObject({ error: { code: 'not-found' } });
  });

  it('JSON that is not what was asked for is asked for again, then told', async () => {
    const { requester, asked, ended } = wire({ answer: () => json({ a: 1 }), retries: 1 });
    const result = await ended(
      requester.json({ ...ask, problem: (value) => (value === undefined ? undefined : 'it has no list') }),
    );
    expect(result).toMatchObject({ error: { code: 'unexpected-answer' } });
    expect(result.ok ? '' : result.error.message).toMatch(/it has no list.*\(Given up after 1 retry\.\)$/);
    expect(asked).toHaveLength(2);
  });

  it('a failure of the reader that is not the wire’s is thrown on, and leaves nothing open', async () => {
    const { requester, open, governor, meter, ended } = wire({ concurrency: 1, answer: () => json([1, 2]) });
    const read = async () => {
      throw new Error('a mistake of the reader');
    };
    await expect(ended(requester.stream({ ...ask, read }))).rejects.toThrow('a mistake of the reader');
    expect([open(), governor.active(), meter.counts.requests]).toEqual([0, 0, 1]);
    expect(await ended(requester.json(ask))).toMatchObject({ ok: true });
  });

  it('a body that is cut is asked for again, one that cannot come is not', async () => {
    const { requester, asked, meter, ended } = wire({
      answer: (number) => ({ ...json('12345678'), ends: number < 2 ? 'cut' : 'well' }),
    });
    expect(await ended(requester.json(ask))).toEqual({ ok: true, value: '12345678' });
    expect(asked).toHaveLength(3);
    expect(meter.counts).toMatchObject({ requests: 3, retries: 2, bytes: 30 });
    const tls = wire({ answer: () => broken({ code: 'tls', retriable: false }) });
    expect(await tls.ended(tls.requester.json(ask))).toMatchObject({ error: { code: 'tls' } });
    expect(tls.asked).toHaveLength(1);
  });

  it('what is secret does not come out in its error', async () => {
    scrubber.add('s3cret-of-the-test');
    const { requester, ended } = wire({
      answer: () => broken({ message: 'No s3cret-of-the-test.', retriable: false }),
    });
    const result = await ended(requester.json(ask));
    expect(JSON.stringify(result)).not.toContain('s3cret-of-the-test');
    expect(result).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });
});

describe('retries', () => {
  it('wait longer each time, and are given up after so many', async () => {
    const { requester, asked, meter, timed } = wire({ answer: () => ({ status: 500 }), retries: 3 });
    const { value, at } = await timed(requester.json(ask));
    expect(asked.map((one) => one.at)).toEqual([0, 250, 750, 1_750]);
    expect(at).toBe(1_750);
    expect(value).toMatchObject({ ok: false, error: { code: 'server-error' } });
    expect(value.ok ? '' : value.error.message).toMatch(/\(Given up after 3 retries\.\)$/);
    expect(meter.counts).toMatchObject({ requests: 4, retries: 3 });
  });

  it('are none where none are wanted', async () => {
    const { requester, asked, ended } = wire({ answer: () => broken(), retries: 0 });
    expect(await ended(requester.json(ask))).toEqual({ ok: false, ...broken() });
    expect(asked).toHaveLength(1);
  });

  it('wait as long as the tenant asks, and then their own time', async () => {
    const { requester, asked, ended } = wire({
      answer: (number) => (number === 0 ? { status: 503, headers: { 'retry-after': '3' } } : {}),
    });
    expect(await ended(requester.json(ask))).toMatchObject({ ok: true });
    expect(asked.map((one) => one.at)).toEqual([0, 3_250]);
  });

  it('wait until a date by the tenant’s own clock', async () => {
    const { requester, asked, ended } = wire({
      answer: (number) =>
        number === 0
          ? {
              status: 503,
              headers: {
                date: 'Sun, 22 Nov 2026 08:00:00 GMT',
                'retry-after': 'Sun, 22 Nov 2026 08:00:09 GMT',
              },
            }
          : {},
    });
    expect(await ended(requester.json(ask))).toMatchObject({ ok: true });
    expect(asked.map((one) => one.at)).toEqual([0, 9_250]);
  });

  it('are counted where an answer brought little', async () => {
    const { requester, asked, ended } = wire({ retries: 2 });
    const read = async () => ({ next: 'retry', ...broken(), progress: false }) as const;
    expect(await ended(requester.stream({ ...ask, read }))).toMatchObject({ ok: false });
    expect(asked.map((one) => one.at)).toEqual([0, 250, 750]);
  });

  it.each([
    [120, true],
    [121, false],
  ])('a tenant that asks for %i s is waited for: %s', async (seconds, waits) => {
    const { requester, asked, clock, timed } = wire({
      answer: (number) => (number === 0 ? { status: 503, headers: { 'retry-after': String(seconds) } } : {}),
    });
    const start = clock.now();
    const { value, at } = await timed(requester.json(ask));
    expect(asked).toHaveLength(waits ? 2 : 1);
    if (waits) expect(at).toBe(PATIENCE_MS + 250);
    else {
      expect(at).toBe(0);
      expect(value).toMatchObject({ error: { code: 'server-error', retryAt: start + 121_000 } });
    }
  });

  it('do not count where much came before the cut, and wait no longer for it', async () => {
    const { requester, asked, ended } = wire({ retries: 1 });
    const { error } = broken();
    let reads = 0;
    const read = async () => {
      reads += 1;
      if (reads > 8) return { next: 'done', value: reads } as const;
      // Each second one is a plain failure: of those there is never more than one in a row.
      return { next: 'retry', error, progress: reads % 2 === 0 } as const;
    };
    expect(await ended(requester.stream({ ...ask, read }))).toEqual({ ok: true, value: 9 });
    const waits = asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0));
    expect(waits).toEqual([250, 250, 250, 250, 250, 250, 250, 250]);
  });

  it('come out of the run’s budget, those for a token do not', async () => {
    const { requester, asked, ended } = wire({
      answer: (number) => (number < 2 ? { status: 500 } : {}),
      meter: { mayRetry: () => false },
    });
    const result = await ended(requester.json(ask));
    expect(result).toMatchObject({ ok: false, error: { code: 'retry-budget' } });
    expect(asked).toHaveLength(1);
    expect(await ended(requester.json({ ...ask, purpose: 'token' }))).toMatchObject({ ok: true });
  });

  it('hold neither a slot nor a place while they wait', async () => {
    const { requester, asked, governor, clock, ended } = wire({
      answer: (number) => (number === 0 ? { status: 503, headers: { 'retry-after': '60' } } : {}),
      concurrency: 1,
      quota: 1,
    });
    const first = requester.json(ask);
    await clock.run(10_000);
    expect(governor.active()).toBe(0);
    const second = requester.json({ ...ask, url: `${ORIGIN}/second` });
    await ended(Promise.all([first, second]));
    expect(asked.map(({ at, url }) => [at, url.slice(ORIGIN.length)])).toEqual([
      [0, '/history'],
      [10_000, '/second'],
      [60_250, '/history'],
    ]);
  });
});

describe('throttling', () => {
  it('makes all wait and is no retry', async () => {
    const { requester, asked, governor, meter, ended } = wire({
      answer: (number) => (number === 0 ? { status: 429, headers: { 'retry-after': '7' } } : {}),
      quota: 4,
    });
    expect(await ended(requester.json(ask))).toMatchObject({ ok: true });
    // The pause has jitter: half a second on this clock.
    expect(asked.map(({ at }) => at)).toEqual([0, 7_500]);
    expect(meter.counts).toMatchObject({ requests: 2, retries: 0, throttled: 1 });
    expect(governor.limit()).toBe(2);
  });

  it('ends with the body of its answer, not before', async () => {
    const { requester, asked, ended } = wire({
      answer: (number) =>
        number === 0 ? { status: 429, headers: { 'retry-after': '0' }, bytes: body('x'.repeat(80)) } : {},
      delay: 200,
    });
    await ended(requester.json(ask));
    expect(asked[1]?.at).toBeGreaterThanOrEqual(11 * 200);
  });

  it.each([
    [120, true],
    [121, false],
  ])('for %i s is waited for: %s', async (seconds, waits) => {
    const { requester, asked, clock, timed } = wire({
      answer: (number) => (number === 0 ? { status: 429, headers: { 'retry-after': String(seconds) } } : {}),
    });
    const start = clock.now();
    const { value, at } = await timed(requester.json(ask));
    expect(asked).toHaveLength(waits ? 2 : 1);
    if (waits) expect(at).toBe(PATIENCE_MS + 500);
    else expect(value).toMatchObject({ error: { code: 'throttled', retryAt: start + 121_000 } });
    if (!waits) expect(at).toBe(0);
  });

  it('without end is given up after so many times in a row', async () => {
    const { requester, asked, ended } = wire({ answer: () => ({ status: 429 }) });
    const result = await ended(requester.json(ask));
    expect(result).toMatchObject({ ok: false, error: { code: 'throttled' } });
    expect(result.ok ? '' : result.error.message).toContain('429 (too many requests) 21 times');
    expect(asked).toHaveLength(21);
  });

  it('good answers bring the speed back, those that must be asked for again do not', async () => {
    const { requester, governor, ended } = wire({
      answer: (number) => (number === 0 ? { status: 429 } : {}),
      quota: 4,
    });
    await ended(requester.json(ask));
    expect(governor.limit()).toBe(2);
    let reads = 0;
    const read = async () => {
      reads += 1;
      return reads === 1
        ? ({ next: 'retry', ...broken() } as const)
        : ({ next: 'fail', ...broken() } as const);
    };
    await ended(requester.stream({ ...ask, read }));
    expect(governor.limit()).toBe(2);
    await ended(requester.json(ask));
    expect(governor.limit()).toBe(3);
  });
});
