/**
 * The outbox: one JSON file a message, written whole before the first attempt and removed after the last. Neither the
 * signing secret nor the address of a connection is in it: both are looked up anew for each attempt.
 */
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { OutboxEntry } from '../../protocol/outbox.ts';
import { errorCode, NO_FOLLOW, privateFolder, replaceFile, syncFolder } from '../files.ts';

const messageSchema = z.object({
  schemaVersion: z.literal(2),
  /** The `webhook-id` of every attempt. */
  id: z.string().regex(/^msg_\w+$/),
  runId: z.string(),
  /** The profile whose address or secret it needs, and the origin of that profile's tenant. */
  connection: z.string(),
  tenant: z.string(),
  /** The receiver's origin. */
  origin: z.string(),
  /** An address that stands in a query; null for the profile's own, which is not stored. */
  url: z.string().nullable(),
  /** The exact body: a repeated attempt sends the same bytes. */
  body: z.string(),
  createdAt: z.iso.datetime(),
  /** When it began to wait: its age counts from here. Later than `createdAt` where a person sent it again. */
  queuedAt: z.iso.datetime(),
  attempts: z.number().int().nonnegative(),
  /** Nobody else tries before. */
  nextAttemptAt: z.iso.datetime(),
  lastError: z.string().nullable(),
});
export type OutboxMessage = z.infer<typeof messageSchema>;
type State = OutboxEntry['state'];

const NAMES: Readonly<Record<State, RegExp>> = {
  pending: /^msg_\w+\.json$/,
  failed: /^failed-msg_\w+\.json$/,
};
/** What a process that was killed left of a file it was writing. */
const LEFT = /^\.(?:failed-)?msg_\w+\.json\.[0-9a-f]+\.tmp$/;
const LEFT_MS = 3_600_000;

function pathOf(folder: string, id: string, state: State = 'pending'): string {
  return join(folder, `${state === 'failed' ? 'failed-' : ''}${id}.json`);
}

export async function saveMessage(folder: string, message: OutboxMessage): Promise<void> {
  await privateFolder(folder);
  await replaceFile(pathOf(folder, message.id), `${JSON.stringify(message, null, 2)}\n`, 0o600);
}

export async function removeMessage(folder: string, id: string, state: State = 'pending'): Promise<void> {
  await unlink(pathOf(folder, id, state));
}

/** Gives a message up, keeping it where a person finds it. */
export async function giveUp(folder: string, message: OutboxMessage): Promise<void> {
  await saveMessage(folder, message);
  await rename(pathOf(folder, message.id), pathOf(folder, message.id, 'failed'));
  await syncFolder(folder);
}

/** Lets a message that was given up wait again, under its id. */
export async function revive(folder: string, message: OutboxMessage): Promise<void> {
  await saveMessage(folder, message);
  await removeMessage(folder, message.id, 'failed');
}

/** Messages of a state, oldest first. A file that is no message is left alone. */
export async function messagesOf(folder: string, state: State): Promise<OutboxMessage[]> {
  let files: string[];
  try {
    files = (await readdir(folder)).filter((name) => NAMES[state].test(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const messages: OutboxMessage[] = [];
  for (const name of files) {
    const message = await readMessage(join(folder, name));
    if (message !== undefined && name === `${state === 'failed' ? 'failed-' : ''}${message.id}.json`) {
      messages.push(message);
    }
  }
  return messages.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
}

/** Messages that wait, then those that were given up, each oldest first, without their content. */
export async function listOutbox(folder: string): Promise<OutboxEntry[]> {
  const entries: OutboxEntry[] = [];
  for (const state of ['pending', 'failed'] as const) {
    for (const message of await messagesOf(folder, state)) {
      const { id, runId, connection, origin, createdAt, attempts, nextAttemptAt, lastError } = message;
      const next = state === 'pending' ? nextAttemptAt : null;
      entries.push({
        id,
        state,
        runId,
        connection,
        origin,
        createdAt,
        attempts,
        nextAttemptAt: next,
        lastError,
      });
    }
  }
  return entries;
}

/** Removes what killed processes left half written. */
export async function sweep(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => LEFT.test(one))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LEFT_MS)
      await unlink(path).catch(() => undefined);
  }
}

async function readMessage(path: string): Promise<OutboxMessage | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | NO_FOLLOW);
    try {
      return messageSchema.safeParse(JSON.parse(await handle.readFile('utf8'))).data;
    } finally {
      await handle.close();
    }
  } catch {
    // Another process sent and removed it, or it is not ours.
    return undefined;
  }
}
