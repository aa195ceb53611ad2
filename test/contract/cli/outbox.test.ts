/** `cxq outbox`, and what of a webhook a run leaves on the disk. */
import { createHmac } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Receiver, startReceiver, status } from '../output/receiver.ts';
import { cli, type Desk, deskOf, valid } from './support.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Message {
  readonly id: string;
  readonly state: string;
  readonly lastError: string | null;
}

async function listed(desk: Desk): Promise<Message[]> {
  const ran = await cli(['outbox', 'list', '--runs', 'runs', '--format', 'json'], { cwd: desk.folder });
  expect(ran.code).toBe(0);
  const { messages } = valid('outbox', ran.out) as { messages: Message[] };
  return messages;
}

/** A desk whose connection tells a receiver, and the same with other words in its `webhook`. */
async function deskWith(receiver: Receiver, webhook: object = {}): Promise<Desk> {
  const desk = await deskOf({ interactions: 20 });
  await setWebhook(desk, { url: `http://127.0.0.1:${receiver.port}/T0/canary-path`, ...webhook });
  return desk;
}

async function setWebhook(desk: Desk, webhook: object): Promise<void> {
  await writeFile(desk.path('p.json'), JSON.stringify({ webhook: { allow: ['127.0.0.1'], ...webhook } }));
}

const outbox = (desk: Desk, args: readonly string[], env: Record<string, string> = {}) =>
  cli(['outbox', ...args, '--runs', 'runs'], { cwd: desk.folder, env });
const retry = (desk: Desk, args: readonly string[], env: Record<string, string> = {}) =>
  outbox(desk, ['retry', ...args, '--profile', 'p.json', '--base-url', desk.tenant.baseUrl], env);

describe('a webhook of a run', () => {
  it('is signed with the secret of the environment, and says only a summary where the profile asks for that', async () => {
    const receiver = await startReceiver(status(204));
    const desk = await deskWith(receiver, { secret: 'mining', payload: 'summary' });
    const env = { ...desk.env, CXQ_WEBHOOK_SECRET: SECRET };
    const run = await desk.json('LAST 24h', ['--profile', 'p.json'], { env });
    expect(run.webhook).toEqual({ status: 'delivered', attempts: 1 });
    const [request] = receiver.requests;
    if (request === undefined) throw new Error('nothing came');
    const { headers, body } = request;
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
    const payload = JSON.parse(body) as { audit_log: object };
    expect(Object.keys(payload)).toEqual(['status', 'audit_log', 'bottleneck_count']);
    // The head of the chain leaves the machine with it.
    expect(payload.audit_log).toMatchObject({ sequence: run.audit?.sequence, hash: run.audit?.hash });
    for (const [path, text] of await desk.files('runs')) {
      expect(text, path).not.toMatch(/canary-path|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/);
    }
  });

  it('waits where the secret that the profile names is not given, and is never sent unsigned', async () => {
    const receiver = await startReceiver(status(204));
    const desk = await deskWith(receiver, { secret: 'mining' });
    const run = await desk.json('LAST 1h', ['--profile', 'p.json']);
    expect([run.ran.code, run.outcome, run.webhook]).toEqual([
      0,
      'complete',
      { status: 'pending', attempts: 0 },
    ]);
    expect(run.notes.join(' ')).toMatch(/waiting in the outbox: .*“mining”: set CXQ_WEBHOOK_SECRET/);
    expect(receiver.requests).toEqual([]);
    for (const [path, text] of await desk.files('runs')) expect(text, path).not.toContain('canary-path');

    const without = await retry(desk, ['--all']);
    expect([without.code, without.out]).toEqual([1, expect.stringContaining('set CXQ_WEBHOOK_SECRET')]);
    const broken = await retry(desk, ['--all'], { CXQ_WEBHOOK_SECRET: 'whsec_***' });
    expect([broken.code, broken.out]).toEqual([1, expect.stringContaining('cut or mistyped')]);
    const [message] = await listed(desk);
    const sent = await retry(desk, ['--all'], { CXQ_WEBHOOK_SECRET: SECRET });
    expect([sent.code, sent.out]).toEqual([0, expect.stringMatching(/^✓ msg_\w+: .*took it/)]);
    expect(receiver.requests[0]?.headers).toMatchObject({
      'webhook-id': message?.id,
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
    expect(await listed(desk)).toEqual([]);
  });
});

describe('cxq outbox', () => {
  it('lists what was given up, and sends it again under its id to the address that the connection has by now', async () => {
    const receiver = await startReceiver((response, index) => status(index === 0 ? 404 : 204)(response));
    const desk = await deskWith(receiver);
    const run = await desk.json('LAST 1h', ['--profile', 'p.json']);
    expect(run.webhook?.status).toBe('failed');
    const [message] = await listed(desk);
    if (message === undefined) throw new Error('nothing was kept');
    expect(message).toMatchObject({ state: 'failed', lastError: expect.stringContaining('HTTP 404') });
    const shown = await outbox(desk, ['list']);
    expect(shown.out).toMatch(/^✗ given up {2}msg_/);
    for (const part of [
      message.id,
      run.runId,
      `http://127.0.0.1:${receiver.port}`,
      'HTTP 404',
      '1 attempt',
    ]) {
      expect(shown.out).toContain(part);
    }
    expect(shown.out).not.toContain('canary');

    await setWebhook(desk, { url: `http://127.0.0.1:${receiver.port}/right` });
    const sent = await retry(desk, [message.id.slice(0, 12)]);
    expect([sent.code, sent.out]).toEqual([0, expect.stringContaining(message.id)]);
    const [first, second] = receiver.requests;
    expect([first?.path, second?.path]).toEqual(['/T0/canary-path', '/right']);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    const audit = await cli(['audit', 'show', 'runs/audit'], { cwd: desk.folder });
    expect(audit.out).toMatch(/attempt 1 failed \(HTTP 404\)[\s\S]*attempt 2 delivered \(HTTP 204\)/);
    const none = await outbox(desk, ['list']);
    expect(none.out).toBe('No webhook waits, and none was given up.\n');
    expect((await retry(desk, ['--all'])).code).toBe(0);
  });

  it('sends nothing to another tenant’s receiver, nor to another host than it was written for', async () => {
    const receiver = await startReceiver(status(500));
    const desk = await deskWith(receiver);
    await desk.json('LAST 1h', ['--profile', 'p.json']);
    const asked = receiver.requests.length;
    const other = await outbox(desk, ['retry', '--all', '--profile', 'p.json', '--tenant', 'other']);
    expect([other.code, other.out]).toEqual([1, expect.stringContaining('is not set up here')]);
    await setWebhook(desk, { url: 'http://localhost:9/hook' });
    const moved = await retry(desk, ['--all']);
    expect([moved.code, moved.out]).toEqual([1, expect.stringContaining('set the address back, or drop')]);
    await setWebhook(desk, {});
    const gone = await retry(desk, ['--all']);
    expect([gone.code, gone.out]).toEqual([1, expect.stringContaining('no webhook by now')]);
    expect(receiver.requests).toHaveLength(asked);
    expect(await listed(desk)).toMatchObject([{ state: 'pending' }]);
  });

  it('drops, and the audit says that it was not sent', async () => {
    const receiver = await startReceiver(status(500));
    const desk = await deskWith(receiver);
    await desk.json('LAST 1h', ['--profile', 'p.json']);
    const [message] = await listed(desk);
    const dropped = await outbox(desk, ['drop', message?.id ?? '']);
    expect([dropped.code, dropped.out]).toEqual([0, '1 message dropped.\n']);
    expect(await listed(desk)).toEqual([]);
    const audit = await cli(['audit', 'show', 'runs/audit'], { cwd: desk.folder });
    expect(audit.out.trimEnd().split('\n').at(-1)).toContain(`${message?.id} to http://127.0.0.1`);
    expect(audit.out.trimEnd().split('\n').at(-1)).toContain('attempt 2 failed');
  });

  it('says what it does not know, and that an outbox cannot be used', async () => {
    const desk = await deskWith(await startReceiver(status(500)));
    await desk.json('LAST 1h', ['--profile', 'p.json']);
    for (const [args, why] of [
      [['drop'], 'Name the messages'],
      [['drop', 'msg_00000000'], 'There is no message msg_00000000'],
      [['drop', 'msg_'], 'There is no message msg_'],
      [['retry', 'nonsense'], 'There is no message nonsense'],
    ] as const) {
      const ran = await outbox(desk, args);
      expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(why)]);
    }
    await mkdir(desk.path('broken'));
    await writeFile(desk.path('broken', 'outbox'), '');
    const broken = await cli(['outbox', 'list', '--runs', 'broken'], { cwd: desk.folder });
    expect([broken.code, broken.err]).toEqual([3, expect.stringContaining('cannot be used')]);
  });
});
