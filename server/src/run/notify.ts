/** NOTIFY: what a process-mining platform is told of a run. */
import type { Plan } from '../language/index.ts';
import { completionPayload, sendWebhook } from '../output/index.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { WebhookOutcome } from '../protocol/run.ts';
import type { Begun } from './begin.ts';
import type { Session } from './session.ts';
import { destinationFor } from './webhooks.ts';

/** The record of a run's end: as it stands in the chain, or as it would have, where it could not be written. */
export type Delivered = Parameters<typeof completionPayload>[0];

const WORST: readonly WebhookOutcome['status'][] = ['failed', 'refused', 'pending', 'delivered'];

/** Tells the process-mining platform; the worst outcome of several addresses stands for all. */
export async function notify(
  { host, signal }: Session,
  { profile, audit, identity }: Pick<Begun, 'profile' | 'audit' | 'identity'>,
  plan: Plan,
  ended: Delivered,
  report: AnalysisReport,
): Promise<{ readonly outcome: WebhookOutcome; readonly notes: string[] } | undefined> {
  const own = profile.webhook.url;
  const urls = [...new Set([...(own === null ? [] : [own]), ...plan.notify])];
  if (urls.length === 0) return undefined;
  const payload = completionPayload(ended, report, profile.webhook.payload);
  const request = {
    connection: profile.id,
    tenant: identity.tenant_origin,
    runId: identity.run_id,
    payload,
  };
  const deliveries = await Promise.all(
    urls.map(async (url) =>
      sendWebhook({ ...request, url, ownAddress: url === own }, await destinationFor(host, profile, url), {
        outbox: host.outboxFolder,
        signal,
        onAttempt: async (attempt) => {
          await audit.append({ ...attempt, user: host.user });
        },
      }),
    ),
  );
  const status = WORST.find((one) => deliveries.some((delivery) => delivery.status === one)) ?? 'failed';
  return {
    outcome: { status, attempts: deliveries.reduce((sum, one) => sum + one.attempts, 0) },
    notes: deliveries.flatMap((one) =>
      one.status === 'delivered' ? [] : [`The webhook is ${WORDS[one.status]}: ${one.message}`],
    ),
  };
}

const WORDS = {
  pending: 'waiting in the outbox',
  failed: 'given up (“cxq outbox” sends it again)',
  refused: 'not sent',
} as const;
