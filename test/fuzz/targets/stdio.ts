/** The language server as editors start it: a process that reads bytes, right or wrong, and stays within its memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { StreamMessageReader } from 'vscode-languageserver-protocol/node';
import { ensure } from '../ensure.ts';
import { Client } from '../lsp/client.ts';
import { type Conversation, conversationOf, shorter } from '../lsp/steps.ts';
import type { Target } from '../target.ts';

const DOOR = new URL('../../../server/src/lsp.ts', import.meta.url).pathname;
/** An idle server has some 150 MB, most of it Node's own. */
const MOST_MEMORY = 600 * 2 ** 20;

interface Server {
  readonly child: ChildProcess;
  readonly client: Client;
  readonly able: boolean;
}

let server: Server | undefined;

async function start(able: boolean): Promise<Server> {
  const child = spawn(process.execPath, [DOOR], { stdio: ['pipe', 'pipe', 'ignore'] });
  let gone: string | undefined;
  child.once('exit', (code, signal) => {
    gone = `the server ended (${code ?? signal})`;
  });
  child.stdin.on('error', () => undefined);
  process.once('exit', () => child.kill());
  const reader = new StreamMessageReader(child.stdout);
  const client = new Client({
    send: (bytes) => void child.stdin.write(bytes),
    onMessage: (listener) => void reader.listen(listener),
    trouble: () => gone,
  });
  await client.initialize(able);
  return { child, client, able };
}

/** Resident memory of a process in bytes; undefined where the system does not tell. */
function memoryOf(pid: number | undefined): number | undefined {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

async function holds(conversation: Conversation): Promise<void> {
  if (server?.able !== conversation.able) closeServer();
  server ??= await start(conversation.able);
  try {
    await server.client.converse(conversation);
    const memory = memoryOf(server.child.pid) ?? 0;
    ensure(memory < MOST_MEMORY, () => `the server has ${Math.round(memory / 2 ** 20)} MB`);
  } catch (error) {
    // What fails on a server of long standing has to fail on a new one to be made smaller.
    closeServer();
    throw error;
  }
}

/** Ends the server that is kept between conversations. */
function closeServer(): void {
  server?.child.kill();
  server = undefined;
}

export const stdio: Target<Conversation> = {
  name: 'stdio',
  // What earlier conversations left open shows in later ones: the answers are not looked into.
  small: conversationOf(true).map((one) => ({ ...one, able: true, right: false })),
  finish: closeServer,
  holds,
  smaller: shorter,
  count: ({ steps }) => steps.length,
  slowness: 300,
};
