import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../server/src/tenant/clock.ts';
import { throughProxy } from '../../../server/src/tenant/connections.ts';
import { createTenant, forgetTokens, type RetrievalResult } from '../../../server/src/tenant/index.ts';
import type { NetworkOptions } from '../../../server/src/tenant/network.ts';
import { createTransport } from '../../../server/src/tenant/transport.ts';
import { createAuthority } from '../support/certificates.ts';
import { type ProxyOptions, startProxy, type TestProxy } from '../support/proxy.ts';
import { hurriedClock, ids, profileFor, request, SECRET } from './support/ask.ts';
import {
  type FaultTenant,
  type FaultTenantOptions,
  records,
  startFaultTenant,
} from './support/fault-tenant.ts';

const HOST = 'tenant.example';
const authority = createAuthority();
const good = authority.issue([HOST]);

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  forgetTokens();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function tenantOver(options: FaultTenantOptions = {}): Promise<FaultTenant> {
  const tenant = await startFaultTenant({ rows: records(450), tls: good, ...options });
  open.push(tenant);
  return tenant;
}

async function proxyTo(tenant: FaultTenant, options: ProxyOptions = {}): Promise<TestProxy> {
  const proxy = await startProxy({ leadsTo: () => tenant.port, ...options });
  open.push(proxy);
  return proxy;
}

interface Way {
  readonly baseUrl?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
}

function retrieve(network: NetworkOptions, way: Way = {}): Promise<RetrievalResult> {
  const profile = profileFor(way.baseUrl ?? `https://${HOST}`, way.profile);
  return createTenant(
    profile,
    { clientId: 'id', clientSecret: SECRET },
    { clock: hurriedClock(), network: { environment: {}, certificates: [authority.cert], ...network } },
  ).retrieve(request({ retries: 2 }));
}

/** Every name is this machine. */
const here: LookupFunction = (_name, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

const all = records(450).map(({ interactionId }) => interactionId);
const withUser = (proxy: TestProxy, user: string): string => proxy.url.replace('//', `//${user}@`);

describe('through a proxy', () => {
  it('goes every request to another host, each lane over one connection of its own', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant);
    const result = await retrieve({ proxy: proxy.url });
    expect(result.error).toBeUndefined();
    expect(ids(result)).toEqual(all);
    expect(new Set(proxy.connects.map(({ target }) => target))).toEqual(new Set([`${HOST}:443`]));
    expect(proxy.connects.length).toBeLessThanOrEqual(6);
    expect(tenant.counts.connections).toBe(proxy.connects.length);
    expect(proxy.others).toEqual([]);
    // What is said to the tenant is not said to the proxy.
    expect(proxy.connects.every(({ authorization }) => authorization === null)).toBe(true);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])('as %s of the environment says', async (name) => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant);
    const result = await retrieve({ environment: { [name]: proxy.url.replace('http://', '') } });
    expect(ids(result)).toEqual(all);
    expect(proxy.connects.length).toBeGreaterThan(0);
  });

  it('with user and password of its address, as Basic', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { credentials: 'ana:p@ss:wörd' });
    const result = await retrieve({ proxy: withUser(proxy, 'ana:p%40ss%3Aw%C3%B6rd') });
    expect(ids(result)).toEqual(all);
    expect(proxy.connects.every(({ granted }) => granted)).toBe(true);
    // The tenant never sees what was meant for the proxy.
    expect(tenant.asked.some(({ headers }) => 'proxy-authorization' in headers)).toBe(false);
  });

  it('with the header that the editor has', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { credentials: 'a:b' });
    const result = await retrieve({ proxy: proxy.url, proxyAuthorization: 'Basic YTpi' });
    expect(ids(result)).toEqual(all);
  });

  it('that speaks TLS, under a name and an authority that are trusted', async () => {
    const tenant = await tenantOver();
    const tls = authority.issue(['127.0.0.1']);
    const proxy = await proxyTo(tenant, { tls, credentials: 'ana:secret-word' });
    expect(ids(await retrieve({ proxy: withUser(proxy, 'ana:secret-word') }))).toEqual(all);
    const other = await proxyTo(tenant, { tls: createAuthority('other').issue(['127.0.0.1']) });
    const result = await retrieve({ proxy: other.url });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'tls', retriable: false } });
    expect(result.error?.message).toContain(`proxy ${other.url} (the proxy of the options)`);
    expect(result.stats.retries).toBe(0);
    expect(other.connects).toEqual([]);
  });

  it('not where NO_PROXY names the host, and never to this machine', async () => {
    const tenant = await tenantOver({ tls: authority.issue([HOST, '127.0.0.1']) });
    const proxy = await proxyTo(tenant);
    const environment = { HTTPS_PROXY: proxy.url, NO_PROXY: 'elsewhere.example, .example' };
    const away = await retrieve({ environment, lookup: here }, { baseUrl: `https://${HOST}:${tenant.port}` });
    expect(ids(away)).toEqual(all);
    const local = await retrieve({ proxy: proxy.url, noProxy: '' }, { baseUrl: tenant.url });
    expect(ids(local)).toEqual(all);
    expect(proxy.connects).toEqual([]);
  });
});

describe('a proxy that does not lead there', () => {
  it.each([
    [
      'asks for a user',
      'proxy',
      /proxy http:\/\/127\.0\.0\.1:\d+ \(.*\) asks for a user name and a password/,
    ],
    ['was given the wrong one', 'ana:wrong-word@', /does not accept the user name and password/],
  ])('because it %s: said so once, without the password', async (_, user, message) => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { credentials: 'ana:right-word' });
    const url = user.endsWith('@') ? withUser(proxy, user.slice(0, -1)) : proxy.url;
    const result = await retrieve({ proxy: url });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'proxy', status: 407, retriable: false },
    });
    expect(result.error?.message).toMatch(message);
    expect(JSON.stringify(result.error)).not.toContain('wrong-word');
    expect(proxy.connects).toHaveLength(1);
    expect(tenant.counts.connections).toBe(0);
  });

  it('because it wants a sign-in that is not supported', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { credentials: 'a:b', challenge: 'Negotiate, NTLM' });
    const result = await retrieve({ proxy: proxy.url });
    expect(result.error?.message).toContain('(Negotiate, NTLM); Basic is');
    expect(proxy.connects).toHaveLength(1);
  });

  it('because it forbids the host: not tried again', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { answer: () => 'HTTP/1.1 403 Not\u001b[31m here\r\n\r\n' });
    const result = await retrieve({ proxy: proxy.url });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'proxy', status: 403 } });
    expect(result.error?.message).toContain(`refuses a connection to ${HOST}:443`);
    expect(result.error?.message).not.toContain('\u001b');
    expect(proxy.connects).toHaveLength(1);
  });

  it('because the host does not answer it: tried again', async () => {
    const tenant = await tenantOver();
    let failures = 2;
    const proxy = await proxyTo(tenant, {
      answer: () => (failures-- > 0 ? 'HTTP/1.1 502 Bad gateway\r\n\r\n' : undefined),
    });
    const result = await retrieve({ proxy: proxy.url });
    expect(ids(result)).toEqual(all);
    expect(result.stats.retries).toBe(2);
    const never = await proxyTo(tenant, { answer: () => 'HTTP/1.1 504 Too late\r\n\r\n' });
    const failed = await retrieve({ proxy: never.url });
    expect(failed.error?.message).toContain(`could not reach ${HOST}:443 (504 Too late)`);
    expect(never.connects).toHaveLength(3);
  });

  it('because nothing listens there', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant);
    await proxy.close();
    const result = await retrieve({ proxy: withUser(proxy, 'ana:hidden-word') });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'proxy', retriable: true } });
    expect(result.error?.message).toContain(
      `proxy ${proxy.url} (the proxy of the options) cannot be reached: nothing listens`,
    );
    expect(result.error?.message).not.toContain('hidden-word');
  });

  it('because it hangs up, or is no proxy at all', async () => {
    const tenant = await tenantOver();
    const silent = await proxyTo(tenant, { answer: () => '' });
    expect((await retrieve({ proxy: silent.url })).error).toMatchObject({ code: 'proxy', retriable: true });
    const other = await proxyTo(tenant, { answer: () => 'SSH-2.0-OpenSSH_9.2\r\n' });
    const result = await retrieve({ proxy: other.url });
    expect(result.error?.message).toMatch(/What answers at http:\/\/127\.0\.0\.1:\d+ .* is not a proxy/);
    // TLS is spoken where the proxy does not.
    const plain = await retrieve({ proxy: other.url.replace('http:', 'https:') });
    expect(plain).toMatchObject({ error: { code: 'tls', retriable: false } });
  });

  it('because it never answers: the time to connect ends it, and the proxy is named', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { answer: () => null });
    const transport = createTransport({ environment: {}, proxy: proxy.url });
    const limits = { connectMs: 200, headersMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
    const asked = {
      method: 'GET',
      url: `https://${HOST}/`,
      headers: {},
      limits,
      clock: systemClock,
    } as const;
    const sent = await transport.send(asked, new AbortController().signal);
    const message = `No connection to ${HOST} could be made through the proxy ${proxy.url} within 0.2 s.`;
    expect(sent).toMatchObject({ ok: false, error: { code: 'timeout' } });
    expect(sent.ok ? '' : sent.error.message).toContain(message);
    expect(proxy.connects).toHaveLength(1);
  });

  it.each([
    ['socks5://proxy.example:1080', /SOCKS/],
    ['http://', /is not an address/],
    ['ftp://ana:hidden-word@proxy.example', /http:\/\/ or https:\/\//],
  ])('because its address cannot be one: %s', async (proxy, message) => {
    const result = await retrieve({ proxy, proxySource: 'http.proxy' });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'proxy' },
      stats: { tokens: 1, requests: 0, retries: 0 },
    });
    expect(result.error?.message).toMatch(message);
    expect(result.error?.message).toContain('http.proxy');
    expect(result.error?.message).not.toContain('hidden-word');
  });

  it('and a run that is cancelled meanwhile leaves it at once', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { answer: () => null });
    const controller = new AbortController();
    const running = createTenant(
      profileFor(`https://${HOST}`),
      { clientId: 'id', clientSecret: SECRET },
      { network: { environment: {}, proxy: proxy.url } },
    ).retrieve(request(), { signal: controller.signal });
    while (proxy.connects.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await running).toMatchObject({ outcome: 'cancelled' });
    await proxy.quiet();
  });
});

describe('a message to another host than a tenant', () => {
  it('has a way through the proxy, which ends with it; none where the way is straight', async () => {
    const tenant = await tenantOver();
    const proxy = await proxyTo(tenant, { credentials: 'ana:right-word' });
    const network = {
      environment: {},
      certificates: [authority.cert],
      proxy: withUser(proxy, 'ana:right-word'),
    };
    const over = new AbortController();
    const url = new URL(`https://${HOST}/hook`);
    expect(await throughProxy(new URL('http://127.0.0.1:9/hook'), network, over.signal)).toBeNull();
    expect(await throughProxy(url, { ...network, noProxy: HOST }, over.signal)).toBeNull();
    const way = await throughProxy(url, network, over.signal);
    if (way === null) throw new Error('no way');
    const { statusCode, body } = await way.request({
      origin: url.origin,
      path: '/hook',
      method: 'POST',
      body: '{}',
    });
    await body.dump();
    await way.destroy();
    expect([statusCode, tenant.asked.map(({ path }) => path)]).toEqual([200, ['/hook']]);
    expect(proxy.connects).toEqual([expect.objectContaining({ granted: true, target: `${HOST}:443` })]);
    await expect(throughProxy(url, { ...network, proxy: 'socks5://a' }, over.signal)).rejects.toThrow(
      'SOCKS',
    );

    const silent = await proxyTo(tenant, { answer: () => null });
    const stuck = await throughProxy(url, { ...network, proxy: silent.url }, over.signal);
    if (stuck === null) throw new Error('no way');
    const asking = stuck.request({ origin: url.origin, path: '/', method: 'GET', signal: over.signal });
    const refused = expect(asking).rejects.toThrow();
    while (silent.connects.length === 0) await new Promise((resolve) => setImmediate(resolve));
    over.abort();
    await refused;
    await stuck.destroy();
    // Only then does nothing hold the proxy any more.
    await silent.quiet();
  });
});

describe('certificates', () => {
  const direct = (tenant: FaultTenant, network: NetworkOptions, profile = {}) =>
    retrieve({ lookup: here, ...network }, { baseUrl: `https://${HOST}:${tenant.port}`, profile });

  it.each([
    [
      'an unknown authority',
      createAuthority('unknown').issue([HOST]),
      /signed by an authority that is not trusted here \(/,
    ],
    ['another name', authority.issue(['other.example']), /for another name \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    [
      'a time that is over',
      authority.issue([HOST], { from: new Date(Date.now() - 9e8), to: new Date(Date.now() - 8e8) }),
      /has expired/,
    ],
  ])('of %s are refused, and that is never retried', async (name, tls, message) => {
    const tenant = await tenantOver({ tls });
    const result = await direct(tenant, { noProxy: name });
    expect(result).toMatchObject({
      outcome: 'failed',
      error: { code: 'tls', retriable: false },
      stats: { tokens: 1, requests: 0, retries: 0 },
    });
    expect(result.error?.message).toMatch(message);
    expect(tenant.counts.connections).toBe(1);
    expect(tenant.asked).toEqual([]);
  });

  it('of a private gateway are accepted where the profile names its authority; a new file counts at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-ca-'));
    try {
      const tenant = await tenantOver();
      const path = join(folder, 'ca.pem');
      const profile = { certificates: [path] };
      const network = { certificates: [] };
      const missing = await direct(tenant, network, profile);
      expect(missing).toMatchObject({ outcome: 'failed', error: { code: 'tls', retriable: false } });
      expect(missing.error?.message).toContain(`${path} cannot be used: there is no such file`);
      await writeFile(path, 'no certificate');
      expect((await direct(tenant, network, profile)).error?.message).toContain('no certificate in PEM form');
      await writeFile(path, authority.cert.replace(/^(-.*\n).{40}/, '$1'));
      expect((await direct(tenant, network, profile)).error?.message).toContain('number 1 is damaged');
      await writeFile(path, createAuthority('other').cert);
      await utimes(path, 1, 1);
      expect((await direct(tenant, network, profile)).error?.message).toContain('not trusted here');
      await writeFile(path, `${createAuthority('third').cert}\nIts neighbour:\n${authority.cert}`);
      expect(ids(await direct(tenant, network, profile))).toEqual(all);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
    const before = process.env[name];
    process.env[name] = '0';
    try {
      const unknown = createAuthority('unknown').issue([HOST, '127.0.0.1']);
      const tenant = await tenantOver({ tls: unknown });
      expect(await direct(tenant, {})).toMatchObject({ outcome: 'failed', error: { code: 'tls' } });
      const proxy = await proxyTo(tenant, { tls: unknown });
      expect(await retrieve({ proxy: proxy.url })).toMatchObject({ error: { code: 'tls' } });
      expect([tenant.asked, proxy.connects]).toEqual([[], []]);
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  });

  it('are checked through a proxy too', async () => {
    const tenant = await tenantOver({ tls: authority.issue(['other.example']) });
    const proxy = await proxyTo(tenant);
    const result = await retrieve({ proxy: proxy.url });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'tls' }, stats: { retries: 0 } });
    expect(proxy.connects).toHaveLength(1);
    expect(tenant.asked).toEqual([]);
  });
});
