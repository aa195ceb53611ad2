/** Where webhooks go: address, allow-list, secret and the way there, from the profile that they are sent for. */
import { type Destination, secretProblem } from '../output/index.ts';
import type { Profile } from '../protocol/profile.ts';
import { readTrust, throughProxy } from '../tenant/index.ts';
import { fail, type Outcome, type RunHost } from './host.ts';

/** What sending needs of a door. */
export type WebhookHost = Pick<
  RunHost,
  'profiles' | 'inForce' | 'outboxFolder' | 'webhookAllow' | 'webhookSecret' | 'tenant'
>;

/** What is known of a message that waits. */
interface Waiting {
  readonly connection: string;
  readonly tenant: string;
  readonly origin: string;
  readonly url: string | null;
}

async function secretOf(
  host: WebhookHost,
  profile: Profile,
  origin: string,
): Promise<Outcome<string | null>> {
  const { secret: name } = profile.webhook;
  const given = await host.webhookSecret?.(profile, origin);
  if (given === undefined) {
    if (name === null) return { ok: true, value: null };
    return fail(
      'secret',
      `The connection ${profile.id} signs its webhooks, and its secret ${name} is not given.`,
    );
  }
  if (!given.ok || given.value === null) return given;
  const problem = secretProblem(given.value);
  if (problem === undefined) return given;
  return fail(
    'secret',
    `The signing secret for ${origin} ${problem}. Give it anew, then the message is sent.`,
  );
}

/** How to send to an address for a profile. Nothing goes out unsigned that the profile wants signed. */
export async function destinationFor(
  host: WebhookHost,
  profile: Profile,
  url: string,
): Promise<Outcome<Destination>> {
  const secret = await secretOf(host, profile, URL.canParse(url) ? new URL(url).origin : '');
  if (!secret.ok) return secret;
  const network = {
    ...host.tenant?.network,
    ...(profile.certificates.length === 0 ? {} : { certificateFiles: profile.certificates }),
  };
  let ca: readonly string[];
  try {
    ca = (await readTrust(network)).certificates;
  } catch (error) {
    return fail('certificates', error instanceof Error ? error.message : String(error));
  }
  return {
    ok: true,
    value: {
      url,
      allow: [...profile.webhook.allow, ...host.webhookAllow],
      secret: secret.value,
      ca,
      proxy: (address, signal) => throughProxy(address, network, signal),
    },
  };
}

/** How to send what waits: for the profile that it was written for, as that is by now, and for no other tenant's. */
export async function destinationOf(host: WebhookHost, waiting: Waiting): Promise<Outcome<Destination>> {
  const { connection, tenant, origin } = waiting;
  const profile = [host.inForce, host.profiles.get(connection)].find(
    (one) => one?.id === connection && new URL(one.baseUrl).origin === tenant,
  );
  if (profile === undefined || profile === null) {
    return fail(
      'connection',
      `It waits for the connection ${connection} to ${tenant}, which is not set up here.`,
    );
  }
  const url = waiting.url ?? profile.webhook.url;
  if (url === null || new URL(url).origin !== origin) {
    const now = url === null ? 'no webhook' : `a webhook at ${new URL(url).origin}`;
    return fail(
      'connection',
      `It was written for ${origin}, and the connection ${connection} has ${now} by now: set the address back, or drop the message.`,
    );
  }
  return destinationFor(host, profile, url);
}
