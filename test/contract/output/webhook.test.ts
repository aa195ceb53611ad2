import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import type { Destination } from '../../../server/src/output/webhook/post.ts';
import {
  completionPayload,
  dropMessages,
  type FlushOptions,
  flushOutbox,
  type SendOptions,
  sendWebhook,
  type WebhookAttempt,
} from '../../../server/src/output/webhook/send.ts';
import { signMessage } from '../../../server/src/output/webhook/signature.ts';
import type { AuditEvent } from '../../../server/src/protocol/audit.ts';
import { emptyFolder, ended } from '../../unit/output/events.ts';
import { type Receiver, startReceiver, status } from './receiver.ts';
import { CERTIFICATE } from './tls.ts';

const BOTTLENECK = {
  rule: 'threshold' as const,
  interactionId: 'a1',
  sequence: 0,
  nodeId: 'menu-1',
  nodeName: null,
  nodeType: 'DECISION',
  dwell: 16,
  threshold: 15,
  startTime: null,
};

function runEnded(): Extract<AuditEvent, { event: 'run.ended' }> {
  const event = ended('r1');
  if (event.event !== 'run.ended') throw new Error(event.event);
  return event;
}

const PAYLOAD = completionPayload(runEnded(), { bottleneckCount: 1, bottlenecks: [BOTTLENECK] });

const OWN = { allow: ['127.0.0.1', 'localhost'], secret: null };
const FROM = { connection: 'default', tenant: 'https://acme.my.cxone.com', ownAddress: false, runId: 'r1' };

interface SetUp extends Partial<SendOptions>, Partial<Omit<Destination, 'url'>> {}

async function setUp({ allow, secret, ca, proxy, ...more }: SetUp = {}) {
  const outbox = join(await emptyFolder(), 'outbox');
  const attempts: WebhookAttempt[] = [];
  const way = {
    allow: allow ?? OWN.allow,
    secret: secret ?? null,
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  const options: SendOptions & FlushOptions = {
    outbox,
    waitsMs: [1, 1],
    destinationOf: async ({ url }) => ({ ok: true, value: { ...way, url: url ?? '' } }),
    onAttempt: (attempt) => {
      attempts.push(attempt);
    },
    ...more,
  };
  const sendTo = (url: string, payload: unknown = PAYLOAD) =>
    sendWebhook({ ...FROM, url, payload }, { ok: true, value: { ...way, url } }, options);
  const send = (receiver: Receiver, path = '/hook', host = '127.0.0.1') =>
    sendTo(`http://${host}:${receiver.port}${path}`);
  return { outbox, attempts, options, send, sendTo };
}

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
    const short = await setUp({ waitsMs: [], timeoutMs: 50 });
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

describe('a run that waits for its webhook', () => {
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

describe('addresses', () => {
  it('refuses a private one before anything is sent or stored', async () => {
    const receiver = await startReceiver(status(200));
    const { outbox, attempts, send } = await setUp({ allow: [] });
    expect(await send(receiver)).toMatchObject({ status: 'refused', attempts: 0, httpStatus: null });
    expect(receiver.requests).toEqual([]);
    expect(attempts).toMatchObject([{ outcome: 'refused', attempt: 0 }]);
    await expect(readdir(outbox)).rejects.toThrow();
  });

  it('refuses a public name that resolves to a private address, also one among public ones', async () => {
    const receiver = await startReceiver(status(200), true);
    for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::ffff:127.0.0.1']]) {
      const { sendTo } = await setUp({
        allow: [],
        ca: [CERTIFICATE],
        resolve: async () => addresses,
      });
      const url = `https://hooks.example.test:${receiver.port}/`;
      const sent = await sendTo(url);
      expect(sent).toMatchObject({
        status: 'refused',
        attempts: 1,
        message: expect.stringContaining('private'),
      });
    }
    expect(receiver.requests).toEqual([]);
  });

  it('checks each attempt anew: a name that is rebound meanwhile is refused', async () => {
    const receiver = await startReceiver(status(500), true);
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    let asked = 0;
    const { sendTo } = await setUp({
      allow: [],
      ca: [CERTIFICATE],
      timeoutMs: 200,
      resolve: async () => {
        const answer = answers[asked++] ?? [];
        // What is public cannot be reached from a test: the first answer fails like a resolver that is down.
        if (asked === 1) throw Object.assign(new Error('try again'), { code: 'EAI_AGAIN' });
        return answer;
      },
    });
    const url = `https://hooks.example.test:${receiver.port}/`;
    const sent = await sendTo(url);
    expect(sent).toMatchObject({ status: 'refused', attempts: 2 });
    expect(asked).toBe(2);
    expect(receiver.requests).toEqual([]);
  });

  it('connects to the address that was checked, and asks for it once a connection', async () => {
    const receiver = await startReceiver(status(200), true);
    const asked: string[] = [];
    const { sendTo } = await setUp({
      allow: ['hooks.example.test'],
      ca: [CERTIFICATE],
      resolve: async (hostname) => {
        asked.push(hostname);
        return asked.length === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
      },
    });
    const url = `https://hooks.example.test:${receiver.port}/`;
    expect(await sendTo(url)).toMatchObject({
      status: 'delivered',
    });
    expect(asked).toEqual(['hooks.example.test']);
    expect(receiver.requests[0]?.headers.host).toBe(`hooks.example.test:${receiver.port}`);
  });

  it('sends nothing to a receiver whose certificate nobody vouches for', async () => {
    const receiver = await startReceiver(status(200), true);
    const { sendTo } = await setUp({
      allow: ['hooks.example.test'],
      waitsMs: [],
      resolve: async () => ['127.0.0.1'],
    });
    const url = `https://hooks.example.test:${receiver.port}/`;
    expect(await sendTo(url)).toMatchObject({
      status: 'pending',
    });
    expect(receiver.requests).toEqual([]);
  });

  it('refuses later what the allow-list no longer allows', async () => {
    const receiver = await startReceiver(status(500));
    const { outbox, send, options } = await setUp({ waitsMs: [] });
    await send(receiver);
    const closed: Pick<FlushOptions, 'destinationOf'> = {
      destinationOf: async ({ url }) => ({ ok: true, value: { url: url ?? '', allow: [], secret: null } }),
    };
    expect(await flushOutbox({ ...options, ...closed, force: true })).toMatchObject([{ status: 'refused' }]);
    expect(receiver.requests).toHaveLength(1);
    expect(await listOutbox(outbox)).toMatchObject([{ state: 'failed' }]);
  });
});
