/** Connection and credentials for the command line: the environment, or a profile file. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Credentials, Profile } from '../protocol/profile.ts';
import { isObject } from './json.ts';
import { type ProfileProblem, resolveProfile, withBaseUrl } from './profile.ts';

export interface ConnectionOverrides {
  /** Overrides the profile's address, and the token URL with it. */
  readonly baseUrl?: string;
  /** Overrides `variables.tenant`. */
  readonly tenant?: string;
}

export type Connection =
  | { readonly ok: true; readonly profile: Profile; readonly credentials: Credentials }
  | { readonly ok: false; readonly problems: readonly ProfileProblem[] };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The connection that the environment names: CXONE_TENANT, CXONE_CLIENT_ID, CXONE_CLIENT_SECRET, and
 * PROCESS_MINING_WEBHOOK. For other kinds of authentication CXONE_USERNAME, CXONE_PASSWORD, CXONE_TOKEN.
 */
export function profileFromEnvironment(env: Environment, overrides: ConnectionOverrides = {}): Connection {
  return connection({}, env, overrides);
}

/** The connection of a profile file (JSON, every field optional), with the environment's credentials. */
export async function loadProfileFile(
  path: string,
  env: Environment,
  overrides: ConnectionOverrides = {},
): Promise<Connection> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : `it cannot be read (${code})`;
    return problem(`The connection profile ${path}: ${reason}.`);
  }
  let input: unknown;
  try {
    input = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be parsed';
    return problem(`The connection profile ${path} is not JSON: ${reason}`);
  }
  if (!isObject(input)) return problem(`The connection profile ${path} must be a JSON object.`);
  return connection(input, env, overrides, dirname(path));
}

function problem(message: string): Connection {
  return { ok: false, problems: [{ path: '', message }] };
}

function connection(
  input: Readonly<Record<string, unknown>>,
  env: Environment,
  overrides: ConnectionOverrides,
  folder?: string,
): Connection {
  let own: Record<string, unknown> = { ...input };
  const tenant = overrides.tenant ?? env['CXONE_TENANT'];
  const variables = own['variables'];
  // The file's own tenant wins over the environment, never over --tenant.
  const named = isObject(variables) && variables['tenant'] !== undefined && overrides.tenant === undefined;
  if (tenant !== undefined && tenant !== '' && !named) {
    own['variables'] = { ...(isObject(variables) ? variables : {}), tenant };
  }
  const hook = env['PROCESS_MINING_WEBHOOK'];
  const webhook = own['webhook'];
  if (
    hook !== undefined &&
    hook !== '' &&
    (webhook === undefined || (isObject(webhook) && webhook['url'] === undefined))
  ) {
    own['webhook'] = { ...(isObject(webhook) ? webhook : {}), url: hook };
  }
  if (overrides.baseUrl !== undefined) own = withBaseUrl(own, overrides.baseUrl);
  const resolved = resolveProfile(own, [], folder === undefined ? {} : { folder });
  return resolved.ok ? { ok: true, profile: resolved.profile, credentials: credentialsFrom(env) } : resolved;
}

function credentialsFrom(env: Environment): Credentials {
  const names: Readonly<Record<keyof Credentials, string>> = {
    clientId: 'CXONE_CLIENT_ID',
    clientSecret: 'CXONE_CLIENT_SECRET',
    username: 'CXONE_USERNAME',
    password: 'CXONE_PASSWORD',
    token: 'CXONE_TOKEN',
  };
  const found = Object.entries(names).flatMap(([field, name]) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[field, value]];
  });
  return Object.fromEntries(found);
}
