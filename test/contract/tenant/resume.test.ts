import { afterEach, describe, expect, it } from 'vitest';
import type { SeenRecord } from '../../../server/src/protocol/checkpoint.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
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

/** Retrieves until so many pages have come, then what another process would, from what was kept. */
async function cutAndGoOn(
  options: SandboxOptions,
  more: Partial<RetrievalRequest>,
  cutAfter: number,
): Promise<{
  whole: RetrievalResult;
  kept: string[];
  result: RetrievalResult;
  reasons: string[];
  asked: number;
}> {
  const sandbox = await startSandbox({ interactions: 620, seed: 7, now: NOW, ...options });
  open.push(sandbox);
  const credentials = { clientId: sandbox.clientId, clientSecret: sandbox.clientSecret };
  const tenant = createTenant(profileFor(sandbox.baseUrl), credentials, { clock: hurriedClock() });
  const wanted = request({ batches: [{ filter: `nodeTimestamp <= '${formatInstant(NOW)}'` }], ...more });
  const whole = await tenant.retrieve(wanted);

  const controller = new AbortController();
  let kept: Interaction[] = [];
  const seen: SeenRecord[] = [];
  let resume: RetrievalRequest['resume'];
  let pages = 0;
  await tenant.retrieve(wanted, {
    signal: controller.signal,
    onPage(page) {
      kept.push(...page.interactions);
      seen.push(...page.seen);
      pages += 1;
      if (page.checkpoint !== null && pages <= cutAfter) resume = { checkpoint: page.checkpoint, seen };
      if (pages === cutAfter) controller.abort();
      return undefined;
    },
  });
  if (resume === undefined) throw new Error('no page came');
  kept = kept.slice(0, resume.checkpoint.totals.versions);
  const reasons: string[] = [];
  const before = sandbox.stats.historyRequests;
  const result = await tenant.retrieve(
    { ...wanted, resume },
    {
      recall: (version) => kept[version],
      onStartOver(reason) {
        reasons.push(reason);
        kept = [];
      },
      onPage(page) {
        kept.push(...page.interactions);
        return undefined;
      },
    },
  );
  const asked = sandbox.stats.historyRequests - before;
  return { whole, result, reasons, asked, kept: kept.map(({ interactionId }) => interactionId) };
}

describe('going on after a cut', () => {
  it.each<[string, SandboxOptions, Partial<RetrievalRequest>]>([
    ['streamed', {}, { mode: 'stream' }],
    ['page by page', {}, { mode: 'page' }],
    ['without totals', { totals: false }, {}],
    ['by tokens', { tokens: true }, {}],
    ['in capped pages', { pageCap: 37 }, {}],
    ['to a limit', {}, { limit: 333 }],
  ])('%s, gives what an undisturbed run gives, and asks for the rest alone', async (_, options, more) => {
    for (const cutAfter of [1, 3]) {
      const { whole, result, reasons, kept, asked } = await cutAndGoOn(options, more, cutAfter);
      expect(reasons).toEqual([]);
      expect(kept).toEqual(ids(whole));
      expect(result).toMatchObject({ outcome: 'complete', continued: true, records: [] });
      const { records, expected, duplicates, total } = whole.stats;
      expect(result.stats).toMatchObject({ records, expected, duplicates, total });
      // The last page once more, and what had not come; without a total, at the end as many in vain as the quota.
      const inVain = options.totals === false ? 5 : 0;
      expect(asked).toBeLessThanOrEqual(whole.stats.requests - cutAfter + 1 + inVain);
    }
  });
});
