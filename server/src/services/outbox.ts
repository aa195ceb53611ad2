/**
 * Webhooks that could not be delivered, in the editor: tried again at start and now and then; what was given up is told
 * to a person, who sends it again or discards it.
 */
import { readdir } from 'node:fs/promises';
import type { Outcome, RunHost } from '../run/index.ts';
import { askWebhookSecret } from './credentials.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { foldersOf } from './folders.ts';
import { askNetwork } from './network.ts';
import { auditTold } from './told.ts';

/** The editor is busy with other things when it starts. */
const START_MS = 2_000;
const AGAIN_MS = 10 * 60_000;

type OutboxHost = Pick<
  RunHost,
  | 'profiles'
  | 'inForce'
  | 'outboxFolder'
  | 'auditFolder'
  | 'runsFolder'
  | 'user'
  | 'webhookAllow'
  | 'webhookSecret'
  | 'tenant'
  | 'onAudited'
>;

/** The signing secrets of one run: only what is stored, so that no run waits for a person; the rest is asked for after it. */
export interface WebhookSecrets {
  readonly of: NonNullable<RunHost['webhookSecret']>;
  /** Asks for what was missing, then sends what waits for it. */
  readonly askForMissing: () => void;
}

export function webhookSecrets(context: FeatureContext): WebhookSecrets {
  const { connection, workspace } = context;
  const missing = new Map<string, () => Promise<Outcome<string | null>>>();
  return {
    async of(profile, origin) {
      const stored = await askWebhookSecret(connection, profile, origin, true);
      const key = `${origin} ${profile.webhook.secret}`;
      if (!stored.ok) missing.set(key, () => askWebhookSecret(connection, profile, origin, false));
      return stored;
    },
    askForMissing() {
      const ask = async (): Promise<void> => {
        let given = false;
        for (const one of missing.values()) given = (await one()).ok || given;
        if (given && workspace.configuration.trusted) await deliver(context);
      };
      ask().catch((error: unknown) => connection.console.error(`Webhooks: ${String(error)}`));
    },
  };
}

async function hostOf(context: FeatureContext): Promise<OutboxHost> {
  const { connection, workspace } = context;
  const folders = await foldersOf(workspace.configuration);
  return {
    profiles: workspace.profiles,
    inForce: workspace.inForce,
    outboxFolder: folders.outbox,
    auditFolder: folders.audit,
    runsFolder: folders.runs,
    user: workspace.configuration.user,
    webhookAllow: workspace.configuration.webhookAllow,
    webhookSecret: webhookSecrets(context).of,
    tenant: { network: await askNetwork(context) },
    onAudited: auditTold(connection),
  };
}

async function namesOf(context: FeatureContext): Promise<readonly string[]> {
  const { outbox } = await foldersOf(context.workspace.configuration);
  const names = await readdir(outbox).catch(() => []);
  return names.filter((name) => name.endsWith('.json'));
}

/** Tries what is due, and tells of what was given up. Reads nothing but the folder's names where nothing is there. */
async function deliver(context: FeatureContext): Promise<void> {
  const names = await namesOf(context);
  if (names.some((name) => name.startsWith('msg_'))) {
    const { deliverDue } = await import('../run/index.ts');
    await deliverDue(await hostOf(context), new AbortController().signal);
  }
  await tellOfGivenUp(context);
}

const told = new WeakMap<FeatureContext['connection'], Set<string>>();

/** Tells of each message once, and does what the person chooses. */
async function tellOfGivenUp(context: FeatureContext): Promise<void> {
  const { connection } = context;
  const known = told.get(connection) ?? new Set();
  told.set(connection, known);
  if (!(await namesOf(context)).some((name) => name.startsWith('failed-'))) return;
  const { listOutbox } = await import('../output/index.ts');
  const { outbox } = await foldersOf(context.workspace.configuration);
  const dead = (await listOutbox(outbox)).filter(({ id, state }) => state === 'failed' && !known.has(id));
  const last = dead.at(-1);
  if (last === undefined) return;
  for (const { id } of dead) known.add(id);
  const what = dead.length === 1 ? 'A webhook was given up' : `${dead.length} webhooks were given up`;
  const why = last.lastError ?? 'The reason is not known.';
  const message = `${what}${dead.length === 1 ? '' : '; of the last one'}: ${why} The messages are kept.`;
  await offer(context, message, new Set(dead.map(({ id }) => id)));
}

const SEND = 'Send Again';
const DISCARD = 'Discard';

async function offer(context: FeatureContext, message: string, ids: ReadonlySet<string>): Promise<void> {
  const { window } = context.connection;
  const chosen = await window.showWarningMessage(message, { title: SEND }, { title: DISCARD });
  if (chosen === undefined || chosen === null) return;
  const { dropWaiting, retryMessages } = await import('../run/index.ts');
  const host = await hostOf(context);
  if (chosen.title === DISCARD) await dropWaiting(host, ids);
  if (chosen.title !== SEND) return;
  const { deliveries } = await retryMessages(host, ids, new AbortController().signal);
  const open = deliveries.filter(({ status }) => status !== 'delivered');
  const [first] = open;
  if (first === undefined) window.showInformationMessage('What was given up is delivered now.');
  else if (first.status === 'pending') window.showWarningMessage(`Not delivered yet: ${first.message}`);
  else await offer(context, `Not delivered: ${first.message}`, new Set(open.map(({ id }) => id)));
}

/** Looks at the outbox soon: a run's webhook was given up, or its secret is there now. */
export function lookAtOutbox(context: FeatureContext): void {
  tellOfGivenUp(context).catch((error: unknown) =>
    context.connection.console.error(`The outbox: ${error instanceof Error ? error.message : String(error)}`),
  );
}

export const outboxFeature: Feature = {
  capabilities: {},
  register(context) {
    const { connection, workspace } = context;
    const look = async (): Promise<void> => {
      if (workspace.configuration.trusted) await deliver(context);
    };
    const turn = (): void => {
      look().catch((error: unknown) =>
        connection.console.error(`The outbox: ${error instanceof Error ? error.message : String(error)}`),
      );
    };
    setTimeout(turn, START_MS).unref();
    setInterval(turn, AGAIN_MS).unref();
  },
};
