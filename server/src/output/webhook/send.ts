/** Completion messages: outbox first, a few attempts within the run, the rest later. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { AuditEvent } from '../../protocol/audit.ts';
import type { Bottleneck } from '../../protocol/report.ts';
import type { WebhookOutcome } from '../../protocol/run.ts';
import { errorCode, privateFolder } from '../files.ts';
import type { Result } from '../result.ts';
import {
  giveUp,
  messagesOf,
  type OutboxMessage,
  removeMessage,
  revive,
  saveMessage,
  sweep,
} from './outbox.ts';
import { webhookPolicy } from './policy.ts';
import { type Destination, type PostOptions, type PostOutcome, postMessage } from './post.ts';
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
  /** Waits between the attempts of this call, milliseconds. Default 500: two attempts. */
  readonly waitsMs?: readonly number[];
  /** How long all of them may take, milliseconds. Default 5,000. */
  readonly budgetMs?: number;
}

export interface FlushOptions extends DeliveryOptions {
  /** Where a message goes; an error says why it cannot be sent now, and it waits on. */
  readonly destinationOf: (message: OutboxMessage) => Promise<Result<Destination>>;
  /** Also tries what is not due yet. */
  readonly force?: boolean;
  /** Only these, given up or not. */
  readonly only?: ReadonlySet<string>;
  /** Age after which a message is given up, milliseconds. Default three days. */
  readonly maxAgeMs?: number;
  /** How long another process's lock is waited for, milliseconds. Default 0: it is left to that process. */
  readonly lockWaitMs?: number;
}

export interface WebhookDelivery extends WebhookOutcome {
  readonly id: string;
  readonly runId: string;
  readonly origin: string;
  readonly httpStatus: number | null;
  /** What happened, for a person. */
  readonly message: string;
}

export interface WebhookRequest {
  readonly url: string;
  /** The profile that the message is sent for, and whether the address is that profile's own. */
  readonly connection: string;
  readonly tenant: string;
  readonly ownAddress: boolean;
  readonly runId: string;
  readonly payload: unknown;
}

/** While a process sends a message, another one that empties the outbox leaves it alone. */
const LEASE_MS = 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;
const MAX_AGE_MS = 3 * 86_400_000;

/**
 * Posts a message: at most twice, and for no longer than the budget, since a person waits. It is written to the outbox
 * before the first attempt; what could not be delivered now stays there, `pending`, for `flushOutbox`. `refused`: the
 * address policy forbids it, nothing was sent. `failed`: the receiver will not take it; the message is kept as
 * `failed-….json`. Never throws for network or disk.
 */
export async function sendWebhook(
  { url, connection, tenant, ownAddress, runId, payload }: WebhookRequest,
  destination: Result<Destination>,
  options: SendOptions,
): Promise<WebhookDelivery> {
  const end = performance.now() + (options.budgetMs ?? 5_000);
  const now = options.now?.() ?? new Date();
  const message: OutboxMessage = {
    schemaVersion: 2,
    id: newMessageId(),
    runId,
    connection,
    tenant,
    origin: URL.canParse(url) ? new URL(url).origin : '',
    url: ownAddress ? null : url,
    body: JSON.stringify(payload),
    createdAt: now.toISOString(),
    queuedAt: now.toISOString(),
    attempts: 0,
    nextAttemptAt: new Date(now.getTime() + (destination.ok ? LEASE_MS : 0)).toISOString(),
    lastError: destination.ok ? null : destination.error.message,
  };
  const verdict = destination.ok ? webhookPolicy(url, destination.value.allow) : undefined;
  if (verdict?.ok === false) {
    const refusal: PostOutcome = { outcome: 'refused', httpStatus: null, message: verdict.message };
    await report(message, refusal, options);
    return delivery(message, 'refused', refusal);
  }
  const kept = await saveMessage(options.outbox, message).then(
    () => true,
    () => false,
  );
  if (!destination.ok) {
    const waits = { httpStatus: null, message: destination.error.message };
    return kept ? delivery(message, 'pending', waits) : lost(message, waits);
  }
  const waits = options.waitsMs ?? [500];
  for (let attempt = 0; ; attempt++) {
    const left = Math.max(1, Math.ceil(end - performance.now()));
    const timeoutMs = Math.min(options.timeoutMs ?? left, left);
    const outcome = await attemptOnce(message, destination.value, { ...options, timeoutMs });
    await report(message, outcome, options);
    // Jitter on top: the receiver's own floor is never shortened.
    const wait =
      Math.max(waits[attempt] ?? Number.POSITIVE_INFINITY, outcome.retryAfterMs ?? 0) *
      (1 + Math.random() / 4);
    const again = outcome.outcome === 'retry' && performance.now() + wait < end && !aborted(options);
    if (!again) return settle(message, outcome, options, kept);
    await sleep(wait, undefined, options.signal ? { signal: options.signal } : {}).catch(() => undefined);
    if (aborted(options)) return settle(message, outcome, options, kept);
  }
}

/**
 * Tries once each message of the outbox that is due, oldest first: at start, and now and then. A second process
 * that flushes meanwhile does nothing. A receiver that cannot be reached is asked once. Messages beyond the age limit
 * are given up, visibly. Throws where the outbox itself cannot be read or written, and `ELOCKED` where another process's
 * lock was waited for in vain.
 */
export async function flushOutbox(options: FlushOptions): Promise<WebhookDelivery[]> {
  const { outbox, only } = options;
  await privateFolder(outbox);
  const release = await lockOutbox(outbox, options.lockWaitMs ?? 0);
  if (release === undefined) return [];
  try {
    await sweep(outbox);
    if (only !== undefined) {
      for (const message of await messagesOf(outbox, 'failed')) {
        const queuedAt = (options.now?.() ?? new Date()).toISOString();
        if (only.has(message.id)) await revive(outbox, { ...message, queuedAt });
      }
    }
    const results: WebhookDelivery[] = [];
    const silent = new Set<string>();
    for (const message of await messagesOf(outbox, 'pending')) {
      if (aborted(options)) break;
      const due =
        only?.has(message.id) ??
        (options.force === true || Date.parse(message.nextAttemptAt) <= timeOf(options));
      if (!due || (silent.has(message.origin) && only === undefined)) continue;
      const found = await options.destinationOf(message);
      const old = timeOf(options) - Date.parse(message.queuedAt) > (options.maxAgeMs ?? MAX_AGE_MS);
      if (!found.ok) {
        // Nothing was sent: that is no attempt, and another process may know where it goes.
        results.push(
          old
            ? await abandon(message, { httpStatus: null, message: found.error.message }, options)
            : delivery(message, 'pending', { httpStatus: null, message: found.error.message }),
        );
        continue;
      }
      const outcome = await attemptOnce(message, found.value, options);
      if (old && outcome.outcome === 'retry') {
        results.push(await abandon(message, outcome, options));
        continue;
      }
      await report(message, outcome, options);
      if (outcome.outcome === 'retry' && outcome.httpStatus === null) silent.add(message.origin);
      results.push(await settle(message, outcome, options, true));
    }
    return results;
  } finally {
    await release().catch(() => undefined);
  }
}

/** Removes messages for good, given up or not, and tells which there were. What still waited is audited as failed. */
export async function dropMessages(
  ids: ReadonlySet<string>,
  options: DeliveryOptions,
): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const state of ['pending', 'failed'] as const) {
    for (const message of await messagesOf(options.outbox, state)) {
      if (!ids.has(message.id)) continue;
      await removeMessage(options.outbox, message.id, state);
      if (state === 'pending') await report(message, { outcome: 'failed', httpStatus: null }, options);
      dropped.push(message.id);
    }
  }
  return dropped;
}

/** Takes the outbox; undefined where another process has it and is not waited for. */
async function lockOutbox(outbox: string, waitMs: number): Promise<(() => Promise<void>) | undefined> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return await lock(outbox, {
        realpath: false,
        lockfilePath: join(outbox, 'outbox.lock'),
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (errorCode(error) !== 'ELOCKED') throw error;
      if (performance.now() >= end) {
        if (waitMs === 0) return undefined;
        throw error;
      }
    }
    await sleep(50 + Math.random() * 50);
  }
}

/** Gives up what has waited for too long, or would have to. */
async function abandon(
  message: OutboxMessage,
  last: Pick<PostOutcome, 'httpStatus' | 'message'>,
  options: DeliveryOptions,
): Promise<WebhookDelivery> {
  const attempts = `${message.attempts} attempt${message.attempts === 1 ? '' : 's'}`;
  const given: PostOutcome = {
    ...last,
    outcome: 'failed',
    message: `Given up after ${attempts}. ${last.message}`,
  };
  message.lastError = given.message;
  await report(message, given, options);
  return settle(message, given, options, true);
}

function aborted(options: PostOptions): boolean {
  return options.signal?.aborted ?? false;
}

function timeOf(options: PostOptions): number {
  return (options.now?.() ?? new Date()).getTime();
}

async function attemptOnce(
  message: OutboxMessage,
  destination: Destination,
  options: PostOptions,
): Promise<PostOutcome> {
  message.attempts++;
  const outcome = await postMessage(message, destination, options);
  message.lastError = outcome.outcome === 'delivered' ? null : outcome.message;
  return outcome;
}

async function report(
  { runId, id, origin, attempts }: OutboxMessage,
  { outcome, httpStatus }: Pick<PostOutcome, 'outcome' | 'httpStatus'>,
  options: DeliveryOptions,
): Promise<void> {
  await options.onAttempt?.({
    event: 'webhook',
    run_id: runId,
    webhook_id: id,
    url_origin: origin,
    status: httpStatus,
    outcome,
    attempt: attempts,
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
    Math.min(30_000 * 2 ** Math.max(0, message.attempts - 1), LONGEST_WAIT_MS),
    last.retryAfterMs ?? 0,
  );
  message.nextAttemptAt = new Date(timeOf(options) + wait).toISOString();
  const saved = await saveMessage(options.outbox, message).then(
    () => true,
    () => kept,
  );
  return saved ? delivery(message, 'pending', last) : lost(message, last);
}

function lost(message: OutboxMessage, last: Pick<PostOutcome, 'httpStatus' | 'message'>): WebhookDelivery {
  const why = `${last.message} The outbox could not be written, so it will not be tried again.`;
  return delivery(message, 'failed', { ...last, message: why });
}

function delivery(
  { attempts, id, runId, origin }: OutboxMessage,
  status: WebhookDelivery['status'],
  { httpStatus, message }: Pick<PostOutcome, 'httpStatus' | 'message'>,
): WebhookDelivery {
  return { status, attempts, id, runId, origin, httpStatus, message };
}
