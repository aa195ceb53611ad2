/** The connections to start from, each from its file to the result of a run: `examples/connections`. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { startSandbox } from '../../../server/src/sandbox/index.ts';
import { createTenant, forgetTokens, loadProfileFile } from '../../../server/src/tenant/index.ts';
import type { NetworkOptions } from '../../../server/src/tenant/network.ts';
import { cli } from '../cli/support.ts';
import { createAuthority } from '../support/certificates.ts';
import { startProxy } from '../support/proxy.ts';
import { hurriedClock, ids, request } from './support/ask.ts';
import { records, sendJson, startFaultTenant } from './support/fault-tenant.ts';

const FOLDER = 'examples/connections';
const fileOf = (name: string): string => join(FOLDER, `${name}.cxq-profile.json`);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cxq-examples-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  forgetTokens();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function loaded(path: string, env: Record<string, string>) {
  const read = await loadProfileFile(path, env);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read;
}

/** A tenant over TLS that every name leads to, and the network options under which it does. */
async function behindNames(names: readonly string[], options: Parameters<typeof startFaultTenant>[0]) {
  const authority = createAuthority();
  const tenant = await startFaultTenant({ ...options, tls: authority.issue(names) });
  const proxy = await startProxy({ leadsTo: () => tenant.port });
  open.push(tenant, proxy);
  const network: NetworkOptions = { environment: {}, proxy: proxy.url };
  return { tenant, proxy, authority, network };
}

const KEY = { CXONE_USERNAME: 'key-id', CXONE_PASSWORD: 'key-secret' };

describe('a connection to start from', () => {
  it('is each file of the folder, which says what was not tried', async () => {
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.cxq-profile.json'));
    const readme = await readFile(join(FOLDER, 'README.md'), 'utf8');
    expect(files.length).toBe(4);
    for (const file of files) {
      const { profile } = await loaded(join(FOLDER, file), {});
      expect(`${profile.id}.cxq-profile.json`).toBe(file);
      expect(profile.label).toMatch(/never on a live (tenant|one)|made up/);
      expect(readme).toContain(`(${file})`);
    }
  });

  it('the tutorial’s, on the sandbox tenant', async () => {
    const sandbox = await startSandbox({ interactions: 40, seed: 5 });
    open.push(sandbox);
    const env = { CXONE_CLIENT_ID: sandbox.clientId, CXONE_CLIENT_SECRET: sandbox.clientSecret };
    const query = join(scratch, 'a.cxq');
    await writeFile(query, 'QUERY a LAST 24h');
    const profile = fileOf('tutorial');
    const ran = await cli(
      [
        'run',
        query,
        '--profile',
        profile,
        '--base-url',
        sandbox.baseUrl,
        '--runs',
        scratch,
        '--format',
        'json',
      ],
      { env },
    );
    expect(ran.err).toBe('');
    expect(JSON.parse(ran.out).outcome).toBe('complete');
  });

  it('an access key’s: sent as JSON to a host of its own, the answer under other names', async () => {
    const rows = records(7);
    const names = ['api-na1.nice-incontact.com', 'na1.nice-incontact.com'];
    const { tenant, proxy, network, authority } = await behindNames(names, {
      fault: ({ path, json }, response) => {
        if (path === '/authentication/v1/token/access-key') {
          sendJson(response, 200, { access_token: 'granted', token_type: 'bearer', expires_in: '3600' });
          return true;
        }
        const { size, skip } = Object(json['page']);
        const items = rows.slice(Number(skip), Number(skip) + Number(size));
        sendJson(response, 200, { result: { items, count: rows.length } });
        return true;
      },
    });
    const { profile, credentials } = await loaded(fileOf('access-key'), KEY);
    const options = { clock: hurriedClock(), network: { ...network, certificates: [authority.cert] } };
    const filter = "errorState = True AND interactionId = 'o''clock'";
    const result = await createTenant(profile, credentials, options).retrieve(
      request({ batches: [{ filter }], pageSize: 3, mode: 'stream' }),
    );
    expect(result).toMatchObject({ outcome: 'complete', stats: { records: 7, expected: 7 } });
    const [token, first] = tenant.asked;
    expect(token?.json).toEqual({ accessKeyId: 'key-id', accessKeySecret: 'key-secret' });
    expect(token?.headers['content-type']).toBe('application/json');
    expect(first?.headers.authorization).toBe('Bearer granted');
    expect(first?.json).toEqual({
      query: { where: filter, order: 'nodeTimestamp DESC' },
      page: { size: 3, skip: 0 },
    });
    expect(new Set(proxy.connects.map(({ target }) => target))).toEqual(
      new Set(names.map((name) => `${name}:443`)),
    );
  });

  it('a private gateway’s: one request an id, its headers, its authority, durations for end times', async () => {
    const trace = (id: string): JsonObject => ({
      contact: { id },
      script: { id: 7, name: 'Voice' },
      events: [
        {
          action: { id: 'menu', label: 'Menu', type: 'DECISION' },
          at: '2026-11-22T07:00:00Z',
          tookMs: 12_500,
          failed: 'false',
          vars: { before: { queue: null }, after: { queue: 'billing' } },
        },
      ],
    });
    const { tenant, network, authority } = await behindNames(['gateway.example.com'], {
      fault: ({ path }, response) => {
        if (path === '/identity/connect/token')
          sendJson(response, 200, { token: { value: 'inner', seconds: 600 } });
        else {
          const id = /^\/cx\/interactions\/(.+)\/trace\?detail=full$/.exec(path)?.[1];
          if (id === undefined || id === 'gone') sendJson(response, 404, {});
          else sendJson(response, 200, { traces: [trace(decodeURIComponent(id))] });
        }
        return true;
      },
    });
    const folder = join(scratch, 'gateway');
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'mine.cxq-profile.json');
    await copyFile(fileOf('private-gateway'), path);
    const env = { ...KEY, CXONE_CLIENT_ID: 'client', CXONE_CLIENT_SECRET: 'client-secret' };
    const { profile, credentials } = await loaded(path, env);
    const subject = createTenant(profile, credentials, { clock: hurriedClock(), network });
    const asked = request({ batches: [{ filter: '', ids: ['a/1', 'gone', 'b'] }] });
    const before = await subject.retrieve(asked);
    expect(before.error?.message).toContain(
      `${join(folder, 'private-ca.pem')} cannot be used: there is no such file`,
    );
    // The authority lies beside the profile, as the profile says.
    await writeFile(join(folder, 'private-ca.pem'), authority.cert);
    const result = await subject.retrieve(asked);
    expect(result.error).toBeUndefined();
    expect(ids(result)).toEqual(['a/1', 'b']);
    const [token] = tenant.asked;
    expect(Object.fromEntries(new URLSearchParams(token?.body))).toEqual({
      grant_type: 'password',
      username: 'key-id',
      password: 'key-secret',
      scope: 'history.read',
    });
    expect(token?.headers.authorization).toBe(`Basic ${btoa('client:client-secret')}`);
    // Headers of the profile go with history alone.
    expect(token?.headers).not.toHaveProperty('x-business-unit');
    const history = tenant.asked.filter(({ path: at }) => at.startsWith('/cx/'));
    expect(history.map(({ headers }) => headers['x-business-unit'])).toEqual(
      history.map(() => 'support-emea'),
    );
    const [step] = result.records[0]?.steps ?? [];
    expect(step).toMatchObject({
      nodeId: 'menu',
      nodeType: 'DECISION',
      errorState: false,
      variablesAfter: { queue: 'billing' },
    });
    expect((step?.endTime ?? 0) - (step?.startTime ?? 0)).toBe(12_500_000);
    // Only the id is the tenant's to decide.
    expect(profile.filter.fields).toEqual(['interactionId']);
  });

  it('a log file’s, with no tenant: by the command that it names', async () => {
    const query = join(FOLDER, 'imported-log.cxq');
    const args = ['run', query, '--profile', fileOf('imported-log'), '--runs', scratch];
    const ran = await cli([...args, '--format', 'json', '--now', '2026-11-22T08:00:00Z'], {});
    expect([ran.code, ran.err]).toEqual([0, '']);
    const { outcome, analysis } = JSON.parse(ran.out);
    expect(outcome).toBe('complete');
    expect(analysis.interactions).toBe(2);
    expect(analysis.bottlenecks.map(({ nodeId }: { nodeId: string }) => nodeId)).toEqual(
      expect.arrayContaining(['menu', 'queue']),
    );
  });
});
