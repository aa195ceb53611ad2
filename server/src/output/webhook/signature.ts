/** Signatures after the Standard Webhooks specification. */
import { createHmac, randomUUID } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new message id: the same on each attempt, so that a receiver can drop repetitions. */
export function newMessageId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`;
}

/**
 * The key's bytes. With `whsec_`, or where it is base64 of the 24 to 64 bytes that the specification asks for, a
 * secret is decoded as the reference libraries do it; any other text is used as it is.
 */
function keyBytes(secret: string): Buffer {
  if (secret.startsWith(PREFIX)) return Buffer.from(secret.slice(PREFIX.length), 'base64');
  const bytes = Buffer.from(secret, 'base64');
  const isBase64 = bytes.toString('base64') === secret && bytes.length >= 24 && bytes.length <= 64;
  return isBase64 ? bytes : Buffer.from(secret, 'utf8');
}

/** `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; `timestamp` in seconds since the epoch. */
export function signMessage(secret: string, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', keyBytes(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
