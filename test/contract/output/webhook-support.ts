/** Webhooks as the tests send them, to receivers on loopback. */
import { join } from 'node:path';
import type { Destination } from '../../../server/src/output/webhook/post.ts';
import {
  completionPayload,
  type FlushOptions,
  type SendOptions,
  sendWebhook,
  type WebhookAttempt,
} from '../../../server/src/output/webhook/send.ts';
import type { AuditEvent } from '../../../server/src/protocol/audit.ts';
import { emptyFolder, ended } from '../../unit/output/events.ts';
import type { Receiver } from './receiver.ts';

export const BOTTLENECK = {
  rule: 'threshold' as const,
  interactionId: 'a1',
  sequence: 0,
  nodeId: 'menu-1',
  nodeName: null,
  nodeType: 'DECISION',
  dwell: 16,
  threshold: 15,
  startTime: null,
};

export function runEnded(): Extract<AuditEvent, { event: 'run.ended' }> {
  const event = ended('r1');
  if (event.event !== 'run.ended') throw new Error(event.event);
  return event;
}

export const PAYLOAD = completionPayload(runEnded(), { bottleneckCount: 1, bottlenecks: [BOTTLENECK] });

export const OWN = { allow: ['127.0.0.1', 'localhost'], secret: null };
export const FROM = {
  connection: 'default',
  tenant: 'https://acme.my.cxone.com',
  ownAddress: false,
  runId: 'r1',
};

interface SetUp extends Partial<SendOptions>, Partial<Omit<Destination, 'url'>> {}

export async function setUp({ allow, secret, ca, proxy, ...more }: SetUp = {}) {
  const outbox = join(await emptyFolder(), 'outbox');
  const attempts: WebhookAttempt[] = [];
  const way = {
    allow: allow ?? OWN.allow,
    secret: secret ?? null,
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  const options: SendOptions & FlushOptions = {
    outbox,
    waitsMs: [1, 1],
    destinationOf: async ({ url }) => ({ ok: true, value: { ...way, url: url ?? '' } }),
    onAttempt: (attempt) => {
      attempts.push(attempt);
    },
    ...more,
  };
  const sendTo = (url: string, payload: unknown = PAYLOAD) =>
    sendWebhook({ ...FROM, url, payload }, { ok: true, value: { ...way, url } }, options);
  const send = (receiver: Receiver, path = '/hook', host = '127.0.0.1') =>
    sendTo(`http://${host}:${receiver.port}${path}`);
  return { outbox, attempts, options, send, sendTo };
}
