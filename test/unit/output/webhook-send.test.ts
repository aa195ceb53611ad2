import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { listOutbox, messagesOf, type OutboxMessage } from '../../../server/src/output/webhook/outbox.ts';
import type { Destination } from '../../../server/src/output/webhook/post.ts';
import {
  type DeliveryOptions,
  dropMessages,
  type FlushOptions,
  flushOutbox,
  type SendOptions,
  sendWebhook,
  type WebhookAttempt,
} from '../../../server/src/output/webhook/send.ts';
import { emptyFolder } from './events.ts';
import { type Line, line, type Posted, type Reply } from './webhook-line.ts';

const ORIGIN = 'https://hooks.example.test';
const HOOK = `${ORIGIN}/way?key=canary`;
const SECOND = 'https://second.example.test/';
const START = Date.parse('2026-11-22T08:00:00.000Z');
const DAY = 86_400_000;
const FROM = { connection: 'acme', tenant: 'https://acme.example', ownAddress: false, runId: 'r1' };

const resolve = async () => ['93.184.216.34'];
const withheld = { ok: false as const, error: { code: 'secret', message: 'Its secret is not given.' } };

type Answers = (index: number, posted: Posted) => Reply;

async function setUp(answers?: Answers, more: Partial<SendOptions> = {}) {
  const outbox = join(await emptyFolder(), 'outbox');
  const wire: Line = line(answers);
  const attempts: WebhookAttempt[] = [];
  let time = START;
  const common: DeliveryOptions = {
    outbox,
    resolve,
    now: () => new Date(time),
    onAttempt: (attempt) => {
      attempts.push(attempt);
    },
  };
  const way = (url: string): Destination => ({ url, allow: [], secret: null, proxy: wire.proxy });
  const send = (url = HOOK, options: Partial<SendOptions> = {}) =>
    sendWebhook(
      { ...FROM, url, payload: { status: 'completion' } },
      { ok: true, value: way(url) },
      {
        ...{ ...common, waitsMs: [] },
        ...more,
        ...options,
      },
    );
  const keep = (url = HOOK) =>
    sendWebhook({ ...FROM, url, payload: { status: 'completion' } }, withheld, common);
  const flush = (options: Partial<FlushOptions> = {}) =>
    flushOutbox({
      ...common,
      destinationOf: async ({ url }) => ({ ok: true, value: way(url ?? '') }),
      ...options,
    });
  const kept = async (): Promise<OutboxMessage[]> => [
    ...(await messagesOf(outbox, 'pending')),
    ...(await messagesOf(outbox, 'failed')),
  ];
  return {
    ...{ outbox, wire, attempts, common, way, send, keep, flush, kept },
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const status =
  (...codes: number[]): Answers =>
  (index) => ({ status: codes[Math.min(index, codes.length - 1)] ?? 500 });

describe('sending', () => {
  it('tells what became of it, and audits it', async () => {
    const { send, attempts, wire, outbox } = await setUp();
    const sent = await send();
    expect(sent).toEqual({
      ...{ status: 'delivered', attempts: 1, runId: 'r1', origin: ORIGIN, httpStatus: 200 },
      id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      message: `${ORIGIN} took it (HTTP 200).`,
    });
    expect(attempts).toEqual([
      {
        ...{ event: 'webhook', run_id: 'r1', webhook_id: sent.id, url_origin: ORIGIN },
        ...{ status: 200, outcome: 'delivered', attempt: 1 },
      },
    ]);
    expect(wire.posted).toMatchObject([{ url: HOOK, body: '{"status":"completion"}' }]);
    expect(await readdir(outbox)).toEqual([]);
  });

  it('keeps the whole message before the first attempt, with a lease of a minute', async () => {
    let during: Promise<string> | undefined;
    const subject = await setUp((_, { headers }) => {
      during = readFile(join(subject.outbox, `${headers['webhook-id']}.json`), 'utf8');
      return { status: 200 };
    });
    const { id } = await subject.send();
    expect(JSON.parse((await during) ?? '')).toEqual({
      ...{ schemaVersion: 2, id, runId: 'r1', connection: 'acme', tenant: 'https://acme.example' },
      ...{ origin: ORIGIN, url: HOOK, body: '{"status":"completion"}', attempts: 0, lastError: null },
      createdAt: '2026-11-22T08:00:00.000Z',
      queuedAt: '2026-11-22T08:00:00.000Z',
      nextAttemptAt: '2026-11-22T08:01:00.000Z',
    });
  });

  it('does not keep an address of the connection', async () => {
    const { common, kept, way } = await setUp();
    const request = { ...FROM, ownAddress: true, url: HOOK, payload: 1 };
    await sendWebhook(request, withheld, common);
    expect(await kept()).toMatchObject([{ url: null, origin: ORIGIN, body: '1' }]);
    const none = await sendWebhook(
      { ...request, url: 'no address' },
      { ok: true, value: way('no address') },
      common,
    );
    expect(none).toMatchObject({ status: 'refused', origin: '', attempts: 0 });
  });

  it('does not keep what the policy refuses, and audits that', async () => {
    const { send, attempts, wire, outbox } = await setUp();
    expect(await send('http://hooks.example.test/')).toMatchObject({
      ...{ status: 'refused', attempts: 0, httpStatus: null },
      message: 'http://hooks.example.test is not https (http is allowed on loopback only).',
    });
    expect(attempts).toMatchObject([{ outcome: 'refused', attempt: 0, status: null }]);
    expect(wire.posted).toEqual([]);
    await expect(readdir(outbox)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps what cannot be sent yet, due at once', async () => {
    const { keep, kept, attempts } = await setUp();
    expect(await keep()).toMatchObject({
      ...{ status: 'pending', attempts: 0, httpStatus: null, message: 'Its secret is not given.' },
    });
    expect(await kept()).toMatchObject([
      { attempts: 0, lastError: 'Its secret is not given.', nextAttemptAt: '2026-11-22T08:00:00.000Z' },
    ]);
    expect(attempts).toEqual([]);
  });

  it('tries as often as there are waits, and keeps it for later', async () => {
    const { send, attempts, kept, wire } = await setUp(status(503), { waitsMs: [1, 1, 1] });
    expect(await send()).toMatchObject({ status: 'pending', attempts: 4, httpStatus: 503 });
    expect(attempts.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['retry', 1],
      ['retry', 2],
      ['retry', 3],
      ['retry', 4],
    ]);
    expect(new Set(wire.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await kept()).toMatchObject([
      {
        attempts: 4,
        lastError: `${ORIGIN} answered HTTP 503; it is tried again.`,
        nextAttemptAt: new Date(START + 240_000).toISOString(),
      },
    ]);
  });

  it('keeps what no attempt mends as a dead letter', async () => {
    const { send, kept, outbox } = await setUp(status(410), { waitsMs: [1, 1] });
    const sent = await send();
    expect(sent).toMatchObject({ status: 'failed', attempts: 1, httpStatus: 410 });
    expect(await readdir(outbox)).toEqual([`failed-${sent.id}.json`]);
    expect(await kept()).toMatchObject([
      { lastError: `${ORIGIN} answered HTTP 410; it is not tried again.` },
    ]);
  });

  it('does not wait where the receiver asks for longer than a run waits', async () => {
    const { send, kept } = await setUp(() => ({ status: 503, headers: { 'retry-after': '600' } }), {
      waitsMs: [1, 1],
    });
    expect(await send()).toMatchObject({ status: 'pending', attempts: 1 });
    expect(await kept()).toMatchObject([{ nextAttemptAt: new Date(START + 600_000).toISOString() }]);
  });

  it('waits for no second attempt that its budget has no room for', async () => {
    const { send } = await setUp(status(503), { waitsMs: [400, 400], budgetMs: 350 });
    expect(await send()).toMatchObject({ status: 'pending', attempts: 1 });
  });

  it('waits up to a quarter longer than it has to', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(1);
    try {
      // 90 ms and a quarter of it are more than 100.
      const { send } = await setUp(status(503), { waitsMs: [90], budgetMs: 100 });
      expect(await send()).toMatchObject({ attempts: 1 });
    } finally {
      random.mockRestore();
    }
  });

  it('is no longer than its budget, though the receiver says nothing', async () => {
    const { send } = await setUp(() => 'nothing', { budgetMs: 30, timeoutMs: 3_000 });
    expect(await send()).toMatchObject({
      status: 'pending',
      message: `${ORIGIN} could not be reached (no answer in time); it is tried again.`,
    });
    const short = await setUp(() => 'nothing', { budgetMs: 3_000, timeoutMs: 30 });
    expect(await short.send()).toMatchObject({ status: 'pending', attempts: 1 });
  });

  it('ends with its run, before or while it waits', async () => {
    const stop = new AbortController();
    const { send } = await setUp(
      (index) => {
        if (index === 0) setImmediate(() => setImmediate(() => stop.abort()));
        return { status: 503 };
      },
      { waitsMs: [2_000], budgetMs: 60_000, signal: stop.signal },
    );
    expect(await send()).toMatchObject({ status: 'pending', attempts: 1 });
    expect(await send()).toMatchObject({ status: 'pending', attempts: 1 });
  });

  it('is audited before it goes on: who waits for the audit is waited for', async () => {
    let audited = false;
    const { send } = await setUp(undefined, {
      onAttempt: async () => {
        await new Promise((done) => setTimeout(done, 20));
        audited = true;
      },
    });
    await send();
    expect(audited).toBe(true);
  });
});

describe('an outbox that cannot be written', () => {
  async function blocked(answers?: Answers) {
    const subject = await setUp(answers);
    await writeFile(subject.outbox, '');
    return subject;
  }
  const LOST = 'The outbox could not be written, so it will not be tried again.';

  it('keeps nobody from sending', async () => {
    const { send } = await blocked();
    expect(await send()).toMatchObject({ status: 'delivered' });
  });

  it('loses what could not be sent, and says so', async () => {
    const { send, keep } = await blocked(status(503));
    expect(await send()).toMatchObject({
      ...{ status: 'failed', httpStatus: 503 },
      message: `${ORIGIN} answered HTTP 503; it is tried again. ${LOST}`,
    });
    expect(await keep()).toMatchObject({ status: 'failed', message: `Its secret is not given. ${LOST}` });
  });

  it('says of what failed for good that it failed', async () => {
    const { send } = await blocked(status(404));
    expect(await send()).toMatchObject({
      ...{ status: 'failed', httpStatus: 404 },
      message: `${ORIGIN} answered HTTP 404; it is not tried again.`,
    });
  });

  it('after the first attempt has what was kept before', async () => {
    const subject = await setUp(() => {
      breaking = rm(subject.outbox, { recursive: true }).then(() => writeFile(subject.outbox, ''));
      return { status: 503 };
    });
    let breaking: Promise<void> | undefined;
    const { message, status: state } = await subject.send(HOOK, { onAttempt: () => breaking });
    expect([state, message]).toEqual(['pending', `${ORIGIN} answered HTTP 503; it is tried again.`]);
  });
});

describe('emptying the outbox', () => {
  it('tries what is due, oldest first, and leaves the rest', async () => {
    const { send, flush, wire, pass, kept } = await setUp(status(503, 503, 200));
    const first = await send();
    pass(10_000);
    const second = await send();
    pass(19_999);
    expect(await flush()).toEqual([]);
    pass(1);
    expect(await flush()).toMatchObject([{ id: first.id, status: 'delivered', attempts: 2 }]);
    expect(await kept()).toMatchObject([{ id: second.id }]);
    expect(await flush({ force: true })).toMatchObject([{ id: second.id, status: 'delivered' }]);
    expect(wire.posted).toHaveLength(4);
    expect(await kept()).toEqual([]);
  });

  it('waits twice as long each time, and six hours at the most', async () => {
    const { send, flush, kept } = await setUp(status(503));
    await send();
    const waits = [];
    for (let attempt = 1; attempt < 13; attempt += 1) {
      const [message] = await kept();
      waits.push((Date.parse(message?.nextAttemptAt ?? '') - START) / 1_000);
      await flush({ force: true });
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 21_600, 21_600]);
  });

  it('makes its folder where there is none', async () => {
    const { flush, outbox } = await setUp();
    expect(await flush()).toEqual([]);
    expect(await readdir(outbox)).toEqual([]);
  });

  it('asks a receiver that is silent once, and others all the same', async () => {
    const { keep, flush, wire, kept } = await setUp((_, { url }) =>
      url === SECOND ? { status: 503 } : new Error('It is gone.'),
    );
    for (const url of [HOOK, HOOK, SECOND, SECOND]) await keep(url);
    expect(await flush()).toHaveLength(3);
    // A receiver that answers is asked for each.
    expect(wire.posted.map(({ url }) => url).toSorted()).toEqual([HOOK, SECOND, SECOND]);
    expect((await kept()).map(({ attempts }) => attempts).toSorted()).toEqual([0, 1, 1, 1]);
    const only = new Set((await kept()).map(({ id }) => id));
    expect(await flush({ only })).toHaveLength(4);
  });

  it('leaves what is not named, and revives what is', async () => {
    const { send, flush, wire, pass, outbox } = await setUp(status(404, 404, 200));
    const [first, second] = [await send(), await send(SECOND)];
    pass(5 * DAY);
    expect(await flush({ only: new Set(['msg_none']) })).toEqual([]);
    expect(await flush({ only: new Set([first.id]) })).toMatchObject([
      { id: first.id, status: 'delivered', attempts: 2 },
    ]);
    expect(wire.posted).toHaveLength(3);
    expect((await listOutbox(outbox)).map(({ id, state }) => [id, state])).toEqual([[second.id, 'failed']]);
  });

  it('counts the age of what was revived from then on', async () => {
    const { send, flush, kept, pass } = await setUp(status(404, 503));
    const { id } = await send();
    pass(5 * DAY);
    expect(await flush({ only: new Set([id]) })).toMatchObject([{ status: 'pending' }]);
    expect(await kept()).toMatchObject([
      { queuedAt: new Date(START + 5 * DAY).toISOString(), createdAt: new Date(START).toISOString() },
    ]);
  });

  it('asks where it goes, and lets it wait where nobody knows', async () => {
    const { keep, flush, kept, attempts } = await setUp();
    await keep();
    const destinationOf = async () => withheld;
    expect(await flush({ destinationOf })).toMatchObject([
      { status: 'pending', attempts: 0, httpStatus: null, message: 'Its secret is not given.' },
    ]);
    expect(attempts).toEqual([]);
    expect(await kept()).toHaveLength(1);
  });

  it.each([
    [3 * DAY, 'pending'],
    [3 * DAY + 1, 'failed'],
  ])('gives up after three days (%i ms: %s)', async (age, state) => {
    const { keep, send, flush, kept, pass, attempts, outbox } = await setUp(status(503));
    await keep();
    await send();
    attempts.length = 0;
    pass(age);
    const found = await flush({
      destinationOf: async ({ lastError, url }) =>
        lastError === 'Its secret is not given.'
          ? withheld
          : { ok: true, value: { url: url ?? '', allow: [], secret: null, proxy: line(status(503)).proxy } },
    });
    expect(found.map((one) => one.status)).toEqual([state, state]);
    expect((await listOutbox(outbox)).map((one) => one.state)).toEqual([state, state]);
    if (state === 'pending') return;
    const messages = found.map(({ message }) => message).toSorted();
    expect(messages).toEqual([
      'Given up after 0 attempts. Its secret is not given.',
      `Given up after 2 attempts. ${ORIGIN} answered HTTP 503; it is tried again.`,
    ]);
    expect((await kept()).map(({ lastError }) => lastError).toSorted()).toEqual(messages);
    expect(attempts.map(({ outcome, attempt }) => [outcome, attempt]).toSorted()).toEqual([
      ['failed', 0],
      ['failed', 2],
    ]);
    expect(found.map(({ httpStatus }) => httpStatus).toSorted()).toEqual([503, null]);
  });

  it('gives up after as long as it is told, and not what is taken at last', async () => {
    const { keep, flush, pass } = await setUp(status(503, 200));
    await keep();
    await keep();
    pass(1_000);
    const found = await flush({ maxAgeMs: 999 });
    expect(found.map(({ status: state }) => state).toSorted()).toEqual(['delivered', 'failed']);
    expect(found.find(({ status: state }) => state === 'failed')?.message).toMatch(
      /^Given up after 1 attempt\. /,
    );
  });

  it('does nothing once it is cancelled', async () => {
    const { keep, flush, wire } = await setUp();
    await keep();
    expect(await flush({ signal: AbortSignal.abort() })).toEqual([]);
    expect(wire.posted).toEqual([]);
  });

  it('is left to who has its lock, unless it is waited for', async () => {
    const { keep, flush, outbox } = await setUp();
    await keep();
    await mkdir(join(outbox, 'outbox.lock'));
    expect(await flush()).toEqual([]);
    await expect(flush({ lockWaitMs: 60 })).rejects.toMatchObject({ code: 'ELOCKED' });
    const waiting = flush({ lockWaitMs: 5_000 });
    setTimeout(() => void rm(join(outbox, 'outbox.lock'), { recursive: true }), 80);
    expect(await waiting).toMatchObject([{ status: 'delivered' }]);
    expect(await readdir(outbox)).toEqual([]);
  });

  it('says why it cannot be begun', async () => {
    const { flush, outbox } = await setUp();
    await writeFile(outbox, '');
    await expect(flush()).rejects.toThrow();
  });

  it('gives its lock back, whatever happens', async () => {
    const { keep, flush } = await setUp();
    await keep();
    const destinationOf = () => Promise.reject(new Error('nobody knows'));
    await expect(flush({ destinationOf })).rejects.toThrow('nobody knows');
    expect(await flush()).toMatchObject([{ status: 'delivered' }]);
  });
});

describe('dropping messages', () => {
  it('removes those that are named, and audits those that waited', async () => {
    const { send, common, attempts, kept } = await setUp(status(404, 503));
    const [dead, waiting, other] = [await send(), await send(), await send()];
    attempts.length = 0;
    expect(await dropMessages(new Set([dead.id, waiting.id, 'msg_none']), common)).toEqual([
      waiting.id,
      dead.id,
    ]);
    expect(attempts).toEqual([
      {
        ...{ event: 'webhook', run_id: 'r1', webhook_id: waiting.id, url_origin: ORIGIN },
        ...{ status: null, outcome: 'failed', attempt: 1 },
      },
    ]);
    expect(await kept()).toMatchObject([{ id: other.id }]);
  });
});
