/** The command line as a process of its own: the environment's proxy and certificates, and where its password goes. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/certificates.ts';
import { startProxy, type TestProxy } from '../support/proxy.ts';
import { type FaultTenant, records, startFaultTenant } from '../tenant/support/fault-tenant.ts';

const DOOR = new URL('../../../server/src/cli.ts', import.meta.url).pathname;
const PASSWORD = 'canary-proxy-password';
const SECRET = 'canary-client-secret';
const authority = createAuthority();

let folder: string;
let ca: string;
let tenant: FaultTenant;
let proxy: TestProxy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxq-cli-network-'));
  ca = join(folder, 'ca.pem');
  await writeFile(ca, authority.cert);
  await writeFile(join(folder, 'a.cxq'), 'QUERY a LAST 1h');
  tenant = await startFaultTenant({ rows: records(5), tls: authority.issue(['acme.my.cxone.com']) });
  proxy = await startProxy({ leadsTo: () => tenant.port, credentials: `ana:${PASSWORD}` });
});
afterAll(async () => {
  await Promise.all([tenant.close(), proxy.close()]);
  await rm(folder, { recursive: true });
});

/** Runs the query with exactly this environment, beside what a process needs. */
async function run(env: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [DOOR, 'run', 'a.cxq', '--runs', 'runs', '--format', 'json'], {
    cwd: folder,
    env: {
      ...{ PATH: process.env['PATH'], HOME: folder },
      ...{ CXONE_TENANT: 'acme', CXONE_CLIENT_ID: 'id', CXONE_CLIENT_SECRET: SECRET },
      ...env,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString('utf8');
  });
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

const signedIn = (): string => proxy.url.replace('//', `//ana:${PASSWORD}@`);

/** Everything that was written below a folder, as one text. */
async function written(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

describe('cxq run', () => {
  it.each([
    ['an authority of the system’s store', 'SSL_CERT_FILE'],
    ['an authority of NODE_EXTRA_CA_CERTS', 'NODE_EXTRA_CA_CERTS'],
  ])('goes through the proxy of the environment, to a tenant under %s', async (_, variable) => {
    const before = proxy.connects.length;
    const { code, out, err } = await run({ HTTPS_PROXY: signedIn(), [variable]: ca });
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'complete' });
    const connects = proxy.connects.slice(before);
    expect(connects.length).toBeGreaterThan(0);
    expect(connects.every(({ target, granted }) => granted && target === 'acme.my.cxone.com:443')).toBe(true);
    const everything = (await written(join(folder, 'runs'))) + out + err;
    expect(everything.length).toBeGreaterThan(100);
    expect(everything).not.toContain('canary');
    expect(everything).not.toContain(Buffer.from(`ana:${PASSWORD}`).toString('base64'));
  });

  it('refuses a tenant whose authority nobody knows, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const asked = tenant.asked.length;
    const env = { HTTPS_PROXY: signedIn(), NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
    const { code, err } = await run(env);
    expect(code).toBe(3);
    expect(err).toContain('signed by an authority that is not trusted here');
    expect(tenant.asked.length).toBe(asked);
  });

  it('names a proxy that refuses, and not its password', async () => {
    const wrong = proxy.url.replace('//', '//ana:canary-wrong-password@');
    const { code, out, err } = await run({ https_proxy: wrong, NODE_EXTRA_CA_CERTS: ca });
    expect(code).toBe(3);
    expect(err).toContain(`The proxy ${proxy.url} (https_proxy of the environment) does not accept`);
    expect(out + err + (await written(join(folder, 'runs')))).not.toContain('canary');
  });
});
