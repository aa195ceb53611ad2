/** The token endpoint: who may have a token, which scopes it has, and how long it lives. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const SCOPES = ['interactions:read', 'workflows:read'] as const;
/** What reading history takes. */
export const HISTORY_SCOPE = 'interactions:read';

export interface TokenRules {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Seconds. */
  readonly tokenLifeSeconds: number;
  /** Scopes that this client may have; a request for others gets what is left. */
  readonly grantedScopes: readonly string[];
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string | number>>;
}

export type TokenState = 'valid' | 'unknown' | 'expired' | 'no-scope';

function same(given: string | undefined, wanted: string): boolean {
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refuse(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } };
}

function basicCredentials(headers: IncomingHttpHeaders): readonly [string, string] | null {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '');
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (match === null || colon < 0) return null;
  // RFC 6749 has both parts form-encoded inside the header; those that are not decode to themselves.
  try {
    return [decodeURIComponent(text.slice(0, colon)), decodeURIComponent(text.slice(colon + 1))];
  } catch {
    return [text.slice(0, colon), text.slice(colon + 1)];
  }
}

function parameters(headers: IncomingHttpHeaders, body: string): Map<string, string> | null {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(body));
  if (type !== 'application/json') return null;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return null;
    return new Map(Object.entries(value).map(([name, given]) => [name, String(given)]));
  } catch {
    return null;
  }
}

/** Tokens of one sandbox. The clock of their lives is the machine's, whatever `now` the data has. */
export class TokenDesk {
  private readonly rules: TokenRules;
  private readonly tokens = new Map<
    string,
    { readonly expires: number; readonly scopes: readonly string[] }
  >();

  constructor(rules: TokenRules) {
    this.rules = rules;
  }

  /** Answers a token request: client credentials, password, or a JSON body with an access key. */
  answer(headers: IncomingHttpHeaders, body: string): TokenAnswer {
    const given = parameters(headers, body);
    if (given === null) {
      return refuse(400, 'invalid_request', 'Send a form or a JSON object, with its Content-Type.');
    }
    const { clientId, clientSecret, grantedScopes, tokenLifeSeconds } = this.rules;
    if (given.has('accessKeyId')) {
      const known =
        same(given.get('accessKeyId'), clientId) && same(given.get('accessKeySecret'), clientSecret);
      if (!known) return refuse(401, 'invalid_client', 'The access key id or secret is wrong.');
    } else {
      const [id, secret] = basicCredentials(headers) ?? [given.get('client_id'), given.get('client_secret')];
      if (!same(id, clientId) || !same(secret, clientSecret)) {
        return refuse(401, 'invalid_client', 'The client id or the client secret is wrong.');
      }
      const grant = given.get('grant_type');
      if (grant === 'password') {
        if (!same(given.get('username'), clientId) || !same(given.get('password'), clientSecret)) {
          return refuse(400, 'invalid_grant', 'The user name or the password is wrong.');
        }
      } else if (grant !== 'client_credentials') {
        return refuse(
          400,
          'unsupported_grant_type',
          'The grant type must be client_credentials or password.',
        );
      }
    }
    const asked = (given.get('scope') ?? '').split(/\s+/).filter((scope) => scope !== '');
    const unknown = asked.find((scope) => !SCOPES.some((known) => known === scope));
    if (unknown !== undefined) return refuse(400, 'invalid_scope', `There is no scope ${unknown}.`);
    const scopes = (asked.length > 0 ? asked : SCOPES).filter((scope) => grantedScopes.includes(scope));
    return {
      status: 200,
      body: {
        access_token: this.issue(scopes),
        token_type: 'Bearer',
        expires_in: tokenLifeSeconds,
        scope: scopes.join(' '),
      },
    };
  }

  /** What the bearer of an Authorization header may do. */
  state(authorization: string | undefined): TokenState {
    const token = bearerOf(authorization);
    const known = token === null ? undefined : this.tokens.get(token);
    if (known === undefined) return 'unknown';
    if (known.expires <= performance.now()) return 'expired';
    return known.scopes.includes(HISTORY_SCOPE) ? 'valid' : 'no-scope';
  }

  /** Forgets the token of an Authorization header. */
  drop(authorization: string | undefined): void {
    const token = bearerOf(authorization);
    if (token !== null) this.tokens.delete(token);
  }

  private issue(scopes: readonly string[]): string {
    for (const [token, { expires }] of this.tokens) {
      if (expires <= performance.now() - 60_000) this.tokens.delete(token);
    }
    const token = randomBytes(24).toString('base64url');
    this.tokens.set(token, { expires: performance.now() + this.rules.tokenLifeSeconds * 1000, scopes });
    return token;
  }
}

function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}
