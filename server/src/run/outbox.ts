/** Webhooks that could not be delivered at once: tried again later, sent again or dropped by a person. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dropMessages, flushOutbox, listOutbox, type WebhookDelivery } from '../output/index.ts';
import { type AuditHost, RunAudit } from './record.ts';
import { destinationOf, type WebhookHost } from './webhooks.ts';

/** How long the last run waits for a receiver of an earlier one. */
const GRACE_MS = 2_000;
/** How long a person waits for another process that empties the outbox. */
const LOCK_WAIT_MS = 10_000;

export type OutboxHost = WebhookHost & AuditHost;

export interface WaitingDeliveries {
  /** Ends the deliveries; those that are not done wait for the next run. */
  end(): Promise<void>;
}

export interface Tried {
  readonly deliveries: readonly WebhookDelivery[];
  /** Why attempts are not in the audit; undefined where they are. */
  readonly unaudited: string | undefined;
}

function audited(host: AuditHost): {
  readonly audit: RunAudit;
  readonly onAttempt: NonNullable<Parameters<typeof flushOutbox>[0]['onAttempt']>;
} {
  const audit = new RunAudit(host, () => []);
  return {
    audit,
    onAttempt: async (attempt) => {
      await audit.append({ ...attempt, user: host.user });
    },
  };
}

/** Tries what is due. Throws where the outbox cannot be read or written. */
export async function deliverDue(host: OutboxHost, signal: AbortSignal): Promise<readonly WebhookDelivery[]> {
  const waiting = await listOutbox(host.outboxFolder);
  if (!waiting.some((message) => message.state === 'pending')) return [];
  return flushOutbox({
    outbox: host.outboxFolder,
    signal,
    destinationOf: (message) => destinationOf(host, message),
    onAttempt: audited(host).onAttempt,
  });
}

/** Sends messages again at once, given up or not, under their ids. Throws where the outbox cannot be read or written. */
export async function retryMessages(
  host: OutboxHost,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Tried> {
  const { audit, onAttempt } = audited(host);
  const deliveries = await flushOutbox({
    outbox: host.outboxFolder,
    signal,
    only: ids,
    lockWaitMs: LOCK_WAIT_MS,
    destinationOf: (message) => destinationOf(host, message),
    onAttempt,
  });
  return { deliveries, unaudited: audit.failure?.message };
}

/** Removes messages for good and gives the ids of those that there were. */
export async function dropWaiting(
  host: AuditHost & Pick<OutboxHost, 'outboxFolder'>,
  ids: ReadonlySet<string>,
): Promise<readonly string[]> {
  return dropMessages(ids, { outbox: host.outboxFolder, onAttempt: audited(host).onAttempt });
}

/** Begins to deliver what waits and is due, beside the run. An outbox that cannot be read is left for the next run. */
export function deliverWaiting(host: OutboxHost, signal: AbortSignal): WaitingDeliveries {
  const over = new AbortController();
  const done = deliverDue(host, AbortSignal.any([signal, over.signal])).catch(() => []);
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
