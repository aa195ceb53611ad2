/** Asking a fault tenant, with waiting that costs no time. */
import { type Clock, systemClock } from '../../../../server/src/tenant/clock.ts';
import {
  createTenant,
  type RetrievalRequest,
  type RetrievalResult,
  type RetrieveOptions,
  resolveProfile,
  type Tenant,
} from '../../../../server/src/tenant/index.ts';

export const SECRET = 'correct-horse-battery';

/** A clock on which every wait passes at once, and that keeps what was waited for. */
export function hurriedClock(): Clock & { readonly waits: number[] } {
  let ahead = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.now() + ahead,
    random: () => 0.5,
    async sleep(ms, signal) {
      if (signal?.aborted === true) return;
      waits.push(ms);
      ahead += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    // Limits of time end what hangs: those are real.
    after: systemClock.after,
  };
}

export function profileFor(url: string, more: Readonly<Record<string, unknown>> = {}) {
  const resolved = resolveProfile({ baseUrl: url, ...more });
  if (!resolved.ok)
    throw new Error(resolved.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return resolved.profile;
}

export function tenantAt(
  url: string,
  clock: Clock = hurriedClock(),
  more: Readonly<Record<string, unknown>> = {},
  maxBodyBytes?: number,
): Tenant {
  return createTenant(
    profileFor(url, more),
    { clientId: 'id', clientSecret: SECRET },
    { clock, ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }) },
  );
}

export function request(more: Partial<RetrievalRequest> = {}): RetrievalRequest {
  return {
    batches: [{ filter: "nodeTimestamp <= '2026-11-22T08:00:00.000Z'" }],
    sort: 'nodeTimestamp DESC',
    offset: 0,
    limit: null,
    pageSize: 100,
    concurrency: 5,
    retries: 5,
    timeoutMs: 10_000,
    mode: 'page',
    ...more,
  };
}

export function ask(
  url: string,
  more: Partial<RetrievalRequest> = {},
  options: RetrieveOptions = {},
  clock?: Clock,
): Promise<RetrievalResult> {
  return tenantAt(url, clock).retrieve(request(more), options);
}

export function ids(result: RetrievalResult): string[] {
  return result.records.map(({ interactionId }) => interactionId);
}
