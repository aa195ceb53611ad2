/** Secrets come from the editor when they are needed: never from settings, environment or arguments. */
import type { Connection } from 'vscode-languageserver/node';
import { credentialsResultSchema, METHODS } from '../protocol/lsp.ts';
import type { Credentials, Profile } from '../protocol/profile.ts';
import type { Outcome } from '../run/index.ts';

/** Secrets are bound to the origin they were entered for: that of the token URL, else of the tenant. */
function originOf(profile: Profile): string {
  const { kind, tokenUrl } = profile.auth;
  return new URL(kind === 'static-bearer' ? profile.baseUrl : tokenUrl).origin;
}

function refused(message: string): Outcome<never> {
  return { ok: false, error: { code: 'credentials', message } };
}

/** Asks the editor for the credentials of a profile. */
export async function askCredentials(
  connection: Connection,
  profile: Profile,
): Promise<Outcome<Credentials>> {
  if (profile.auth.kind === 'none') return { ok: true, value: {} };
  let answered: unknown;
  try {
    answered = await connection.sendRequest<unknown>(METHODS.credentials, {
      profile: profile.id,
      origin: originOf(profile),
      kind: profile.auth.kind,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refused(`The editor gave no credentials for ${profile.id}: ${why}. Connect to the tenant again.`);
  }
  const read = credentialsResultSchema.safeParse(answered);
  if (!read.success || read.data.credentials === null) {
    return refused(`No credentials were given for ${profile.id}. Connect to the tenant first.`);
  }
  const { clientId, clientSecret, username, password, token } = read.data.credentials;
  return {
    ok: true,
    value: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(token === undefined ? {} : { token }),
    },
  };
}

/**
 * The secret that signs what a profile tells an origin; null where it names none. Bound to that origin, as credentials
 * are. Quietly: only what is stored, and nobody is asked.
 */
export async function askWebhookSecret(
  connection: Connection,
  profile: Profile,
  origin: string,
  quiet: boolean,
): Promise<Outcome<string | null>> {
  const { secret: name } = profile.webhook;
  if (name === null) return { ok: true, value: null };
  let answered: unknown;
  try {
    answered = await connection.sendRequest<unknown>(METHODS.credentials, {
      profile: `webhook:${name}`,
      origin,
      kind: 'webhook-secret',
      quiet,
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refused(`The editor gave no signing secret “${name}” for ${origin}: ${why}.`);
  }
  const read = credentialsResultSchema.safeParse(answered);
  const token = read.success ? read.data.credentials?.token : undefined;
  if (token !== undefined && token !== '') return { ok: true, value: token };
  return refused(
    `The connection ${profile.id} signs its webhooks, and there is no signing secret “${name}” for ${origin} yet.`,
  );
}
