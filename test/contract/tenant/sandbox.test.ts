import { afterEach, describe, expect, it } from 'vitest';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';
import {
  createTenant,
  type RetrievalRequest,
  type RetrievalResult,
} from '../../../server/src/tenant/index.ts';
import { hurriedClock, ids, profileFor, request } from './support/ask.ts';

type Mode = 'page' | 'stream';

const NOW = 1_795_330_800_000_000;
const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

async function ask(
  options: SandboxOptions,
  more: Partial<RetrievalRequest> = {},
): Promise<[RetrievalResult, Sandbox]> {
  const sandbox = await startSandbox({ interactions: 620, seed: 7, now: NOW, ...options });
  open.push(sandbox);
  const credentials = { clientId: sandbox.clientId, clientSecret: sandbox.clientSecret };
  const profile = profileFor(sandbox.baseUrl, { limits: { rangeChunkBytes: 60_000 } });
  const tenant = createTenant(profile, credentials, { clock: hurriedClock() });
  const filter = `nodeTimestamp <= '${formatInstant(NOW)}'`;
  return [await tenant.retrieve(request({ batches: [{ filter }], ...more })), sandbox];
}

const calm = new Map<Mode, Promise<readonly unknown[]>>();

/** The ids that the tenant gives where nothing goes wrong: asked once, since they are the same each time. */
function calmly(mode: Mode): Promise<readonly unknown[]> {
  const known = calm.get(mode) ?? ask({}, { mode }).then(([result]) => ids(result));
  calm.set(mode, known);
  return known;
}

describe.each(['page', 'stream'] as const)('the sandbox tenant, asked in mode %s', (mode) => {
  it('is read to the end, whatever its ways', async () => {
    const ways: SandboxOptions[] = [
      {},
      { totals: false },
      { tokens: true },
      { pageCap: 37 },
      { totals: false, pageCap: 60 },
      { recordBooleans: 'title' },
    ];
    for (const way of ways) {
      const [result] = await ask(way, { mode });
      const { total } = result.stats;
      expect(result.outcome, JSON.stringify(way)).toBe('complete');
      if (total !== null) expect(result.stats.records).toBe(total);
      expect(result.stats.records).toBeGreaterThan(500);
      expect(new Set(ids(result)).size).toBe(result.stats.records);
      expect(result.stats).toMatchObject({ rejected: 0, conflicts: 0, throttled: 0 });
    }
  });

  const faults = [
    '429',
    '429-date',
    '5xx',
    '401',
    'html',
    'reset',
    'reset-body',
    'short-body',
    'slow',
    'duplicate',
    'missing',
    'token-5xx',
  ] as const;
  it.each(faults)('with the fault %s gives every record once', async (name) => {
    const wanted = await calmly(mode);
    const rate = name === 'token-5xx' ? 1 : 0.4;
    const [result, sandbox] = await ask({ faults: [{ name, rate, times: 3 }] }, { mode });
    expect(sandbox.log.filter((fault) => fault.name === name).length).toBeGreaterThan(0);
    expect(result.error).toBeUndefined();
    expect(ids(result).sort()).toEqual([...wanted].sort());
    expect(result.outcome).toBe('complete');
    if (mode === 'stream') expect(sandbox.stats.ranges).toBeGreaterThan(7);
  });
});

describe('the sandbox tenant, in ranges', () => {
  it.each([
    'range-ignored',
    'range-unsaid',
    'range-start',
    'range-end',
    'range-total',
    'range-short',
    'range-swapped',
    'range-lie',
    'range-multipart',
    'range-gzip',
    '416',
    '416-total',
    '412',
    'etag-change',
    'etag-weak',
    'etag-none',
    'reset-body',
    'short-body',
    'chunked-cut',
    'close-cut',
    'stall',
    'packed',
    'packed-cut',
  ] as const)('with the fault %s gives every record once', async (name) => {
    const wanted = await calmly('stream');
    const [result, sandbox] = await ask(
      { faults: [{ name, rate: 0.3, times: 6 }] },
      { mode: 'stream', timeoutMs: 1_500 },
    );
    expect(sandbox.log.filter((fault) => fault.name === name).length).toBeGreaterThan(0);
    expect(result.error).toBeUndefined();
    expect(ids(result)).toEqual(wanted);
    expect(result.outcome).toBe('complete');
  });

  it('is asked by POST where it serves no such resource', async () => {
    const wanted = await calmly('page');
    const [result, sandbox] = await ask({ streaming: false }, { mode: 'stream' });
    expect(ids(result)).toEqual(wanted);
    expect(result.outcome).toBe('complete');
    expect(sandbox.stats.ranges).toBe(0);
  });
});
