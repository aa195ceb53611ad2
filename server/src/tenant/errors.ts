/** Errors of the tenant room: values with a code, until a door turns them into a sentence. */
import type { JsonValue } from '../protocol/history.ts';
import { isObject } from './json.ts';

/** Stable codes, for machines. */
export type TenantErrorCode =
  | 'no-credentials'
  | 'auth'
  | 'forbidden'
  | 'bad-request'
  | 'not-found'
  | 'redirect'
  | 'throttled'
  | 'server-error'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'proxy'
  | 'not-json'
  | 'unexpected-answer'
  | 'too-large'
  | 'retry-budget'
  | 'origin'
  | 'unsupported'
  | 'file'
  | 'consumer'
  | 'cancelled';

/** What happened, why, and what to do; never holds a secret or a token. */
export interface TenantError {
  readonly code: TenantErrorCode;
  readonly message: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Whether the same request may succeed later without a change by a person. */
  readonly retriable: boolean;
  /** What the tenant itself said, control characters made visible. */
  readonly tenantMessage?: string;
  /** Epoch milliseconds before which the tenant wants no request (`throttled`). */
  readonly retryAt?: number;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TenantError };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(error: TenantError): { readonly ok: false; readonly error: TenantError } {
  return { ok: false, error };
}

export const CANCELLED: TenantError = {
  code: 'cancelled',
  message: 'The run was cancelled. What was retrieved until then is kept.',
  retriable: true,
};

// Control, escape and bidi characters: in a message they could hide or reorder what a person reads.
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The text on one line, with every control, format and bidi character written as its escape. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

/** The first `length` characters, visible. */
export function excerpt(text: string, length = 80): string {
  const characters = Array.from(text.slice(0, length * 2)).slice(0, length);
  return visible(characters.join(''));
}

const MESSAGE_KEYS = [
  'message',
  'error_description',
  'errorMessage',
  'detail',
  'title',
  'description',
  'error',
];

/** What the tenant says in an error answer: the usual fields of a JSON body, else its first characters. */
export function tenantMessageOf(body: string): string | undefined {
  const text = body.trim();
  if (text === '') return undefined;
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(text);
  } catch {
    return excerpt(text);
  }
  return visible(messageIn(parsed) ?? text).slice(0, 500);
}

function messageIn(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length > 0 ? messageIn(value[0] ?? null) : undefined;
  if (!isObject(value)) return undefined;
  for (const key of MESSAGE_KEYS) {
    const inner = Object.hasOwn(value, key) ? value[key] : undefined;
    if (inner === undefined || inner === null) continue;
    const found = messageIn(inner);
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
}

/** Takes known secrets out of any text that may reach a person or a file. */
export interface Scrubber {
  /** Adds a secret in every form in which it may travel. */
  add(secret: string): void;
  clean(text: string): string;
  cleanError(error: TenantError): TenantError;
}

const MASK = '•••';
const MAX_FORMS = 512;

export function createScrubber(): Scrubber {
  // In the order of their last use: when there are too many, the tokens that expired long ago go first.
  const known = new Set<string>();
  // The longest first: a secret that contains another must not leave its rest behind.
  let ordered: string[] = [];
  const clean = (text: string): string =>
    ordered.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return {
    add(secret) {
      // A shorter one would blank out ordinary words.
      if (secret.length < 4) return;
      const forms = [
        secret,
        encodeURIComponent(secret),
        new URLSearchParams([['', secret]]).toString().slice(1),
        JSON.stringify(secret).slice(1, -1),
      ];
      for (const form of forms) {
        known.delete(form);
        known.add(form);
      }
      for (const oldest of known) {
        if (known.size <= MAX_FORMS) break;
        known.delete(oldest);
      }
      ordered = [...known].sort((a, b) => b.length - a.length);
    },
    clean,
    cleanError(error) {
      return {
        ...error,
        message: clean(error.message),
        ...(error.tenantMessage === undefined ? {} : { tenantMessage: clean(error.tenantMessage) }),
      };
    },
  };
}

/** Knows the secrets of every connection of this process. */
export const scrubber: Scrubber = createScrubber();
