/** Completion messages: outbox first, a few attempts within the run, the rest later. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { AuditEvent } from '../../protocol/audit.ts';
import type { Bottleneck } from '../../protocol/report.ts';
import type { WebhookOutcome } from '../../protocol/run.ts';
import { errorCode, privateFolder } from '../files.ts';
import { giveUp, type OutboxMessage, pendingMessages, removeMessage, saveMessage } from './outbox.ts';
import { webhookPolicy } from './policy.ts';
import { type PostOptions, type PostOutcome, postMessage } from './post.ts';
import { newMessageId } from './signature.ts';

type RunEnded = Extract<AuditEvent, { event: 'run.ended' }>;
/** An attempt as the audit log records it; the caller adds who. */
export type WebhookAttempt = Omit<Extract<AuditEvent, { event: 'webhook' }>, 'user'>;

export interface CompletionPayload {
  readonly status: 'completion';
  readonly audit_log: RunEnded;
  readonly bottleneck_count: number;
  readonly analysis_payload?: readonly Bottleneck[];
}

/** What `NOTIFY` posts; `summary` leaves the bottlenecks themselves out. */
export function completionPayload(
  auditLog: RunEnded,
  report: { readonly bottleneckCount: number; readonly bottlenecks: readonly Bottleneck[] },
  kind: 'full' | 'summary' = 'full',
): CompletionPayload {
  return {
    status: 'completion',
    audit_log: auditLog,
    bottleneck_count: report.bottleneckCount,
    ...(kind === 'full' ? { analysis_payload: report.bottlenecks } : {}),
  };
}

export interface DeliveryOptions extends PostOptions {
  /** The outbox's folder. */
  readonly outbox: string;
  /** Called after each attempt, awaited: this is where it is audited. */
  readonly onAttempt?: (attempt: WebhookAttempt) => void | Promise<void>;
}

export interface SendOptions extends DeliveryOptions {
  /** Signing secret; unsigned without one. */
  readonly secret?: string;
  /** Waits between the attempts of this call, milliseconds. Default 500 and 2,000: three attempts. */
  readonly waitsMs?: readonly number[];
}

export interface FlushOptions extends DeliveryOptions {
  /** The signing secret of a message's URL. */
  readonly secretFor?: (url: string) => string | undefined | Promise<string | undefined>;
  /** Also tries what is not due yet. */
  readonly force?: boolean;
  /** Age after which a message is given up, milliseconds. Default three days. */
  readonly maxAgeMs?: number;
}

export interface WebhookDelivery extends WebhookOutcome {
  readonly id: string;
  readonly runId: string;
  readonly httpStatus: number | null;
  /** What happened, for a person. */
  readonly message: string;
}

/** While a process sends a message, another one that empties the outbox leaves it alone. */
const LEASE_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;
const DEFAULT_MAX_AGE_MS = 3 * 86_400_000;

/**
 * Posts a message. It is written to the outbox before the first attempt; what could not be delivered now stays
 * there, `pending`, for `flushOutbox`. `refused`: the address policy forbids it, nothing was sent. `failed`: the
 * receiver will not take it; the message is kept as `failed-….json`. Never throws for network or disk.
 */
export async function sendWebhook(
  request: { readonly url: string; readonly runId: string; readonly payload: unknown },
  options: SendOptions,
): Promise<WebhookDelivery> {
  const now = options.now?.() ?? new Date();
  const message: OutboxMessage = {
    schemaVersion: 1,
    id: newMessageId(),
    runId: request.runId,
    url: request.url,
    body: JSON.stringify(request.payload),
    createdAt: now.toISOString(),
    attempts: 0,
    nextAttemptAt: new Date(now.getTime() + LEASE_MS).toISOString(),
    lastError: null,
  };
  const verdict = webhookPolicy(request.url, options.allow);
  if (!verdict.ok) {
    const refusal: PostOutcome = { outcome: 'refused', httpStatus: null, message: verdict.message };
    await report(message, refusal, options);
    return delivery(message, 'refused', refusal);
  }
  const kept = await saveMessage(options.outbox, message).then(
    () => true,
    () => false,
  );
  const waits = options.waitsMs ?? [500, 2_000];
  for (let attempt = 0; ; attempt++) {
    const outcome = await attemptOnce(message, options.secret, options);
    const wait = Math.max(waits[attempt] ?? Number.POSITIVE_INFINITY, outcome.retryAfterMs ?? 0);
    const again = outcome.outcome === 'retry' && wait <= Math.max(...waits, 0) && !aborted(options);
    if (!again) return settle(message, outcome, options, kept);
    // Jitter on top: the receiver's own floor is never shortened.
    await sleep(
      wait * (1 + Math.random() / 4),
      undefined,
      options.signal ? { signal: options.signal } : {},
    ).catch(() => undefined);
    if (aborted(options)) return settle(message, outcome, options, kept);
  }
}

/**
 * Tries once each message of the outbox that is due, oldest first: at start, and now and then. A second process
 * that flushes meanwhile does nothing. Messages beyond the age limit are given up, visibly. Throws where the
 * outbox itself cannot be read or written.
 */
export async function flushOutbox(options: FlushOptions): Promise<WebhookDelivery[]> {
  const { outbox } = options;
  await privateFolder(outbox);
  let release: () => Promise<void>;
  try {
    release = await lock(outbox, {
      realpath: false,
      lockfilePath: join(outbox, 'outbox.lock'),
      onCompromised: () => undefined,
    });
  } catch (error) {
    if (errorCode(error) === 'ELOCKED') return [];
    throw error;
  }
  try {
    const results: WebhookDelivery[] = [];
    for (const message of await pendingMessages(outbox)) {
      const now = (options.now?.() ?? new Date()).getTime();
      if (aborted(options)) break;
      if (options.force !== true && Date.parse(message.nextAttemptAt) > now) continue;
      const outcome = await attemptOnce(message, await options.secretFor?.(message.url), options);
      const old = now - Date.parse(message.createdAt) > (options.maxAgeMs ?? DEFAULT_MAX_AGE_MS);
      const final: PostOutcome =
        old && outcome.outcome === 'retry'
          ? {
              ...outcome,
              outcome: 'failed',
              message: `Given up after ${message.attempts} attempts. ${outcome.message}`,
            }
          : outcome;
      results.push(await settle(message, final, options, true));
    }
    return results;
  } finally {
    await release().catch(() => undefined);
  }
}

function aborted(options: PostOptions): boolean {
  return options.signal?.aborted ?? false;
}

async function attemptOnce(
  message: OutboxMessage,
  secret: string | undefined,
  options: DeliveryOptions,
): Promise<PostOutcome> {
  message.attempts++;
  const outcome = await postMessage(message, secret, options);
  message.lastError = outcome.outcome === 'delivered' ? null : outcome.message;
  await report(message, outcome, options);
  return outcome;
}

async function report(message: OutboxMessage, outcome: PostOutcome, options: DeliveryOptions): Promise<void> {
  await options.onAttempt?.({
    event: 'webhook',
    run_id: message.runId,
    webhook_id: message.id,
    url_origin: URL.canParse(message.url) ? new URL(message.url).origin : '',
    status: outcome.httpStatus,
    outcome: outcome.outcome,
    attempt: message.attempts,
  });
}

/** Brings the outbox in line with the last attempt's outcome. */
async function settle(
  message: OutboxMessage,
  last: PostOutcome,
  options: DeliveryOptions,
  kept: boolean,
): Promise<WebhookDelivery> {
  if (last.outcome === 'delivered') {
    // Whatever stays behind is sent again under the same id, which receivers drop.
    if (kept) await removeMessage(options.outbox, message.id).catch(() => undefined);
    return delivery(message, 'delivered', last);
  }
  if (last.outcome !== 'retry') {
    if (kept) await giveUp(options.outbox, message).catch(() => undefined);
    return delivery(message, last.outcome, last);
  }
  const wait = Math.max(
    Math.min(30_000 * 2 ** (message.attempts - 1), LONGEST_WAIT_MS),
    last.retryAfterMs ?? 0,
  );
  message.nextAttemptAt = new Date((options.now?.() ?? new Date()).getTime() + wait).toISOString();
  const saved = await saveMessage(options.outbox, message).then(
    () => true,
    () => kept,
  );
  if (saved) return delivery(message, 'pending', last);
  const why = `${last.message} The outbox could not be written, so it will not be tried again.`;
  return delivery(message, 'failed', { ...last, message: why });
}

function delivery(
  message: OutboxMessage,
  status: WebhookDelivery['status'],
  last: PostOutcome,
): WebhookDelivery {
  return {
    status,
    attempts: message.attempts,
    id: message.id,
    runId: message.runId,
    httpStatus: last.httpStatus,
    message: last.message,
  };
}
