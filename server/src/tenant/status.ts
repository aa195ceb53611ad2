/** What an error status means, in words that a person can act on. */
import { formatInstant, MICROS_PER_MILLI } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import { type TenantError, tenantMessageOf, visible } from './errors.ts';
import { PROXY_CREDENTIALS } from './network.ts';
import { type HttpAnswer, headerOf } from './transport.ts';

interface Asked {
  readonly url: string;
  readonly purpose: 'token' | 'history';
}

/** The error for an answer that is neither a success nor 429. */
export function statusError(answer: HttpAnswer, body: string, asked: Asked, profile: Profile): TenantError {
  const { status } = answer;
  const url = new URL(asked.url);
  const place = url.origin + url.pathname;
  if (status >= 300 && status < 400) return redirected(answer, place);
  if (status === 407) return proxyRefused(place);
  const said = tenantMessageOf(body);
  const rest = { status, ...(said === undefined ? {} : { tenantMessage: said }) };
  const quote = said === undefined ? '' : ` The tenant says: ${said}`;
  if (status === 408) {
    return {
      ...rest,
      code: 'timeout',
      message: `${place} timed out (408).${quote} Try again, or ask for smaller pages.`,
      retriable: true,
    };
  }
  if (status >= 500) {
    return {
      ...rest,
      code: 'server-error',
      message: `${place} failed (status ${status}): the tenant or a gateway before it has a problem.${quote} Try again later.`,
      retriable: true,
    };
  }
  if (asked.purpose === 'token') return tokenRefused(status, place, quote, rest);
  if (status === 401) {
    return {
      ...rest,
      code: 'auth',
      message:
        `${place} does not accept the access token (401).${quote} ` +
        (profile.auth.kind === 'none'
          ? 'The connection profile sends none (auth.kind is none): choose a kind of authentication.'
          : 'Connect again; check that the client belongs to this tenant and has not been revoked.'),
      retriable: false,
    };
  }
  if (status === 403) {
    const scope = profile.auth.scope === '' ? 'interactions:read workflows:read' : profile.auth.scope;
    return {
      ...rest,
      code: 'forbidden',
      message:
        `${place} refuses access (403).${quote} The client may lack a scope (it needs ${scope}), ` +
        'or this address is not on the tenant’s allow-list. Ask the tenant’s administrator to grant the scope or to add the address.',
      retriable: false,
    };
  }
  if (status === 404 || status === 405 || status === 410) {
    return {
      ...rest,
      code: 'not-found',
      message: `${place} does not exist at this tenant (status ${status}).${quote} Check baseUrl and query.path of the connection profile.`,
      retriable: false,
    };
  }
  return {
    ...rest,
    code: 'bad-request',
    message:
      `${place} does not accept the request (status ${status}).${quote} ` +
      'Check the query’s conditions; “explain” shows the filter that is sent.',
    retriable: false,
  };
}

function tokenRefused(
  status: number,
  place: string,
  quote: string,
  rest: { readonly status: number; readonly tenantMessage?: string },
): TenantError {
  if (status === 400 || status === 401 || status === 403) {
    return {
      ...rest,
      code: 'auth',
      message:
        `The token endpoint ${place} refused the credentials (status ${status}).${quote} ` +
        'Check the client id and secret, the scope, and that they belong to this tenant.',
      retriable: false,
    };
  }
  return {
    ...rest,
    code: status === 404 || status === 405 || status === 410 ? 'not-found' : 'auth',
    message: `The token endpoint ${place} gave no token (status ${status}).${quote} Check auth.tokenUrl and baseUrl of the connection profile.`,
    retriable: false,
  };
}

/** A proxy that nobody named stands in the way, or a gateway before the tenant: what it says is not the tenant's. */
function proxyRefused(place: string): TenantError {
  return {
    code: 'proxy',
    message:
      `A proxy on the way to ${place} asks for a user name and a password (407). ` +
      `Name that proxy with them (${PROXY_CREDENTIALS}), or ask who runs the network to let it through.`,
    status: 407,
    retriable: false,
  };
}

function redirected(answer: HttpAnswer, place: string): TenantError {
  const location = headerOf(answer, 'location');
  let target = 'another address';
  if (location !== undefined && URL.canParse(location, place)) {
    const url = new URL(location, place);
    // Without its query, which may hold something secret.
    target = visible(url.origin + url.pathname);
  }
  return {
    code: 'redirect',
    message:
      `${place} redirects to ${target} (status ${answer.status}). Redirects are never followed, so that credentials stay where they belong. ` +
      'If that is the tenant’s real address, put it into baseUrl; if it is a log-in page, sign in to the network first.',
    status: answer.status,
    retriable: false,
  };
}

/** The token would leave the addresses that the profile allows. */
export function foreignOrigin(origin: string): TenantError {
  return {
    code: 'origin',
    message:
      `The token is not sent to ${origin}: the connection profile does not allow that origin. ` +
      'If it belongs to the tenant, add it to allowedOrigins.',
    retriable: false,
  };
}

/** The last of several attempts failed too. */
export function exhausted(error: TenantError, failures: number): TenantError {
  if (failures === 0) return error;
  return {
    ...error,
    message: `${error.message} (Given up after ${failures} ${failures === 1 ? 'retry' : 'retries'}.)`,
  };
}

/** The tenant wants to be left alone longer than the profile waits; `retryAt` in epoch milliseconds. */
export function notBefore(error: TenantError, retryAt: number): TenantError {
  const until = formatInstant(retryAt * MICROS_PER_MILLI);
  return { ...error, retryAt, message: `${error.message} It asks for no request before ${until}.` };
}

/** The run has spent its retries. */
export function overBudget(error: TenantError): TenantError {
  return {
    ...error,
    code: 'retry-budget',
    message:
      `Too many requests of this run failed, so it stopped rather than press a sick tenant further. ` +
      `The last failure: ${error.message}`,
  };
}

/** Every pause was kept, and still it throttles. */
export function endlessThrottling(times: number): TenantError {
  return {
    code: 'throttled',
    message:
      `The tenant answered 429 (too many requests) ${times} times in a row, although every pause it asked for was kept. ` +
      'Try again later, or lower limits.maxConcurrentRequests of the connection profile.',
    status: 429,
    retriable: true,
  };
}
