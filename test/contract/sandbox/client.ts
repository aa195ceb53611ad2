/** What the contract tests need of a client: a token, a query, and a start that cleans up after itself. */
import { afterEach } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';

/** Friday morning: a fixed clock for data and retention. */
export const NOW = Date.UTC(2026, 10, 20, 10, 30) * 1000;

const running: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

/** Starts a small sandbox that the test's end stops. */
export async function sandboxOf(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ interactions: 60, seed: 7, now: NOW, ...options });
  running.push(sandbox);
  return sandbox;
}

export interface PageBody {
  readonly data: readonly {
    readonly interactionId: string;
    readonly steps: readonly { readonly startTime: string; readonly errorState: unknown }[];
  }[];
  readonly total?: number;
  readonly nextPageToken?: string;
}

export async function tokenFrom(sandbox: Sandbox, scope?: string): Promise<string> {
  const response = await fetch(`${sandbox.baseUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: sandbox.clientId,
      client_secret: sandbox.clientSecret,
      ...(scope === undefined ? {} : { scope }),
    }),
  });
  const body = (await response.json()) as { readonly access_token: string };
  return body.access_token;
}

/** `POST …/query`; without a token when the sandbox wants none. */
export function post(
  sandbox: Sandbox,
  body: object,
  token?: string,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${sandbox.baseUrl}/api/v2/interactions/history/query`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

export async function page(sandbox: Sandbox, body: object, token?: string): Promise<PageBody> {
  const response = await post(sandbox, body, token);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as PageBody;
}

/** `GET …/history` with the given headers. */
export function get(
  sandbox: Sandbox,
  parameters: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const query = new URLSearchParams(parameters);
  return fetch(`${sandbox.baseUrl}/api/v2/interactions/history?${query}`, { headers });
}

export function ids(body: PageBody): string[] {
  return body.data.map((record) => record.interactionId);
}
