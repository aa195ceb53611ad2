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

/** What is wrong with a signing secret, for the end of a sentence; undefined where it can sign. */
export function secretProblem(secret: string): string | undefined {
  if (secret.trim() === '') return 'is empty';
  if (/^wh[sp]k_/.test(secret))
    return 'is a key pair (whsk_, whpk_), and only shared secrets (whsec_) are supported';
  if (!secret.startsWith(PREFIX)) return undefined;
  const text = secret.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64');
  const whole = bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return whole ? undefined : 'is cut or mistyped: what follows whsec_ is not base64';
}

/** `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; `timestamp` in seconds since the epoch. */
export function signMessage(secret: string, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', keyBytes(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
