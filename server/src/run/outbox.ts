/** Webhooks of earlier runs that could not be delivered then: tried again while another run goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { flushOutbox, listOutbox } from '../output/index.ts';
import type { RunHost } from './host.ts';
import { RunAudit } from './record.ts';

/** How long the last run waits for a receiver of an earlier one. */
const GRACE_MS = 2_000;

export interface WaitingDeliveries {
  /** Ends the deliveries; those that are not done wait for the next run. */
  end(): Promise<void>;
}

async function deliver(host: RunHost, signal: AbortSignal): Promise<void> {
  const { profiles, outboxFolder: outbox, webhookAllow } = host;
  const waiting = await listOutbox(outbox);
  if (!waiting.some((message) => message.state === 'pending')) return;
  const audit = new RunAudit(host, () => []);
  const ofUrl = (url: string) =>
    [...profiles.values()].find((profile) => profile.webhook.url === url) ?? host.inForce;
  await flushOutbox({
    outbox,
    allow: [...webhookAllow, ...[...profiles.values()].flatMap((profile) => profile.webhook.allow)],
    signal,
    secretFor: async (url) => {
      const profile = ofUrl(url);
      return profile === null ? undefined : host.webhookSecret?.(profile);
    },
    onAttempt: async (attempt) => {
      await audit.append({ ...attempt, user: host.user });
    },
  });
}

/** Begins to deliver what waits and is due, beside the run. An outbox that cannot be read is left for the next run. */
export function deliverWaiting(host: RunHost, signal: AbortSignal): WaitingDeliveries {
  const over = new AbortController();
  const done = deliver(host, AbortSignal.any([signal, over.signal])).catch(() => undefined);
  return {
    async end() {
      const timer = new AbortController();
      const grace = sleep(GRACE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([done, grace]);
      timer.abort();
      over.abort();
      await done;
    },
  };
}
