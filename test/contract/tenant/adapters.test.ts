import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTenant, testConnection } from '../../../server/src/tenant/index.ts';
import { hurriedClock, ids, profileFor, request, SECRET } from './support/ask.ts';
import { type FaultTenant, record, records, sendJson } from './support/fault-tenant.ts';
import { faultTenants } from './support/tenants.ts';

const credentials = { clientId: 'id', clientSecret: SECRET };
const start = faultTenants();

function oneByOne(): Promise<FaultTenant> {
  return start({
    latency: 2,
    fault: ({ kind, path, number }, response) => {
      if (kind !== 'history') return false;
      const id = decodeURIComponent(path.split('/').at(-1) ?? '');
      if (number === 3) sendJson(response, 503, {});
      else if (!/^i\d+$/.test(id)) sendJson(response, 404, { message: 'no such interaction' });
      else if (id === 'i00002') sendJson(response, 200, { data: [record(2)] });
      else sendJson(response, 200, record(Number(id.slice(1))));
      return true;
    },
  });
}

describe('a tenant that gives one interaction at a time', () => {
  const query = { adapter: 'per-interaction', path: '/interactions/{interactionId}' };

  it('is asked for each id, side by side, in order; an id that it does not know is no record', async () => {
    const tenant = await oneByOne();
    const wanted = [...records(12).map(({ interactionId }) => String(interactionId)), 'gone/away'];
    const subject = createTenant(profileFor(tenant.url, { query }), credentials, { clock: hurriedClock() });
    const result = await subject.retrieve(request({ batches: [{ filter: '', ids: wanted }] }));
    expect(result.error).toBeUndefined();
    expect(ids(result)).toEqual(wanted.slice(0, 12));
    expect(result).toMatchObject({ outcome: 'complete', stats: { expected: 12, retries: 1, requests: 14 } });
    expect(tenant.history().some(({ path }) => path === '/interactions/gone%2Faway')).toBe(true);
    expect(tenant.counts.most).toBeGreaterThan(1);
    expect(tenant.counts.most).toBeLessThanOrEqual(5);
    const some = await subject.retrieve(request({ batches: [{ filter: '', ids: wanted }], limit: 4 }));
    expect(some).toMatchObject({ outcome: 'complete', stats: { records: 4, expected: 4 } });
  });

  it('cannot be asked without ids', async () => {
    const tenant = await oneByOne();
    const result = await createTenant(profileFor(tenant.url, { query }), credentials).retrieve(request());
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'unsupported' } });
    expect(tenant.counts.history).toBe(0);
    expect(await testConnection(profileFor(tenant.url, { query }), credentials)).toEqual({
      ok: true,
      message: `Connected to ${tenant.url}.`,
    });
  });
});

describe('a tenant that is a file', () => {
  it('gives every record of it, and what it cannot read with the reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cxq-file-'));
    try {
      const path = join(folder, 'history.ndjson');
      await writeFile(
        path,
        `${records(5)
          .map((row) => JSON.stringify(row))
          .join('\n')}\n{"interactionId":"x"}\n`,
      );
      const profile = profileFor('', { query: { adapter: 'file', path } });
      const subject = createTenant(profile, {});
      expect(profile.filter.fields).toEqual([]);
      expect(await subject.retrieve(request())).toMatchObject({
        outcome: 'complete',
        stats: { records: 5, rejected: 1, expected: 6, requests: 0 },
      });
      expect(await subject.test()).toEqual({ ok: true, message: `${path} holds 5 interactions.` });
      const log = join(folder, 'log.csv');
      await writeFile(log, 'ticket,activity,timestamp\na,x,2026-11-22T07:00:00Z\n,y,\nb,z,soon\na,y,\n');
      const map = { interactionId: 'ticket', nodeId: 'node.id' };
      const table = createTenant(
        profileFor('', { query: { adapter: 'file', path: log }, response: { map } }),
        {},
      );
      expect(await table.retrieve(request())).toMatchObject({
        outcome: 'complete',
        stats: { records: 1, rejected: 2, expected: 3, requests: 0 },
      });
      const missing = createTenant(profileFor('', { query: { adapter: 'file', path: `${path}.none` } }), {});
      expect(await missing.retrieve(request())).toMatchObject({ outcome: 'failed', error: { code: 'file' } });
      expect(await missing.test()).toMatchObject({ ok: false });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
