/** The editor's proxy and certificate settings reach the server whenever it is about to send something. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { type FaultTenant, records, startFaultTenant } from '../tenant/support/fault-tenant.ts';
import { type Session, startSession } from './session.ts';

const SECRET = 'canary-client-secret';
const PASSWORD = 'canary-proxy-password';
const authority = createAuthority();

let folder: string;
let tenant: FaultTenant;
let proxy: TestProxy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxq-network-'));
  await writeFile(join(folder, 'ca.pem'), authority.cert);
  tenant = await startFaultTenant({ rows: records(3), tls: authority.issue(['tenant.example']) });
  proxy = await startProxy({ leadsTo: () => tenant.port, credentials: `ana:${PASSWORD}` });
});
afterAll(async () => {
  await Promise.all([tenant.close(), proxy.close()]);
  await rm(folder, { recursive: true });
});

const open: Session[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

interface Editor {
  readonly session: Session;
  /** What the editor's settings say from now on. */
  settings: Record<string, unknown>;
  readonly logged: string[];
  asked: number;
}

async function editor(more: Record<string, unknown> = {}): Promise<Editor> {
  const session = await startSession({
    profiles: [
      { id: 'far', baseUrl: 'https://tenant.example', certificates: [join(folder, 'ca.pem')] },
      { id: 'broken', baseUrl: 'https://{nowhere}.example', timeZone: 'Mars' },
    ],
    connection: 'far',
    dataFolder: join(folder, 'data'),
    user: 'tester',
    trusted: true,
    clientCommands: true,
    ...more,
  });
  open.push(session);
  const one: Editor = { session, settings: {}, logged: [], asked: 0 };
  const { connection } = session;
  connection.onRequest('cxq/network', () => {
    one.asked += 1;
    return one.settings;
  });
  connection.onRequest('cxq/credentials', () => ({ credentials: { clientId: 'id', clientSecret: SECRET } }));
  connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
    one.logged.push(message);
  });
  return one;
}

const signedIn = () => ({ proxy: proxy.url.replace('//', `//ana:${PASSWORD}@`) });
const test = ({ session }: Editor) =>
  session.connection.sendRequest<{ ok: boolean; message: string }>('cxq/testConnection', {
    profile: { id: 'far', baseUrl: 'https://tenant.example', certificates: [join(folder, 'ca.pem')] },
  });

describe('the network settings of the editor', () => {
  it('hold for a connection test, and for the next one when they were changed', async () => {
    const one = await editor();
    one.settings = { proxy: 'http://127.0.0.1:1', noProxy: [] };
    const refused = await test(one);
    expect(refused.ok).toBe(false);
    expect(refused.message).toContain('The proxy http://127.0.0.1:1 (http.proxy) cannot be reached');
    const before = proxy.connects.length;
    one.settings = signedIn();
    expect(await test(one)).toMatchObject({ ok: true });
    expect(proxy.connects.length).toBeGreaterThan(before);
    one.settings = { ...signedIn(), proxySupport: 'off' };
    const direct = await test(one);
    expect(direct.message).toContain('tenant.example cannot be reached: its name');
    expect(one.asked).toBe(3);
  });

  it('hold for a run', async () => {
    const one = await editor();
    one.settings = signedIn();
    const before = proxy.connects.length;
    const { runs } = await one.session.connection.sendRequest<{ runs: { outcome: string }[] }>('cxq/run', {
      uri: 'untitled:a',
      text: 'QUERY a LAST 1h',
      index: 0,
      token: 't',
    });
    expect(runs.map(({ outcome }) => outcome)).toEqual(['complete']);
    expect(proxy.connects.length).toBeGreaterThan(before);
  });

  it('are not asked of an editor that has none', async () => {
    const one = await editor({ clientCommands: false });
    const direct = await test(one);
    expect(direct.message).toContain('tenant.example');
    expect(one.asked).toBe(0);
  });

  it('do not make the server trust everybody, and it says why, once', async () => {
    const one = await editor();
    one.settings = { ...signedIn(), proxyStrictSSL: false };
    expect(await test(one)).toMatchObject({ ok: true });
    expect(await test(one)).toMatchObject({ ok: true });
    const other = await one.session.connection.sendRequest<{ message: string }>('cxq/testConnection', {
      profile: { id: 'far', baseUrl: 'https://tenant.example' },
    });
    expect(other.message).toContain('not trusted here');
    expect(one.logged.filter((line) => line.includes('http.proxyStrictSSL is off'))).toHaveLength(1);
  });
});

describe('the report on the network', () => {
  const report = async ({ session }: Editor, params: object = {}): Promise<string> => {
    const { text } = await session.connection.sendRequest<{ text: string }>('cxq/networkReport', params);
    return text;
  };

  it('says what is in force and how far each step comes, without a secret', async () => {
    const one = await editor();
    one.settings = { ...signedIn(), proxyAuthorization: null, systemCertificates: true };
    const text = await report(one);
    expect(text).toContain(`http.proxy: http://127.0.0.1:${proxy.port} (with user and password)`);
    expect(text).toMatch(/\d+ authorities that come with Node\n {2}\d+ of the system\n/);
    expect(text).toContain(`1 of ${join(folder, 'ca.pem')}`);
    expect(text).toContain('https://tenant.example (history, token)');
    expect(text).toContain(
      `Way: through the proxy http://127.0.0.1:${proxy.port}, because of http.proxy, signed in`,
    );
    expect(text).toMatch(/Connection: made by the proxy to tenant\.example in \d+ ms/);
    expect(text).toMatch(/TLS: TLSv1\.3, certificate of tenant\.example by CXQ test authority, valid until/);
    expect(text).toContain('Connected to https://tenant.example: the credentials are accepted');
    expect(text).not.toContain('canary');
    expect(text).not.toContain(Buffer.from(`ana:${PASSWORD}`).toString('base64'));
  });

  it('names the step that fails', async () => {
    const one = await editor();
    one.settings = { proxy: proxy.url, systemCertificates: false, proxyStrictSSL: false };
    const text = await report(one);
    expect(text).toContain('Connection: The proxy');
    expect(text).toContain('asks for a user name and a password (407)');
    expect(text).toContain('those of the system are left out');
    expect(text).toContain('http.proxyStrictSSL: off');
    one.settings = { proxySupport: 'off' };
    const direct = await report(one);
    expect(direct).toContain('Way: direct, because http.proxySupport is off');
    expect(direct).toContain('Name: tenant.example is not known here (ENOTFOUND)');
    expect(direct).toContain('Connection: tenant.example cannot be reached: its name is not known (DNS)');
    one.settings = { proxy: 'socks5://proxy.example' };
    expect(await report(one)).toContain('Way: The proxy of http.proxy is a SOCKS proxy');
  });

  it('of a connection that cannot be used says what is wrong in it', async () => {
    const one = await editor();
    const text = await report(one, { profile: 'broken' });
    expect(text).toContain('There is no usable connection “broken”.');
    expect(text).toContain('cxq.connections[1].baseUrl: uses {nowhere}, which is not among the variables');
    expect(await report(one, { profile: 'none' })).toContain('no usable connection “none”');
  });
});
