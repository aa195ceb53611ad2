/** Webhooks through a proxy: the receiver is beyond it, and what is private stays refused where that is known. */
import { createServer } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Destination,
  type PostOptions,
  postMessage,
  type Resolve,
} from '../../../server/src/output/webhook/post.ts';
import { throughProxy } from '../../../server/src/tenant/connections.ts';
import { createAuthority } from '../support/certificates.ts';
import { type ProxyOptions, startProxy } from '../support/proxy.ts';

const HOST = 'hooks.example.test';
const authority = createAuthority();

const MESSAGE = {
  schemaVersion: 2,
  id: 'msg_1',
  runId: 'r1',
  connection: 'acme',
  tenant: 'https://acme.example',
  origin: `https://${HOST}`,
  url: null,
  body: '{"status":"completion"}',
  createdAt: '2026-11-22T08:00:00Z',
  queuedAt: '2026-11-22T08:00:00Z',
  attempts: 0,
  nextAttemptAt: '2026-11-22T08:00:00Z',
  lastError: null,
} as const;

async function setUp(options: ProxyOptions = {}, user = '') {
  const received: string[] = [];
  const server = createServer(authority.issue([HOST]), async (request, response) => {
    let body = '';
    for await (const bytes of request) body += String(bytes);
    received.push(`${request.method} ${request.headers.host}${request.url} ${body}`);
    response.end('taken');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const proxy = await startProxy({ leadsTo: () => port, ...options });
  onTestFinished(async () => {
    server.closeAllConnections();
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const network = {
    environment: {},
    certificates: [authority.cert],
    proxy: proxy.url.replace('//', `//${user}`),
  };
  const destination: Destination = {
    url: `https://${HOST}/hook?key=canary`,
    allow: [],
    secret: null,
    proxy: (url, signal) => throughProxy(url, network, signal),
  };
  const unknown: Resolve = async () => {
    throw Object.assign(new Error('not known'), { code: 'ENOTFOUND' });
  };
  const post = (more: Partial<PostOptions> = {}) =>
    postMessage({ ...MESSAGE }, destination, { resolve: unknown, ...more });
  return { received, proxy, post };
}

describe('a webhook behind a proxy', () => {
  it('is delivered, although its name is not known here', async () => {
    const { received, proxy, post } = await setUp({ credentials: 'ana:word' }, 'ana:word@');
    expect(await post()).toMatchObject({ outcome: 'delivered', httpStatus: 200 });
    expect(received).toEqual([`POST ${HOST}/hook?key=canary ${MESSAGE.body}`]);
    expect(proxy.connects).toEqual([expect.objectContaining({ target: `${HOST}:443`, granted: true })]);
    await proxy.quiet();
  });

  it('is delivered when the look-up hangs, and when it is public; refused when it is private here', async () => {
    const { received, proxy, post } = await setUp();
    expect(await post({ resolve: () => new Promise(() => undefined) })).toMatchObject({
      outcome: 'delivered',
    });
    expect(await post({ resolve: async () => ['93.184.216.34'] })).toMatchObject({ outcome: 'delivered' });
    const refused = await post({ resolve: async () => ['93.184.216.34', '10.0.0.7'] });
    expect(refused).toMatchObject({ outcome: 'refused', message: expect.stringContaining('10.0.0.7') });
    expect(received).toHaveLength(2);
    expect(proxy.connects).toHaveLength(2);
  });

  it('says which proxy is in the way, without its password and without the address of the hook', async () => {
    const { proxy, post } = await setUp({ credentials: 'ana:right' }, 'ana:canary-password@');
    const { outcome, message } = await post();
    expect(outcome).toBe('retry');
    expect(message).toContain(`The proxy ${proxy.url} (the proxy of the options) does not accept`);
    expect(message).not.toContain('canary');
  });

  it('ends in time when the proxy never answers', async () => {
    const { proxy, post } = await setUp({ answer: () => null });
    expect(await post({ timeoutMs: 300 })).toMatchObject({
      outcome: 'retry',
      message: expect.stringContaining('no answer in time'),
    });
    await proxy.quiet();
  });
});
