import { describe, expect, it } from 'vitest';
import type { OutboxMessage } from '../../../server/src/output/webhook/outbox.ts';
import { type Destination, type PostOptions, postMessage } from '../../../server/src/output/webhook/post.ts';
import { signMessage } from '../../../server/src/output/webhook/signature.ts';
import { type Line, line, type Reply } from './webhook-line.ts';

const HOOK = 'https://hooks.example.test/way?key=canary';
const ORIGIN = 'https://hooks.example.test';
const NOW = new Date('2026-11-22T08:00:00.900Z');

const MESSAGE: OutboxMessage = {
  schemaVersion: 2,
  id: 'msg_1',
  runId: 'r1',
  connection: 'acme',
  tenant: 'https://acme.example',
  origin: ORIGIN,
  url: null,
  body: '{"status":"completion"}',
  createdAt: '2026-11-22T08:00:00Z',
  queuedAt: '2026-11-22T08:00:00Z',
  attempts: 0,
  nextAttemptAt: '2026-11-22T08:00:00Z',
  lastError: null,
};

function post(wire: Line, more: Partial<Destination> = {}, options: PostOptions = {}) {
  const destination: Destination = { url: HOOK, allow: [], secret: null, proxy: wire.proxy, ...more };
  return postMessage(MESSAGE, destination, {
    now: () => NOW,
    resolve: async () => ['93.184.216.34'],
    ...options,
  });
}

const answered = (reply: Reply, options: PostOptions = {}) =>
  post(
    line(() => reply),
    {},
    options,
  );

describe('what is posted', () => {
  it('is the body as it was kept, with id and time, signed where there is a secret', async () => {
    const wire = line();
    await post(wire);
    await post(wire, { secret: 'a secret' });
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'cxq',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1795334400',
    };
    const one = { url: HOOK, method: 'POST', body: MESSAGE.body, headers };
    const signature = signMessage('a secret', 'msg_1', 1_795_334_400, MESSAGE.body);
    expect(wire.posted).toEqual([one, { ...one, headers: { ...headers, 'webhook-signature': signature } }]);
    expect(wire.counts).toEqual({ made: 2, destroyed: 2 });
  });

  it('has the time of the machine where none is given', async () => {
    const wire = line();
    const begin = Math.floor(Date.now() / 1000);
    await postMessage(
      MESSAGE,
      { url: HOOK, allow: [], secret: null, proxy: wire.proxy },
      { resolve: async () => [] },
    );
    const stamp = Number(wire.posted[0]?.headers['webhook-timestamp']);
    expect(stamp).toBeGreaterThanOrEqual(begin);
    expect(stamp).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe('what an answer means', () => {
  const delivered = `${ORIGIN} took it (HTTP`;
  it.each([
    [200, 'delivered', `${delivered} 200).`],
    [204, 'delivered', `${delivered} 204).`],
    [299, 'delivered', `${delivered} 299).`],
    ...[300, 307, 399].map((status): [number, string, string] => [
      status,
      'failed',
      `${ORIGIN} redirects (HTTP ${status}); redirects are not followed, so give the final address.`,
    ]),
    ...[400, 401, 407, 409, 410, 424, 426, 428, 430, 499].map((status): [number, string, string] => [
      status,
      'failed',
      `${ORIGIN} answered HTTP ${status}; it is not tried again.`,
    ]),
    ...[408, 425, 429, 500, 503, 599].map((status): [number, string, string] => [
      status,
      'retry',
      `${ORIGIN} answered HTTP ${status}; it is tried again.`,
    ]),
  ])('%i: %s', async (status, outcome, message) => {
    expect(await answered({ status })).toEqual({ outcome, httpStatus: status, message });
  });

  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['259200', 259_200_000],
    ['Sun, 22 Nov 2026 08:00:10 GMT', 9_100],
    ['Sun, 22 Nov 2026 07:00:00 GMT', 0],
    [['3', '900'], 3_000],
  ])('Retry-After %j is %i ms', async (after, retryAfterMs) => {
    expect(await answered({ status: 503, headers: { 'retry-after': after } })).toEqual({
      ...{ outcome: 'retry', httpStatus: 503, retryAfterMs },
      message: `${ORIGIN} answered HTTP 503; it is tried again.`,
    });
  });

  it.each(['', '  ', 'soon', '1e3', 'x7'])('Retry-After %j says nothing', async (after) => {
    expect(await answered({ status: 503, headers: { 'retry-after': after } })).not.toHaveProperty(
      'retryAfterMs',
    );
  });

  it.each([
    ['259201', 4],
    ['999999999', 11_575],
    ['Sun, 29 Nov 2026 08:00:00 GMT', 7],
  ])('a pause of %s is not waited for: %i days', async (after, days) => {
    expect(await answered({ status: 429, headers: { 'retry-after': after } })).toEqual({
      ...{ outcome: 'failed', httpStatus: 429 },
      message: `${ORIGIN} answered HTTP 429 and asks to wait for ${days} days; it is not tried again by itself.`,
    });
  });

  it('a long pause after a delivery matters to nobody', async () => {
    expect(await answered({ status: 200, headers: { 'retry-after': '999999' } })).toMatchObject({
      outcome: 'delivered',
    });
  });
});

describe('what cannot be sent', () => {
  it('is refused by the policy before anything is made', async () => {
    const wire = line();
    expect(await post(wire, { url: 'http://hooks.example.test/' })).toEqual({
      ...{ outcome: 'refused', httpStatus: null },
      message: 'http://hooks.example.test is not https (http is allowed on loopback only).',
    });
    expect(wire.counts.made).toBe(0);
  });

  const broke = (detail: string) => ({
    ...{ outcome: 'retry', httpStatus: null },
    message: `${ORIGIN} could not be reached (${detail}); it is tried again.`,
  });

  it.each([
    [
      Object.assign(new Error('connect ECONNREFUSED 1.2.3.4.'), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED 1.2.3.4.',
    ],
    [Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new Error('broken.'), { code: 'EPIPE' }), 'EPIPE'],
    [new Error('odd failure'), 'odd failure'],
    [new Error('odd\u001b[31m'), 'odd\\u{1b}[31m'],
  ])('says why: %s', async (error, detail) => {
    const found = await answered(error);
    expect(found).toMatchObject({ outcome: 'retry', httpStatus: null });
    expect(found.message.replace(/\\u001b|\\x1b|␛/u, '\\u{1b}')).toBe(broke(detail).message);
  });

  it('ends in time', async () => {
    const wire = line(() => 'nothing');
    expect(await post(wire, {}, { timeoutMs: 20 })).toEqual(broke('no answer in time'));
    expect(wire.counts).toEqual({ made: 1, destroyed: 1 });
  });

  it('ends with its run, which is not the same as in time', async () => {
    const stop = new AbortController();
    const wire = line(() => {
      setImmediate(() => stop.abort(new Error('The run was ended.')));
      return 'nothing';
    });
    expect(await post(wire, {}, { signal: stop.signal })).toEqual(broke('The run was ended.'));
    expect(wire.counts.destroyed).toBe(1);
  });

  it('says what is wrong with the way, and tells the way when it is over', async () => {
    let way: AbortSignal | undefined;
    const proxy: Destination['proxy'] = async (_, signal) => {
      way = signal;
      throw new Error('The proxy is none.');
    };
    expect(await post(line(), { proxy })).toEqual(broke('The proxy is none.'));
    expect(way?.aborted).toBe(true);
  });

  it('says what was thrown, though it is no error', async () => {
    const proxy: Destination['proxy'] = () => Promise.reject('thrown as a text');
    expect(await post(line(), { proxy })).toEqual(broke('thrown as a text'));
  });
});

describe('behind a proxy', () => {
  it('a private address is refused, and the message says which', async () => {
    const wire = line();
    const resolve = async () => ['93.184.216.34', '10.0.0.7'];
    expect(await post(wire, {}, { resolve })).toEqual({
      ...{ outcome: 'refused', httpStatus: null },
      message:
        "hooks.example.test resolves to 10.0.0.7, which is private; add the host to the webhook's allow-list to send there.",
    });
    expect(wire.posted).toEqual([]);
    expect(wire.counts).toEqual({ made: 1, destroyed: 1 });
  });

  it('a name that is unknown here is the proxy’s to judge', async () => {
    const wire = line();
    expect(await post(wire, {}, { resolve: () => Promise.reject(new Error('no such name')) })).toMatchObject({
      outcome: 'delivered',
    });
  });

  it.each(['https://127.0.0.1/', 'https://[::1]/', 'https://[2606:4700::1111]/'])(
    'an address is not looked up: %s',
    async (url) => {
      const wire = line();
      const names: string[] = [];
      const resolve = async (name: string) => {
        names.push(name);
        return ['10.0.0.7'];
      };
      const allow = ['127.0.0.1', '::1', '2606:4700::1111'];
      expect(await post(wire, { url, allow }, { resolve })).toMatchObject({ outcome: 'delivered' });
      expect(names).toEqual([]);
    },
  );
});

describe('straight to an address', () => {
  const straight = (more: Partial<Destination>, options: PostOptions) =>
    postMessage(MESSAGE, { url: HOOK, allow: [], secret: null, ...more }, options);

  it.each([
    [['10.0.0.7'], '10.0.0.7'],
    [['93.184.216.34', 'fd00::1'], 'fd00::1'],
  ])('%j is refused', async (addresses, bad) => {
    const none: Destination['proxy'] = async () => null;
    for (const proxy of [{}, { proxy: none }]) {
      expect(await straight(proxy, { resolve: async () => addresses })).toEqual({
        ...{ outcome: 'refused', httpStatus: null },
        message: `hooks.example.test resolves to ${bad}, which is private; add the host to the webhook's allow-list to send there.`,
      });
    }
  });

  it.each([
    ['no address', async () => [], 'ENOTFOUND'],
    ['an error', () => Promise.reject(Object.assign(new Error('again'), { code: 'EAI_AGAIN' })), 'EAI_AGAIN'],
    ['no error', () => Promise.reject('the resolver is down'), 'the resolver is down'],
  ])('%s is tried again', async (_, resolve, detail) => {
    expect(await straight({}, { resolve })).toEqual({
      ...{ outcome: 'retry', httpStatus: null },
      message: `${ORIGIN} could not be reached (${detail}); it is tried again.`,
    });
  });
});
