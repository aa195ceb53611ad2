import { describe, expect, it } from 'vitest';
import { ask, broken, NEVER, ORIGIN, PATIENCE_MS, wire } from './request-wire.ts';

const body = (text: string): Uint8Array => Buffer.from(text);
const json = (value: unknown): { readonly bytes: Uint8Array } => ({ bytes: body(JSON.stringify(value)) });

describe('slots', () => {
  it.each([
    ['timeout', 100],
    ['cancelled', 100],
    ['unreachable', 0],
  ] as const)('after %s a slot comes back after %i ms', async (code, ms) => {
    const { requester, governor, clock } = wire({ answer: () => broken({ code, retriable: false }) });
    const work = requester.json(ask);
    await clock.run(Math.max(0, ms - 1));
    expect(governor.active()).toBe(ms === 0 ? 0 : 1);
    await clock.run(1);
    expect(governor.active()).toBe(0);
    expect(await work).toMatchObject({ error: { code } });
  });

  it('of an answer that is left before its end comes back once the tenant has noticed', async () => {
    const { requester, governor, clock, open } = wire({ answer: () => ({ bytes: body('x'.repeat(100)) }) });
    const work = requester.stream({ ...ask, read: async () => ({ next: 'done', value: 1 }) as const });
    await clock.run(99);
    expect([governor.active(), open()]).toEqual([1, 0]);
    await clock.run(1);
    expect(governor.active()).toBe(0);
    expect(await work).toEqual({ ok: true, value: 1 });
  });

  it('one that was throttled meanwhile is given back unused', async () => {
    let paused: number | null = 1;
    let released = 0;
    let given = 0;
    const slot = { release: () => void released++, succeeded: () => undefined, throttled: () => undefined };
    const { requester, asked, ended } = wire({
      governor: {
        acquire: async () => {
          given += 1;
          if (given === 3) paused = null;
          return { ok: true, value: slot };
        },
        setMaximum: () => undefined,
        pausedUntil: () => paused,
        limit: () => 1,
        active: () => 0,
      },
    });
    expect(await ended(requester.json(ask))).toMatchObject({ ok: true });
    expect([given, released, asked.length]).toEqual([3, 3, 1]);
  });

  it('are given by rank where there are few', async () => {
    const { requester, asked, ended } = wire({ concurrency: 1, delay: 10 });
    const read = async () => ({ next: 'done', value: 0 }) as const;
    const send = (name: string, rank?: number) =>
      requester.stream({ ...ask, url: `${ORIGIN}/${name}`, ...(rank === undefined ? {} : { rank }), read });
    await ended(Promise.all([send('first', 9), send('c', 2), send('b', 1), send('a')]));
    expect(asked.map(({ url }) => url.slice(ORIGIN.length + 1))).toEqual(['first', 'a', 'b', 'c']);
  });

  it('a tenant that pauses for longer than anyone waits is told at once', async () => {
    const { requester, asked, governor, clock, ended } = wire();
    const slot = await governor.acquire(NEVER, 0);
    if (slot.ok) slot.value.throttled(PATIENCE_MS + 1);
    const result = await ended(requester.json(ask));
    expect(result).toMatchObject({ error: { code: 'throttled', retryAt: 1_000_000 + PATIENCE_MS + 1 } });
    expect(asked).toEqual([]);
    expect(clock.now()).toBe(1_000_000);
  });
});

describe('tokens', () => {
  const grants = (life: number) => (number: number) => json({ access_token: `t${number}`, expires_in: life });
  const profile = { auth: { kind: 'oauth2-client-credentials' } };
  const credentials = { clientId: 'id', clientSecret: 'a-secret-of-the-test' };
  const tokensOf = (asked: readonly { readonly headers: Readonly<Record<string, string>> }[]) =>
    asked.map(({ headers }) => headers['authorization'] ?? '-');

  it('a refused one is replaced once, before all others, and then told', async () => {
    const { requester, asked, meter, ended } = wire({
      ...{ profile, credentials, concurrency: 1, delay: 10 },
      answer: (number, { url }) =>
        url.endsWith('/history') ? { status: 401 } : url.includes('token') ? grants(3_600)(number) : {},
    });
    const first = requester.json(ask);
    const others = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) =>
      requester.json({ ...ask, url: `${ORIGIN}/${name}` }),
    );
    const [refused, ...rest] = await ended(Promise.all([first, ...others]));
    expect(rest.every(({ ok }) => ok)).toBe(true);
    expect(refused).toMatchObject({ ok: false, error: { code: 'auth', status: 401 } });
    expect(meter.counts).toMatchObject({ tokens: 2, requests: 9, retries: 0 });
    // The second attempt goes before who waited longer.
    const order = asked.filter(({ url }) => !url.includes('token')).map(({ url }) => url);
    expect(order.filter((url) => url === ask.url)).toHaveLength(2);
    expect(order.at(-1)).not.toBe(ask.url);
  });

  it('one that cannot be renewed is told at once', async () => {
    const { requester, asked, ended } = wire({
      profile: { auth: { kind: 'static-bearer' } },
      credentials: { token: 'fixed' },
      answer: () => ({ status: 401 }),
    });
    expect(await ended(requester.json(ask))).toMatchObject({ error: { code: 'auth' } });
    expect(tokensOf(asked)).toEqual(['Bearer fixed']);
  });

  it('a token request that is refused is not asked for again', async () => {
    const { requester, asked, ended } = wire({ profile, credentials, answer: () => ({ status: 401 }) });
    const result = await ended(requester.json(ask));
    expect(result).toMatchObject({ error: { code: 'auth', status: 401 } });
    expect(result.ok ? '' : result.error.message).toContain('refused the credentials');
    expect(asked).toHaveLength(1);
  });

  it('needs no place of its own: who waits for it has the only one', async () => {
    const { requester, asked, ended } = wire({
      ...{ profile, credentials, concurrency: 1 },
      answer: (number, { url }) => (url.includes('token') ? grants(3_600)(number) : {}),
    });
    const both = [requester.json(ask), requester.json({ ...ask, purpose: 'token' })];
    expect(await ended(Promise.all(both))).toMatchObject([{ ok: true }, { ok: true }]);
    expect(asked).toHaveLength(3);
  });

  it.each([
    [1_000, 'Bearer old'],
    [1_001, 'Bearer new'],
  ])('one that ran out in a wait of %i ms is looked at again: %s', async (wait, sent) => {
    const names = ['old', 'new'];
    const { requester, asked, governor, clock, ended } = wire({
      quota: 1,
      tokens: {
        renewable: true,
        current: () => undefined,
        get: async () => ({ ok: true, value: names.shift() ?? 'more' }),
        invalidate: () => undefined,
      },
    });
    const held = await governor.acquire(NEVER, 0);
    clock.after(wait, () => held.ok && held.value.release());
    await ended(requester.json(ask));
    expect(tokensOf(asked)).toEqual([sent]);
    expect(governor.active()).toBe(0);
  });

  it('one that is still good after a long wait is sent', async () => {
    let gets = 0;
    const { requester, asked, governor, clock, ended } = wire({
      quota: 1,
      tokens: {
        renewable: true,
        current: () => 'good',
        get: async () => ({ ok: true, value: `good${gets++ === 0 ? '' : gets}` }),
        invalidate: () => undefined,
      },
    });
    const held = await governor.acquire(NEVER, 0);
    clock.after(60_000, () => held.ok && held.value.release());
    await ended(requester.json(ask));
    expect([gets, tokensOf(asked)]).toEqual([1, ['Bearer good']]);
  });

  it('one that was replaced in the wait is not sent, and is the one that is forgotten', async () => {
    const forgotten: string[] = [];
    const { requester, asked, ended } = wire({
      answer: (number) => (number === 0 ? { status: 401 } : {}),
      tokens: {
        renewable: true,
        current: () => 'new',
        get: async () => ({ ok: true, value: 'old' }),
        invalidate: (token) => void forgotten.push(token),
      },
    });
    await ended(requester.json(ask));
    expect(tokensOf(asked)).toEqual(['Bearer new', 'Bearer new']);
    expect(forgotten).toEqual(['new']);
  });
});

describe('cancelling', () => {
  const CANCELLED = { ok: false, error: { code: 'cancelled' } };

  it('before it began asks nothing', async () => {
    const { requester, asked, ended } = wire();
    expect(await ended(requester.json({ ...ask, signal: AbortSignal.abort() }))).toMatchObject(CANCELLED);
    expect(asked).toEqual([]);
  });

  it('ends the wait for a place, and the one that has it goes on', async () => {
    const { requester, asked, clock, timed } = wire({ concurrency: 1, delay: 50 });
    const stop = new AbortController();
    clock.after(10, () => stop.abort());
    const first = requester.json(ask);
    const { value, at } = await timed(requester.json({ ...ask, signal: stop.signal }));
    expect(value).toMatchObject(CANCELLED);
    expect(at).toBe(10);
    expect(await first).toMatchObject({ ok: true });
    expect(asked).toHaveLength(1);
  });

  it('ends the wait before a retry, and is no retry', async () => {
    const { requester, asked, clock, timed } = wire({
      answer: () => ({ status: 503, headers: { 'retry-after': '60' } }),
    });
    const stop = new AbortController();
    clock.after(1_000, () => stop.abort());
    const { value, at } = await timed(requester.json({ ...ask, signal: stop.signal }));
    expect(value).toMatchObject(CANCELLED);
    expect([at, asked.length]).toEqual([1_000, 1]);
  });

  it('ends the answer that comes, without another attempt', async () => {
    const { requester, asked, clock, governor, open, timed } = wire({
      answer: () => ({ bytes: body('x'.repeat(800)) }),
      delay: 10,
    });
    const stop = new AbortController();
    clock.after(105, () => stop.abort());
    const { value, at } = await timed(requester.json({ ...ask, signal: stop.signal }));
    expect(value).toMatchObject(CANCELLED);
    expect([at, asked.length, open(), governor.active()]).toEqual([105, 1, 0, 0]);
  });
});
