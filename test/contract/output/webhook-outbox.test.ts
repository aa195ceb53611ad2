import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import { dropMessages, flushOutbox, sendWebhook } from '../../../server/src/output/webhook/send.ts';
import { emptyFolder } from '../../unit/output/events.ts';
import { startReceiver, status } from './receiver.ts';
import { FROM, OWN, PAYLOAD, setUp } from './webhook-support.ts';

describe('the outbox', () => {
  it('has a whole message before the first attempt, without secret or address of the connection', async () => {
    const { outbox, options } = await setUp({ secret: 'a-signing-secret' });
    let during: unknown;
    const receiver = await startReceiver((response) => {
      void readdir(outbox).then(async ([name = '']) => {
        during = JSON.parse(await readFile(join(outbox, name), 'utf8'));
        status(200)(response);
      });
    });
    const url = `http://127.0.0.1:${receiver.port}/T0/canary?key=canary`;
    const destination = { url, allow: OWN.allow, secret: 'a-signing-secret' };
    const request = { ...FROM, ownAddress: true, url, payload: PAYLOAD };
    expect(await sendWebhook(request, { ok: true, value: destination }, options)).toMatchObject({
      status: 'delivered',
    });
    expect(during).toMatchObject({
      url: null,
      origin: `http://127.0.0.1:${receiver.port}`,
      connection: 'default',
      body: JSON.stringify(PAYLOAD),
    });
    expect(JSON.stringify(during)).not.toMatch(/canary|signing/);
  });

  it('keeps what cannot be signed, and sends it when it can, under its id', async () => {
    const receiver = await startReceiver(status(200));
    const { outbox, attempts, options } = await setUp();
    const url = `http://127.0.0.1:${receiver.port}/`;
    const error = { code: 'secret', message: 'Its secret is not given.' };
    const sent = await sendWebhook({ ...FROM, url, payload: PAYLOAD }, { ok: false, error }, options);
    expect(sent).toMatchObject({ status: 'pending', attempts: 0, message: error.message });
    const withheld = { ...options, destinationOf: async () => ({ ok: false as const, error }) };
    expect(await flushOutbox(withheld)).toMatchObject([{ status: 'pending', attempts: 0 }]);
    expect(await listOutbox(outbox)).toMatchObject([{ attempts: 0, lastError: error.message }]);
    expect([receiver.requests, attempts]).toEqual([[], []]);

    expect(await flushOutbox(options)).toMatchObject([{ id: sent.id, status: 'delivered', attempts: 1 }]);
    expect(receiver.requests[0]?.headers['webhook-id']).toBe(sent.id);
    // One that nobody can send for days is given up, visibly.
    await sendWebhook({ ...FROM, url, payload: PAYLOAD }, { ok: false, error }, options);
    const late = { ...withheld, now: () => new Date(Date.now() + 4 * 86_400_000) };
    expect(await flushOutbox(late)).toMatchObject([
      { status: 'failed', message: 'Given up after 0 attempts. Its secret is not given.' },
    ]);
    expect(attempts.at(-1)).toMatchObject({ outcome: 'failed', attempt: 0 });
  });

  it('gives a dead letter again under its id when a person says so, and waits anew when that fails', async () => {
    let code = 404;
    const receiver = await startReceiver((response) => status(code)(response));
    const { outbox, send, options } = await setUp({ waitsMs: [] });
    const sent = await send(receiver);
    expect(sent.status).toBe('failed');
    expect(await listOutbox(outbox)).toMatchObject([{ id: sent.id, state: 'failed', nextAttemptAt: null }]);
    const only = new Set([sent.id]);
    // Days later, so that its first age would end it at once.
    const later = { ...options, only, now: () => new Date(Date.now() + 4 * 86_400_000) };
    expect(await flushOutbox(later)).toMatchObject([{ status: 'failed', attempts: 2 }]);
    code = 503;
    expect(await flushOutbox(later)).toMatchObject([{ status: 'pending', attempts: 3 }]);
    expect(await listOutbox(outbox)).toMatchObject([{ id: sent.id, state: 'pending' }]);
    code = 200;
    expect(await flushOutbox({ ...later, only: new Set(['msg_other']) })).toEqual([]);
    expect(await flushOutbox(later)).toMatchObject([{ status: 'delivered', attempts: 4 }]);
    expect(await listOutbox(outbox)).toEqual([]);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id']))).toEqual(only);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('drops what a person drops, and audits that a message that waited is not sent', async () => {
    const receiver = await startReceiver((response, index) => status(index === 0 ? 404 : 503)(response));
    const { outbox, attempts, send, options } = await setUp({ waitsMs: [] });
    const [dead, waiting, other] = [await send(receiver), await send(receiver), await send(receiver)];
    attempts.length = 0;
    const ids = new Set([dead.id, waiting.id, 'msg_unknown']);
    expect(await dropMessages(ids, options)).toEqual([waiting.id, dead.id]);
    expect(attempts).toMatchObject([{ webhook_id: waiting.id, outcome: 'failed', attempt: 1, status: null }]);
    expect(await listOutbox(outbox)).toMatchObject([{ id: other.id }]);
  });

  it('asks a receiver that cannot be reached once, however many messages wait for it', async () => {
    const gone = await startReceiver(status(200));
    await gone.close();
    const { send, options } = await setUp({ waitsMs: [] });
    for (let index = 0; index < 3; index++) await send(gone);
    expect(await flushOutbox({ ...options, force: true })).toHaveLength(1);
  });

  it('is left to the process that empties it, unless a person waits', async () => {
    const receiver = await startReceiver(status(503));
    const { outbox, send, options } = await setUp({ waitsMs: [] });
    await send(receiver);
    await mkdir(join(outbox, 'outbox.lock'));
    expect(await flushOutbox({ ...options, force: true })).toEqual([]);
    await expect(flushOutbox({ ...options, force: true, lockWaitMs: 100 })).rejects.toMatchObject({
      code: 'ELOCKED',
    });
    await rm(join(outbox, 'outbox.lock'), { recursive: true });
    expect(await flushOutbox({ ...options, force: true })).toHaveLength(1);
  });

  it('clears away what a killed process left half written, after an hour', async () => {
    const { outbox, options } = await setUp();
    await mkdir(outbox);
    const [old, fresh] = ['.msg_1.json.0a0b0c0d0e0f.tmp', '.msg_2.json.0a0b0c0d0e0f.tmp'];
    for (const name of [old, fresh, '.msg_3.other']) await writeFile(join(outbox, name), '{');
    const long = new Date(Date.now() - 7_200_000);
    await utimes(join(outbox, old), long, long);
    await flushOutbox(options);
    expect((await readdir(outbox)).sort()).toEqual([fresh, '.msg_3.other']);
  });

  it.skipIf(process.platform === 'win32')('is no folder behind a link', async () => {
    const { outbox, send } = await setUp({ waitsMs: [] });
    await symlink(await emptyFolder(), outbox);
    expect(await send(await startReceiver(status(503)))).toMatchObject({ status: 'failed' });
    expect(await readdir(outbox)).toEqual([]);
  });
});

describe('a message that cannot be kept', () => {
  it('is sent all the same, and said to be lost where that fails', async () => {
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    const outbox = join(file, 'outbox');
    const receiver = await startReceiver(status(404));
    const { options, send } = await setUp({ outbox });
    expect(await send(receiver)).toMatchObject({ status: 'failed', httpStatus: 404 });
    const error = { code: 'secret', message: 'Its secret is not given.' };
    const url = `http://127.0.0.1:${receiver.port}/`;
    expect(
      await sendWebhook({ ...FROM, url, payload: PAYLOAD }, { ok: false, error }, options),
    ).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^Its secret is not given\. The outbox could not be written/),
    });
  });
});

describe('the order of the outbox', () => {
  it('is that of writing; what is not chosen stays given up; a cancelled round sends nothing', async () => {
    const receiver = await startReceiver(status(404));
    let time = Date.parse('2026-11-22T08:00:02Z');
    const { outbox, send, options } = await setUp({ now: () => new Date(time) });
    const sent = [];
    for (const step of [0, -1_000, -1_000, 0]) {
      time += step;
      sent.push(await send(receiver));
    }
    const created = (await listOutbox(outbox)).map(({ createdAt }) => createdAt);
    expect(created).toEqual([...created].sort());
    const [first] = sent;
    const only = new Set([first?.id ?? '']);
    const cancelled = AbortSignal.abort();
    expect(await flushOutbox({ ...options, only, signal: cancelled })).toEqual([]);
    expect((await listOutbox(outbox)).map(({ state }) => state)).toEqual([
      'pending',
      'failed',
      'failed',
      'failed',
    ]);
    expect(await flushOutbox({ outbox, destinationOf: options.destinationOf, only })).toHaveLength(1);
  });

  it('ends with one attempt, where the first was the last', async () => {
    const receiver = await startReceiver(status(503));
    const { options } = await setUp();
    const url = `http://127.0.0.1:${receiver.port}/`;
    const error = { code: 'secret', message: 'Later.' };
    await sendWebhook({ ...FROM, url, payload: PAYLOAD }, { ok: false, error }, options);
    const late = { ...options, now: () => new Date(Date.now() + 4 * 86_400_000) };
    expect(await flushOutbox(late)).toMatchObject([{ message: expect.stringMatching(/after 1 attempt\. /) }]);
  });
});

describe('a run that waits for its webhook', () => {
  it('tries twice by default, half a second apart', async () => {
    const receiver = await startReceiver(status(503));
    const { outbox } = await setUp();
    const url = `http://127.0.0.1:${receiver.port}/`;
    const destination = { ok: true as const, value: { ...OWN, url } };
    const sent = await sendWebhook({ ...FROM, url, payload: PAYLOAD }, destination, { outbox });
    expect(sent).toMatchObject({ status: 'pending', attempts: 2 });
  });

  it('ends at once when it is cancelled between two attempts', async () => {
    const stop = new AbortController();
    const receiver = await startReceiver((response) => {
      status(503)(response);
      setTimeout(() => stop.abort(), 50);
    });
    const { send } = await setUp({ waitsMs: [20_000], budgetMs: 60_000, signal: stop.signal });
    expect(await send(receiver)).toMatchObject({ status: 'pending', attempts: 1 });
    expect(receiver.requests).toHaveLength(1);
  });

  it('waits no longer than the budget, for a receiver that never answers and for one that is slow to fail', async () => {
    const silent = await startReceiver(() => undefined);
    const { send } = await setUp({ budgetMs: 300, waitsMs: [100, 100, 100] });
    expect(await send(silent)).toMatchObject({
      status: 'pending',
      attempts: 1,
      message: expect.stringContaining('no answer in time'),
    });
    const slow = await startReceiver((response) => setTimeout(() => status(503)(response), 120));
    const second = await setUp({ budgetMs: 300, waitsMs: [100, 100, 100] });
    const sent = await second.send(slow);
    // Four attempts would take longer than it has.
    expect(sent.status).toBe('pending');
    expect(sent.attempts).toBeLessThanOrEqual(2);
  });

  it('gives up at once on a pause of more than three days, whatever the receiver writes', async () => {
    for (const after of ['999999999', 'Sat, 01 Jan 9999 00:00:00 GMT']) {
      const receiver = await startReceiver(status(503, { 'retry-after': after }));
      const { outbox, send } = await setUp();
      expect(await send(receiver)).toMatchObject({
        status: 'failed',
        attempts: 1,
        message: expect.stringMatching(/asks to wait for \d+ days/),
      });
      expect(await listOutbox(outbox)).toMatchObject([{ state: 'failed' }]);
    }
    for (const after of ['', 'soon', '-5', '0', new Date(0).toUTCString()]) {
      const receiver = await startReceiver((response, index) =>
        status(index === 0 ? 503 : 200, { 'retry-after': after })(response),
      );
      const { send } = await setUp();
      expect(await send(receiver)).toMatchObject({ status: 'delivered', attempts: 2 });
    }
  });
});

describe('a process that is killed while it sends', () => {
  it('leaves the message, which another delivers under the same id', { timeout: 60_000 }, async () => {
    let answers = false;
    const receiver = await startReceiver((response) => {
      if (answers) status(200)(response);
    });
    const { outbox, options } = await setUp();
    const url = `http://127.0.0.1:${receiver.port}/hook`;
    const sender = fileURLToPath(new URL('./webhook-sender.ts', import.meta.url));
    const child = spawn(process.execPath, [sender, outbox, url], { stdio: 'inherit' });
    while (receiver.requests.length === 0) await sleep(10);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await listOutbox(outbox)).toMatchObject([{ state: 'pending', attempts: 0 }]);
    // Until its lease is over, the other may still be alive.
    expect(await flushOutbox(options)).toEqual([]);
    answers = true;
    const later = { ...options, now: () => new Date(Date.now() + 61_000) };
    expect(await flushOutbox(later)).toMatchObject([{ status: 'delivered' }]);
    const [first, second] = receiver.requests;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(receiver.requests).toHaveLength(2);
  });
});
