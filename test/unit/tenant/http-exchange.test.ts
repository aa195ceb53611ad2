import { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { type ExchangeLimits, startExchange } from '../../../server/src/tenant/http-exchange.ts';
import { BodyError } from '../../../server/src/tenant/network-errors.ts';
import { virtualClock } from './virtual-clock.ts';

const LIMITS: ExchangeLimits = { connectMs: 1_000, headersMs: 3_000, idleMs: 2_000, totalMs: 10_000 };

/** An exchange over a dispatcher that does nothing by itself. */
function exchange(more: Partial<ExchangeLimits> = {}, dispatch?: () => boolean) {
  const clock = virtualClock();
  const cancel = new AbortController();
  const seen = { aborted: 0, paused: 0, resumed: 0, waiting: 0 };
  let handler: Dispatcher.DispatchHandler = {};
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => {
      seen.aborted += 1;
    },
    pause: () => {
      seen.paused += 1;
    },
    resume: () => {
      seen.resumed += 1;
    },
  };
  class Idle extends Dispatcher {
    override dispatch(_: Dispatcher.DispatchOptions, given: Dispatcher.DispatchHandler): boolean {
      handler = given;
      return dispatch?.() ?? true;
    }
  }
  const answer = startExchange({
    ...{ url: new URL('https://tenant.example/x?y'), method: 'GET', headers: {} },
    ...{ limits: { ...LIMITS, ...more }, clock, signal: cancel.signal },
    route: {
      ...{ dispatcher: new Idle(), via: null },
      waits: () => {
        seen.waiting += 1;
        let over = false;
        return () => {
          if (!over) seen.waiting -= 1;
          over = true;
        };
      },
    },
  });
  return {
    ...{ clock, cancel, seen, answer },
    start: () => handler.onRequestStart?.(controller, {}),
    head: (status = 200) => handler.onResponseStart?.(controller, status, {}),
    data: (text: string | number) =>
      handler.onResponseData?.(controller, typeof text === 'number' ? Buffer.alloc(text) : Buffer.from(text)),
    end: () => handler.onResponseEnd?.(controller, {}),
    fail: () =>
      handler.onResponseError?.(controller, Object.assign(new Error('gone'), { code: 'ECONNRESET' })),
  };
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of bytes) chunks.push(chunk);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return `${Buffer.concat(chunks)}|${error.error.code}: ${error.error.message}`;
  }
  return String(Buffer.concat(chunks));
}

describe('an exchange', () => {
  it('gives its body as it came, passing over interim answers', async () => {
    const one = exchange();
    one.start();
    one.head(103);
    one.head(200);
    const answer = await one.answer;
    if (!answer.ok) throw new Error('no answer');
    one.data('ab');
    const text = textOf(answer.value.bytes());
    await one.clock.run(100);
    one.data('cd');
    one.end();
    expect(await text).toBe('abcd');
    expect(answer.value.received()).toBe(4);
    expect(answer.value.brokenOff()).toBe(false);
    answer.value.discard();
    expect(answer.value.brokenOff()).toBe(false);
    expect(one.seen).toEqual({ aborted: 0, paused: 0, resumed: 0, waiting: 0 });
    // Its end leaves no timer behind.
    await one.clock.run();
    expect(one.seen.aborted).toBe(0);
  });

  it.each([
    ['connect', 1_000, 'No connection to tenant.example could be made within 1 s'],
    ['headers', 3_000, 'tenant.example did not begin to answer within 3 s'],
  ] as const)('has a limit for %s', async (phase, ms, message) => {
    const one = exchange();
    if (phase === 'headers') one.start();
    await one.clock.run(ms - 1);
    expect(one.seen.waiting).toBe(phase === 'connect' ? 1 : 0);
    await one.clock.run(1);
    expect(await one.answer).toMatchObject({ ok: false, error: { code: 'timeout', retriable: true } });
    const answer = await one.answer;
    expect(answer.ok ? '' : answer.error.message).toContain(message);
    expect(one.seen.waiting).toBe(0);
    // One that is connected too late is not sent any more, nor is its answer looked at.
    if (phase === 'connect') one.start();
    one.head();
    one.data('late');
    one.end();
    one.fail();
    expect(one.seen.aborted).toBe(1);
  });

  it('ends when nothing comes for long, but not while its reader makes the sender wait', async () => {
    const one = exchange({ totalMs: 1_000_000 });
    one.start();
    one.head();
    const answer = await one.answer;
    if (!answer.ok) throw new Error('no answer');
    one.data(200_000);
    one.data(200_000);
    expect(one.seen.paused).toBe(1);
    await one.clock.run(100_000);
    const bytes = answer.value.bytes();
    await bytes.next();
    await bytes.next();
    const third = bytes.next();
    await one.clock.run(0);
    expect(one.seen.resumed).toBe(1);
    for (let count = 0; count < 5; count += 1) {
      await one.clock.run(1_900);
      one.data('x');
    }
    expect(await third).toMatchObject({ done: false });
    const rest = textOf(bytes);
    await one.clock.run(3_000);
    expect(await rest).toMatch(/^xxxx\|timeout: .*nothing came within 2 s/);
    expect(one.seen.aborted).toBe(1);
    expect(answer.value.brokenOff()).toBe(true);
  });

  it('has a limit for the whole, which its reader may move; what had come by then counts', async () => {
    for (const allowed of [null, 50_000]) {
      const one = exchange();
      one.start();
      one.head();
      const answer = await one.answer;
      if (!answer.ok) throw new Error('no answer');
      if (allowed !== null) answer.value.allow(allowed);
      let ticks = 0;
      while (one.seen.aborted === 0) {
        one.data('x');
        ticks += 1;
        await one.clock.run(500);
      }
      expect(ticks).toBe(allowed === null ? 20 : 100);
      answer.value.allow(1);
      expect(await textOf(answer.value.bytes())).toMatch(
        new RegExp(`^x{${ticks}}\\|timeout: .*within ${allowed === null ? 10 : 50} s`),
      );
    }
  });

  it('ends at once when it is cancelled: before it, while it waits, while its body comes', async () => {
    for (const phase of ['before', 'connect', 'headers', 'body']) {
      const one = exchange();
      if (phase !== 'connect') one.start();
      if (phase === 'body') one.head();
      one.cancel.abort();
      const answer = await one.answer;
      if (answer.ok) expect(await textOf(answer.value.bytes())).toMatch(/^\|cancelled/);
      else expect(answer.error.code).toBe('cancelled');
      expect(one.seen.waiting).toBe(0);
      if (phase === 'connect') one.start();
      expect(one.seen.aborted).toBe(1);
      await one.clock.run();
    }
  });

  it('says what broke it, after what had come; whoever leaves it early breaks it off', async () => {
    const broken = exchange();
    broken.start();
    broken.head();
    const answer = await broken.answer;
    if (!answer.ok) throw new Error('no answer');
    broken.data('ab');
    broken.fail();
    expect(await textOf(answer.value.bytes())).toMatch(/^ab\|unreachable: .*ECONNRESET/);
    expect(answer.value.brokenOff()).toBe(false);

    const left = exchange();
    left.start();
    left.head();
    const other = await left.answer;
    if (!other.ok) throw new Error('no answer');
    left.data('ab');
    for await (const _ of other.value.bytes()) break;
    expect(left.seen.aborted).toBe(1);
    expect(other.value.brokenOff()).toBe(true);

    const early = exchange();
    early.fail();
    expect(await early.answer).toMatchObject({ ok: false, error: { code: 'unreachable' } });
    const refused = exchange({}, () => {
      throw new Error('invalid');
    });
    expect(await refused.answer).toMatchObject({ ok: false, error: { code: 'unreachable' } });
  });
});
