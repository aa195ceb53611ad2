/** The connection of a command: a profile file, or the tenant that the environment names. */
import { resolve } from 'node:path';
import { type CheckContext, profileFacts } from '../language/index.ts';
import { webhookPolicy } from '../output/index.ts';
import type { Micros } from '../protocol/instant.ts';
import type { Credentials, Profile } from '../protocol/profile.ts';
import { patterns } from '../run/index.ts';
import { loadProfileFile, profileFromEnvironment } from '../tenant/index.ts';
import { CommandError, EXIT, type Io } from './io.ts';

export interface ConnectionOptions {
  readonly profile?: string;
  readonly baseUrl?: string;
  readonly tenant?: string;
}

export interface CommandConnection {
  readonly profile: Profile;
  readonly credentials: Credentials;
}

/** Reads the connection, or ends the command with what is wrong in it. */
export async function readConnection(io: Io, options: ConnectionOptions): Promise<CommandConnection> {
  const overrides = {
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
  };
  const read =
    options.profile === undefined
      ? profileFromEnvironment(io.env, overrides)
      : await loadProfileFile(resolve(io.cwd, options.profile), io.env, overrides);
  if (read.ok) return { profile: read.profile, credentials: read.credentials };
  const list = read.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new CommandError(EXIT.usage, `The connection cannot be used. ${list.join(' ')}`);
}

/** The connection of a command that sends nothing: where no tenant is named any name will do. */
export async function readCheckedProfile(io: Io, options: ConnectionOptions): Promise<Profile> {
  const named = (io.env['CXONE_TENANT'] ?? '') !== '';
  const env = named ? io.env : { ...io.env, CXONE_TENANT: 'tenant' };
  const { profile } = await readConnection({ ...io, env }, options);
  return profile;
}

/** What diagnostics and plans depend on, for a command with one profile. */
export function checkContext(profile: Profile, now: Micros, known: boolean): CheckContext {
  const facts = profileFacts(profile);
  return {
    now,
    profile: facts,
    webhookVerdict: webhookPolicy,
    patterns,
    // Without a profile file nothing is known of the profiles that a query may name.
    ...(known ? { profiles: new Map([[facts.id, facts]]) } : {}),
  };
}
