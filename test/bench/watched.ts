/** A language server whose main thread is watched: how long it is busy at a stretch. */
import { once } from 'node:events';
import type { MessageConnection } from 'vscode-languageserver-protocol/node';
import * as z from 'zod';
import { startProcess } from './process.ts';

/**
 * Looks once in each round of the event loop, at most every millisecond, at the time that the processor has spent on the
 * main thread; tells the longest time between two looks when it is asked by a signal. Time of the processor, so that what
 * the machine does for others counts for nothing.
 */
const WATCHES = `data:text/javascript,${encodeURIComponent(`
import { isMainThread } from 'node:worker_threads';
const spent = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let before = spent();
let longest = 0;
const look = () => {
  const now = spent();
  longest = Math.max(longest, now - before);
  before = now;
  setTimeout(look, 1).unref();
};
if (isMainThread) look();
if (isMainThread) process.on('SIGUSR2', () => { look(); process.stderr.write(longest + '\\n'); longest = 0; });
`)}`;

export interface Watched {
  readonly connection: MessageConnection;
  readonly notify: (method: string, params: object) => Promise<void>;
  /** Asks, and gives what was the longest stretch in milliseconds. */
  readonly longest: (method: string, params: object, answered?: (result: unknown) => void) => Promise<number>;
  /** As `longest`, for what is not answered: until something else is. */
  readonly longestTelling: (method: string, params: object) => Promise<number>;
  readonly close: () => Promise<void>;
}

const symbols = { documentSymbol: { hierarchicalDocumentSymbolSupport: true } };
const CAPABILITIES = {
  textDocument: { diagnostic: {}, rename: { prepareSupport: true }, ...symbols },
  workspace: { workspaceEdit: { documentChanges: true } },
};

/** Starts a server, with what is not the same for every one of them. */
export async function startWatched(server: string, more: object = {}): Promise<Watched> {
  const { child, connection, close } = startProcess(['--import', WATCHES], server);
  connection.listen();
  const told = async (): Promise<number> => {
    const answer = once(child.stderr, 'data');
    child.kill('SIGUSR2');
    const [text] = await answer;
    return z.coerce.number().parse(String(text).trim());
  };
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: CAPABILITIES,
    initializationOptions: { ...OPTIONS, ...more },
  });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    notify: (method, params) => connection.sendNotification(method, params),
    longest: async (method, params, answered) => {
      await told();
      const result = await connection.sendRequest<unknown>(method, params);
      const longest = await told();
      answered?.(result);
      return longest;
    },
    longestTelling: async (method, params) => {
      await told();
      await connection.sendNotification(method, params);
      await connection.sendRequest('completionItem/resolve', { label: '' });
      return told();
    },
    close,
  };
}

/** What the extension's own settings switch on. */
const OPTIONS = {
  profiles: [],
  connection: null,
  dataFolder: '',
  user: 'bench',
  trusted: true,
  clientCommands: true,
};
