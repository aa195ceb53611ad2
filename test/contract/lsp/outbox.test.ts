/** Webhooks in the editor: secrets from its storage, deliveries at start, and what a person does with dead letters. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import { METHODS, runResultSchema } from '../../../server/src/protocol/lsp.ts';
import { type Sandbox, startSandbox } from '../../../server/src/sandbox/index.ts';
import { type Receiver, startReceiver, status } from '../output/receiver.ts';
import { type Session, startSession } from './session.ts';

interface Asked {
  readonly profile: string;
  readonly origin: string;
  readonly kind: string;
  readonly quiet: boolean;
}

interface Shown {
  readonly message: string;
  readonly actions?: readonly { readonly title: string }[];
}

let folder: string;
let sandbox: Sandbox;
const open: Session[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxq-outbox-'));
  sandbox = await startSandbox({ interactions: 20, seed: 7, auth: false });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
  await sandbox.close();
  await rm(folder, { recursive: true });
});

/** An editor that answers with what it has stored, and with what a person enters or chooses. */
async function editor(
  receiver: Receiver,
  person: { secret?: string; stored?: string; chooses?: (shown: Shown) => string | undefined } = {},
  more: object = {},
) {
  const session = await startSession({
    profiles: [
      {
        id: 'mine',
        baseUrl: sandbox.baseUrl,
        auth: { kind: 'none' },
        webhook: { url: `http://127.0.0.1:${receiver.port}/hook`, allow: ['127.0.0.1'], secret: 'mining' },
      },
    ],
    connection: 'mine',
    dataFolder: folder,
    user: 'tester',
    trusted: true,
    ...more,
  });
  open.push(session);
  const asked: Asked[] = [];
  const shown: Shown[] = [];
  let { stored } = person;
  session.connection.onRequest(METHODS.credentials, (params: Asked) => {
    asked.push(params);
    if (!params.quiet) stored = person.secret;
    return { credentials: stored === undefined ? null : { token: stored } };
  });
  session.connection.onRequest('window/showMessageRequest', (one: Shown) => {
    shown.push(one);
    const title = (one.actions ?? []).length === 0 ? undefined : person.chooses?.(one);
    return title === undefined ? null : { title };
  });
  const run = async () => {
    const params = { uri: 'file:///q.cxq', text: 'LAST 1h', index: 0, token: 'one' };
    const result = runResultSchema.parse(await session.connection.sendRequest<unknown>(METHODS.run, params));
    const [first] = result.runs;
    if (first === undefined) throw new Error(result.error?.message);
    return first;
  };
  return { session, asked, shown, run };
}

const waiting = () => listOutbox(join(folder, 'outbox'));

describe('webhooks of the editor', () => {
  it('are signed with a secret that is asked for after the run, once, for the receiver’s origin', async () => {
    const receiver = await startReceiver(status(204));
    const { asked, run } = await editor(receiver, { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
    const first = await run();
    expect(first.webhook).toEqual({ status: 'pending', attempts: 0 });
    expect(first.notes.join(' ')).toContain('no signing secret “mining”');
    await expect.poll(() => receiver.requests.length).toBe(1);
    expect(receiver.requests[0]?.headers).toHaveProperty('webhook-signature');
    await expect.poll(waiting).toEqual([]);
    expect(asked.filter(({ quiet }) => !quiet)).toEqual([
      {
        profile: 'webhook:mining',
        origin: `http://127.0.0.1:${receiver.port}`,
        kind: 'webhook-secret',
        quiet: false,
      },
    ]);
    expect((await run()).webhook).toEqual({ status: 'delivered', attempts: 1 });
    expect(asked.filter(({ quiet }) => !quiet)).toHaveLength(1);
  });

  it('wait where no secret is given, and nothing goes out unsigned', async () => {
    const receiver = await startReceiver(status(204));
    const { asked, run } = await editor(receiver);
    await run();
    await expect.poll(() => asked.filter(({ quiet }) => !quiet).length).toBe(1);
    expect(receiver.requests).toEqual([]);
    expect(await waiting()).toMatchObject([{ state: 'pending', attempts: 0 }]);
  });

  it('that were given up are told of with why, and sent again or discarded as a person chooses', async () => {
    let code = 404;
    const receiver = await startReceiver((response) => status(code)(response));
    const choices = ['Send Again', 'Discard'];
    const { shown, run } = await editor(receiver, {
      secret: 'any secret',
      chooses: ({ message }) => {
        if (message.startsWith('A webhook')) code = 204;
        return choices.shift();
      },
    });
    await run();
    // Its secret was asked for after the run; the receiver refused what was then sent.
    await expect.poll(() => shown.length).toBeGreaterThan(0);
    expect(shown[0]?.message).toMatch(/^A webhook was given up: .*HTTP 404/);
    expect(shown[0]?.actions?.map(({ title }) => title)).toEqual(['Send Again', 'Discard']);
    await expect.poll(() => shown.at(-1)?.message).toBe('What was given up is delivered now.');
    expect(await waiting()).toEqual([]);
    expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toHaveLength(2);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    code = 410;
    expect((await run()).webhook?.status).toBe('failed');
    await expect.poll(() => shown.some(({ message }) => message.includes('HTTP 410'))).toBe(true);
    await expect.poll(waiting).toEqual([]);
  });

  it('that waited are sent when an editor starts, in a trusted workspace alone', async () => {
    let code = 503;
    const receiver = await startReceiver((response) => status(code)(response));
    const first = await editor(receiver, { secret: 'any secret' });
    await first.run();
    await expect.poll(async () => (await waiting())[0]?.attempts ?? 0).toBe(1);
    const sent = receiver.requests.length;
    await Promise.all(open.splice(0).map((session) => session.close()));
    // The receiver is back, and the time has come.
    code = 204;
    const [name = ''] = (await readdir(join(folder, 'outbox'))).filter((one) => one.endsWith('.json'));
    const path = join(folder, 'outbox', name);
    const message = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...message, nextAttemptAt: '2026-01-01T00:00:00Z' }));
    const stored = { stored: 'any secret' };
    const untrusted = await editor(receiver, stored, { trusted: false });
    await sleep(3_000);
    expect([untrusted.asked, receiver.requests.length]).toEqual([[], sent]);
    const trusted = await editor(receiver, stored);
    await expect.poll(() => receiver.requests.length, { timeout: 10_000 }).toBe(sent + 1);
    await expect.poll(waiting).toEqual([]);
    expect(trusted.asked.every(({ quiet }) => quiet)).toBe(true);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});
