import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import { completionPayload, flushOutbox } from '../../../server/src/output/webhook/send.ts';
import { signMessage } from '../../../server/src/output/webhook/signature.ts';
import { emptyFolder } from '../../unit/output/events.ts';
import { startReceiver, status } from './receiver.ts';
import { BOTTLENECK, PAYLOAD, runEnded, setUp } from './webhook-support.ts';

describe('the payload', () => {
  it('is the tutorial’s, or a summary without the bottlenecks', () => {
    expect(PAYLOAD).toMatchObject({
      status: 'completion',
      audit_log: { records_processed: 12, compliance_status: 'VERIFIED' },
      bottleneck_count: 1,
      analysis_payload: [{ nodeId: 'menu-1' }],
    });
    const summary = completionPayload(
      runEnded(),
      { bottleneckCount: 1, bottlenecks: [BOTTLENECK] },
      'summary',
    );
    expect(Object.keys(summary)).toEqual(['status', 'audit_log', 'bottleneck_count']);
  });
});

describe('sending', () => {
  it('delivers, signed, and leaves nothing in the outbox', async () => {
    const receiver = await startReceiver(status(204));
    const { outbox, attempts, send } = await setUp({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
    expect(await send(receiver, '/hooks/cxq?x=1')).toMatchObject({
      status: 'delivered',
      attempts: 1,
      httpStatus: 204,
    });
    const [request] = receiver.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hooks/cxq?x=1',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(PAYLOAD);
    const id = String(request?.headers['webhook-id']);
    const timestamp = Number(request?.headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1000 - timestamp)).toBeLessThan(60);
    expect(request?.headers['webhook-signature']).toBe(
      signMessage('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', id, timestamp, request?.body ?? ''),
    );
    expect(await readdir(outbox)).toEqual([]);
    expect(attempts).toMatchObject([
      { webhook_id: id, outcome: 'delivered', status: 204, attempt: 1, run_id: 'r1' },
    ]);
  });

  it('is unsigned without a secret', async () => {
    const receiver = await startReceiver(status(200));
    const { send } = await setUp();
    await send(receiver);
    expect(receiver.requests[0]?.headers).not.toHaveProperty('webhook-signature');
    expect(receiver.requests[0]?.headers).toHaveProperty('webhook-id');
  });

  it('tries again with the same id and body', async () => {
    const receiver = await startReceiver((response, index) => status(index === 0 ? 500 : 200)(response));
    const { attempts, send } = await setUp();
    expect(await send(receiver)).toMatchObject({ status: 'delivered', attempts: 2 });
    const [first, second] = receiver.requests;
    expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
    expect(first?.body).toBe(second?.body);
    expect(attempts.map(({ outcome, status: code, attempt }) => [outcome, code, attempt])).toEqual([
      ['retry', 500, 1],
      ['delivered', 200, 2],
    ]);
  });

  it('keeps what could not be delivered, for later and for a person to see, and not the secret', async () => {
    let well = false;
    const receiver = await startReceiver((response) => status(well ? 200 : 503)(response));
    const { outbox, send, options } = await setUp({ secret: 'a-signing-secret' });
    const sent = await send(receiver, '/hook?token=t0ken');
    expect(sent).toMatchObject({ status: 'pending', attempts: 3, httpStatus: 503 });
    const [file = ''] = await readdir(outbox);
    expect(await readFile(join(outbox, file), 'utf8')).not.toContain('a-signing-secret');
    if (process.platform !== 'win32') {
      expect((await stat(join(outbox, file))).mode & 0o777).toBe(0o600);
      expect((await stat(outbox)).mode & 0o777).toBe(0o700);
    }
    const [entry] = await listOutbox(outbox);
    expect(entry).toMatchObject({
      state: 'pending',
      attempts: 3,
      origin: `http://127.0.0.1:${receiver.port}`,
    });
    expect(JSON.stringify(entry)).not.toContain('t0ken');

    well = true;
    expect(await flushOutbox(options)).toEqual([]);
    const flushed = await flushOutbox({ ...options, force: true });
    expect(flushed).toMatchObject([{ id: sent.id, status: 'delivered', attempts: 4 }]);
    expect(new Set(receiver.requests.map((request) => request.headers['webhook-id'])).size).toBe(1);
    expect(receiver.requests.at(-1)?.headers).toHaveProperty('webhook-signature');
    expect(await listOutbox(outbox)).toEqual([]);
  });

  it('is due again after a back-off, and given up on visibly after days', async () => {
    const receiver = await startReceiver(status(500));
    const { outbox, send, options } = await setUp({ waitsMs: [] });
    await send(receiver);
    const later = (ms: number) => ({ ...options, now: () => new Date(Date.now() + ms) });
    expect(await flushOutbox(later(20_000))).toEqual([]);
    expect(await flushOutbox(later(40_000))).toMatchObject([{ status: 'pending', attempts: 2 }]);
    expect(await flushOutbox(later(80_000))).toEqual([]);
    expect(await flushOutbox(later(4 * 86_400_000))).toMatchObject([
      { status: 'failed', attempts: 3, message: expect.stringContaining('Given up') },
    ]);
    expect(await listOutbox(outbox)).toMatchObject([{ state: 'failed' }]);
    expect(await flushOutbox({ ...options, force: true })).toEqual([]);
  });

  it.each([
    [301, 'failed'],
    [307, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [410, 'failed'],
    [408, 'pending'],
    [429, 'pending'],
    [502, 'pending'],
  ])('HTTP %i is %s; no redirect is followed', async (code, expected) => {
    const elsewhere = await startReceiver(status(200));
    const location = `http://127.0.0.1:${elsewhere.port}/stolen`;
    const receiver = await startReceiver(status(code, { location }));
    const { outbox, send } = await setUp();
    expect(await send(receiver)).toMatchObject({ status: expected, httpStatus: code });
    expect(receiver.requests).toHaveLength(expected === 'failed' ? 1 : 3);
    expect(elsewhere.requests).toEqual([]);
    expect(await listOutbox(outbox)).toMatchObject([{ state: expected }]);
  });

  it('never shortens the receiver’s Retry-After', async () => {
    for (const after of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const receiver = await startReceiver(status(429, { 'retry-after': after }));
      const { send, options } = await setUp();
      expect(await send(receiver)).toMatchObject({ status: 'pending', attempts: 1 });
      const later = (ms: number) => ({ ...options, now: () => new Date(Date.now() + ms) });
      expect(await flushOutbox(later(3_500_000))).toEqual([]);
      expect(await flushOutbox(later(3_700_000))).toHaveLength(1);
    }
  });

  it('waits for nobody: a refused connection and a receiver without an answer stay pending', async () => {
    const gone = await startReceiver(status(200));
    await gone.close();
    const { send } = await setUp({ waitsMs: [] });
    expect(await send(gone)).toMatchObject({
      status: 'pending',
      httpStatus: null,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const silent = await startReceiver(() => undefined);
    const short = await setUp({ waitsMs: [], timeoutMs: 500 });
    expect(await short.send(silent)).toMatchObject({
      status: 'pending',
      message: expect.stringContaining('no answer in time'),
    });
    expect(silent.requests).toHaveLength(1);
  });

  it('ends at once when it is cancelled, and keeps the message', async () => {
    const stop = new AbortController();
    const receiver = await startReceiver((response) => {
      status(500)(response);
      stop.abort();
    });
    const { outbox, send } = await setUp({ waitsMs: [600_000], signal: stop.signal });
    expect(await send(receiver)).toMatchObject({ status: 'pending', attempts: 1 });
    expect(await listOutbox(outbox)).toHaveLength(1);
  });

  it('delivers without an outbox, and says failed when it can do neither', async () => {
    const file = join(await emptyFolder(), 'file');
    await writeFile(file, '');
    const receiver = await startReceiver((response, index) => status(index === 0 ? 200 : 500)(response));
    const { send } = await setUp({ outbox: join(file, 'outbox'), waitsMs: [] });
    expect(await send(receiver)).toMatchObject({ status: 'delivered' });
    expect(await send(receiver)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('outbox'),
    });
  });

  it('leaves strange files of the outbox alone', async () => {
    const { outbox, options } = await setUp();
    await mkdir(outbox);
    await writeFile(join(outbox, 'msg_1.json'), '{"id":');
    await writeFile(join(outbox, 'notes.txt'), 'mine');
    expect(await flushOutbox({ ...options, force: true })).toEqual([]);
    expect((await readdir(outbox)).sort()).toEqual(['msg_1.json', 'notes.txt']);
  });
});
