import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import { type FlushOptions, flushOutbox } from '../../../server/src/output/webhook/send.ts';
import { startReceiver, status } from './receiver.ts';
import { CERTIFICATE } from './tls.ts';
import { setUp } from './webhook-support.ts';

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
