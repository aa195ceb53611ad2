import { readdir } from 'node:fs/promises';
import { Agent } from 'undici';
import { describe, expect, it } from 'vitest';
import { listOutbox } from '../../../server/src/output/webhook/outbox.ts';
import { type FlushOptions, flushOutbox } from '../../../server/src/output/webhook/send.ts';
import { startReceiver, status } from './receiver.ts';
import { CERTIFICATE } from './tls.ts';
import { setUp } from './webhook-support.ts';

describe('addresses', () => {
  it('that are none are refused, and names without one wait', async () => {
    const { sendTo } = await setUp();
    expect(await sendTo('nonsense')).toMatchObject({ status: 'refused', origin: '' });
    const nowhere = await setUp({ allow: [], waitsMs: [], resolve: async () => [] });
    expect(await nowhere.sendTo('https://hooks.example.test/')).toMatchObject({
      status: 'pending',
      message: expect.stringContaining('ENOTFOUND'),
    });
    const down = await setUp({ allow: [], waitsMs: [], resolve: () => Promise.reject('resolver down') });
    expect(await down.sendTo('https://hooks.example.test/')).toMatchObject({
      status: 'pending',
      message: expect.stringContaining('resolver down'),
    });
  });

  it('that are literal are checked before a proxy is asked, and are not looked up', async () => {
    const receiver = await startReceiver(status(200));
    const asked: string[] = [];
    const proxied: string[] = [];
    const more = {
      resolve: async (name: string) => {
        asked.push(name);
        return [];
      },
      proxy: async (url: URL) => {
        proxied.push(url.hostname);
        return new Agent();
      },
    };
    const open = await setUp(more);
    expect(await open.send(receiver)).toMatchObject({ status: 'delivered' });
    const closed = await setUp({ ...more, allow: [] });
    expect(await closed.send(receiver)).toMatchObject({ status: 'refused' });
    expect([asked, proxied]).toEqual([[], ['127.0.0.1']]);
  });

  it('that are names are looked up by the system', async () => {
    const receiver = await startReceiver(status(200));
    const { send } = await setUp();
    expect(await send(receiver, '/hook', 'localhost')).toMatchObject({ status: 'delivered' });
    expect(receiver.requests[0]?.headers.host).toBe(`localhost:${receiver.port}`);
  });

  it('that say twice how long to wait are believed the first time', async () => {
    const receiver = await startReceiver((response) => {
      response.setHeader('retry-after', ['3600', '0']);
      status(503)(response);
    });
    const { send } = await setUp();
    expect(await send(receiver)).toMatchObject({ status: 'pending', attempts: 1 });
  });

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
