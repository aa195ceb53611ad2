/** `cxq outbox`: webhooks that wait or were given up; sent again, or dropped. */
import { listOutbox, visibleText } from '../output/index.ts';
import type { OutboxEntry, OutboxOutput } from '../protocol/outbox.ts';
import { dropWaiting, retryMessages } from '../run/index.ts';
import { networkFrom } from '../tenant/index.ts';
import { type ConnectionOptions, readCheckedProfile } from './connection.ts';
import { CommandError, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { keptFolders, userName } from './kept.ts';
import { wrap } from './layout.ts';
import { plural } from './numbers.ts';
import { webhookSecret } from './webhook-secret.ts';

export interface OutboxListOptions {
  readonly runs?: string;
  readonly format: 'text' | 'json';
}

export interface OutboxChoice {
  readonly ids: readonly string[];
  readonly all?: boolean;
  readonly runs?: string;
}

/** Reads the outbox, or ends the command with why it cannot be read. */
async function entriesOf(folder: string): Promise<readonly OutboxEntry[]> {
  return orFailed(folder, () => listOutbox(folder));
}

async function orFailed<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why =
      code === 'ELOCKED'
        ? 'another process is sending what waits; try again in a moment'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new CommandError(EXIT.failed, `The outbox ${folder} cannot be used: ${why}.`);
  }
}

/** The ids that were meant: whole, or as much of one as only one message has. */
function chosen(entries: readonly OutboxEntry[], { ids, all }: OutboxChoice): ReadonlySet<string> {
  if (all === true) return new Set(entries.map(({ id }) => id));
  if (ids.length === 0) {
    throw new CommandError(EXIT.usage, 'Name the messages, as “cxq outbox list” shows them, or give --all.');
  }
  return new Set(
    ids.map((text) => {
      const found = entries.filter(({ id }) => id === text || (text.length >= 8 && id.startsWith(text)));
      const [only] = found;
      if (only !== undefined && found.length === 1) return only.id;
      const why = found.length === 0 ? 'There is no message' : `${found.length} messages begin with`;
      throw new CommandError(EXIT.usage, `${why} ${text} in the outbox; “cxq outbox list” shows all.`);
    }),
  );
}

function entryText(io: Io, entry: OutboxEntry): string {
  const { colour } = io;
  const { id, state, runId, connection, origin, createdAt, attempts, nextAttemptAt, lastError } = entry;
  const mark = state === 'failed' ? colour.red('✗ given up') : colour.yellow('… waits');
  const next = nextAttemptAt === null ? '' : `, not tried again before ${nextAttemptAt}`;
  let text = `${mark}  ${id}\n`;
  text += `    for ${visibleText(origin)}, of run ${visibleText(runId)} on ${visibleText(connection)}\n`;
  text += colour.dim(`    written ${createdAt}, ${plural(attempts, 'attempt')}${next}\n`);
  for (const line of wrap(visibleText(lastError ?? ''), Math.max(20, io.columns - 4))) {
    if (line !== '') text += `    ${line}\n`;
  }
  return text;
}

export async function outboxListCommand(io: Io, options: OutboxListOptions): Promise<ExitCode> {
  const messages = await entriesOf(keptFolders(io, options.runs).outboxFolder);
  if (options.format === 'json') {
    await printJson(io, { schemaVersion: 1, messages: [...messages] } satisfies OutboxOutput);
    return EXIT.ok;
  }
  if (messages.length === 0) io.out('No webhook waits, and none was given up.\n');
  for (const message of messages) io.out(entryText(io, message));
  return EXIT.ok;
}

const MARKS = { delivered: '✓', pending: '…', failed: '✗', refused: '✗' } as const;

export async function outboxRetryCommand(
  io: Io,
  options: OutboxChoice & ConnectionOptions,
): Promise<ExitCode> {
  const folders = keptFolders(io, options.runs);
  const ids = chosen(await entriesOf(folders.outboxFolder), options);
  if (ids.size === 0) {
    io.out('No webhook waits, and none was given up.\n');
    return EXIT.ok;
  }
  const profile = await readCheckedProfile(io, options);
  const host = {
    ...folders,
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    user: userName(io),
    webhookAllow: [],
    webhookSecret: webhookSecret(io),
    tenant: { network: networkFrom(io.env) },
  };
  const { deliveries, unaudited } = await orFailed(folders.outboxFolder, () =>
    retryMessages(host, ids, io.signal),
  );
  if (io.signal.aborted) return EXIT.interrupted;
  for (const { status, id, message } of deliveries) {
    const paint = status === 'delivered' ? io.colour.green : io.colour.red;
    io.out(`${paint(MARKS[status])} ${id}: ${visibleText(message)}\n`);
  }
  if (unaudited !== undefined) io.err(`cxq: Not audited: ${visibleText(unaudited)}\n`);
  const delivered = deliveries.filter(({ status }) => status === 'delivered').length;
  return delivered === ids.size && unaudited === undefined ? EXIT.ok : EXIT.problems;
}

export async function outboxDropCommand(io: Io, options: OutboxChoice): Promise<ExitCode> {
  const folders = keptFolders(io, options.runs);
  const ids = chosen(await entriesOf(folders.outboxFolder), options);
  const dropped = await orFailed(folders.outboxFolder, () =>
    dropWaiting({ ...folders, user: userName(io) }, ids),
  );
  io.out(`${plural(dropped.length, 'message')} dropped.\n`);
  return EXIT.ok;
}
