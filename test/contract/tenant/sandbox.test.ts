import { afterEach, describe, expect, it } from 'vitest';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';
import {
  createTenant,
  type RetrievalRequest,
  type RetrievalResult,
} from '../../../server/src/tenant/index.ts';
import { hurriedClock, ids, profileFor, request } from './support/ask.ts';

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
  const tenant = createTenant(profileFor(sandbox.baseUrl), credentials, { clock: hurriedClock() });
  const filter = `nodeTimestamp <= '${formatInstant(NOW)}'`;
  return [await tenant.retrieve(request({ batches: [{ filter }], ...more })), sandbox];
}

describe('the sandbox tenant', () => {
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
      const [result] = await ask(way);
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
    const [calm] = await ask({});
    const rate = name === 'token-5xx' ? 1 : 0.4;
    const [result, sandbox] = await ask({ faults: [{ name, rate, times: 3 }] });
    expect(sandbox.log.filter((fault) => fault.name === name).length).toBeGreaterThan(0);
    expect(result.error).toBeUndefined();
    expect(ids(result).sort()).toEqual(ids(calm).sort());
    expect(result.outcome).toBe('complete');
  });
});
