/** The outbox: one JSON file a message, written whole before the first attempt and removed after the last. */
import { constants } from 'node:fs';
import { open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode, NO_FOLLOW, privateFolder, replaceFile } from '../files.ts';

export const messageSchema = z.object({
  schemaVersion: z.literal(1),
  /** The `webhook-id` of every attempt. */
  id: z.string().regex(/^msg_\w+$/),
  runId: z.string(),
  url: z.string(),
  /** The exact body: a repeated attempt sends the same bytes. */
  body: z.string(),
  createdAt: z.string(),
  attempts: z.number().int().nonnegative(),
  /** Nobody else tries before. */
  nextAttemptAt: z.string(),
  lastError: z.string().nullable(),
});
/** A message on its way. The signing secret is not in it. */
export type OutboxMessage = z.infer<typeof messageSchema>;

/** What a person sees of a message that waits or was given up. */
export interface OutboxEntry {
  readonly id: string;
  readonly runId: string;
  readonly origin: string;
  readonly createdAt: string;
  readonly attempts: number;
  readonly state: 'pending' | 'failed';
  readonly lastError: string | null;
}

const PENDING = /^msg_\w+\.json$/;
const FAILED = /^failed-(msg_\w+)\.json$/;

function pathOf(folder: string, id: string, failed = false): string {
  return join(folder, `${failed ? 'failed-' : ''}${id}.json`);
}

export async function saveMessage(folder: string, message: OutboxMessage): Promise<void> {
  await privateFolder(folder);
  await replaceFile(pathOf(folder, message.id), `${JSON.stringify(message, null, 2)}\n`, 0o600);
}

export async function removeMessage(folder: string, id: string): Promise<void> {
  await unlink(pathOf(folder, id));
}

/** Gives a message up, keeping it where a person finds it. */
export async function giveUp(folder: string, message: OutboxMessage): Promise<void> {
  await saveMessage(folder, message);
  await rename(pathOf(folder, message.id), pathOf(folder, message.id, true));
}

/** Messages that wait, oldest first. A file that is no message is left alone. */
export async function pendingMessages(folder: string): Promise<OutboxMessage[]> {
  return readMessages(folder, PENDING);
}

/** Messages that wait or were given up, oldest first, without their content. */
export async function listOutbox(folder: string): Promise<OutboxEntry[]> {
  const entry = (state: 'pending' | 'failed') => (message: OutboxMessage) => {
    const { id, runId, createdAt, attempts, lastError } = message;
    const origin = URL.canParse(message.url) ? new URL(message.url).origin : '';
    return { id, runId, origin, createdAt, attempts, state, lastError };
  };
  const pending = (await readMessages(folder, PENDING)).map(entry('pending'));
  return [...pending, ...(await readMessages(folder, FAILED)).map(entry('failed'))];
}

async function readMessages(folder: string, names: RegExp): Promise<OutboxMessage[]> {
  let files: string[];
  try {
    files = (await readdir(folder)).filter((name) => names.test(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const messages: OutboxMessage[] = [];
  for (const name of files) {
    const message = await readMessage(join(folder, name));
    if (message !== undefined) messages.push(message);
  }
  return messages.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
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
