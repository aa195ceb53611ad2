/** The language server that ships, as a process: how long it takes to the first diagnostics, and how much it holds. */
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as z from 'zod';
import { summary } from './measure.ts';
import { startProcess } from './process.ts';
import { milliseconds, type Section } from './table.ts';
import { validText } from './texts.ts';

/** Tells, when it is asked by a signal, what is in memory after everything that nobody needs has gone. */
const TELLS_MEMORY = `data:text/javascript,${encodeURIComponent(
  "process.on('SIGUSR2', () => { globalThis.gc(); globalThis.gc(); process.stderr.write(JSON.stringify(process.memoryUsage()) + '\\n'); });",
)}`;

const STARTS = 15;
const FILES = 100;

interface Server {
  /** Megabytes of the heap after a collection, and of the whole process. */
  readonly memory: () => Promise<{ readonly heap: number; readonly resident: number }>;
  readonly initialize: () => Promise<void>;
  readonly open: (uri: string, text: string) => Promise<void>;
  /** Resolves once diagnostics of the URI have come. */
  readonly diagnosed: (uri: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

function start(root: string): Server {
  const options = ['--expose-gc', '--import', TELLS_MEMORY];
  const { child, connection, close } = startProcess(options, join(root, 'dist', 'server.js'));
  const seen = new Set<string>();
  const waiting = new Map<string, () => void>();
  connection.onNotification('textDocument/publishDiagnostics', ({ uri }: { uri: string }) => {
    seen.add(uri);
    waiting.get(uri)?.();
  });
  connection.listen();
  return {
    memory: async () => {
      const told = once(child.stderr, 'data');
      child.kill('SIGUSR2');
      const [text] = await told;
      const { heapUsed, rss } = memorySchema.parse(JSON.parse(String(text)));
      return { heap: heapUsed / 1e6, resident: rss / 1e6 };
    },
    initialize: async () => {
      await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
      await connection.sendNotification('initialized', {});
    },
    open: (uri, text) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'cxq', version: 1, text },
      }),
    diagnosed: (uri) =>
      seen.has(uri) ? Promise.resolve() : new Promise((resolve) => waiting.set(uri, resolve)),
    close,
  };
}

const memorySchema = z.object({ heapUsed: z.number(), rss: z.number() });

export async function serverSection(root: string): Promise<Section> {
  const times: number[] = [];
  for (let index = 0; index < STARTS; index++) {
    const begin = performance.now();
    const server = start(root);
    await server.initialize();
    await server.open('file:///first.cxq', validText(100));
    await server.diagnosed('file:///first.cxq');
    times.push(performance.now() - begin);
    await server.close();
  }
  const server = start(root);
  await server.initialize();
  await server.open('file:///none.cxq', 'LAST 24h\n');
  await server.diagnosed('file:///none.cxq');
  const empty = await server.memory();
  const uris = Array.from({ length: FILES }, (_, index) => `file:///${index}.cxq`);
  for (const [index, uri] of uris.entries()) await server.open(uri, validText(1000, index + 1));
  for (const uri of uris) await server.diagnosed(uri);
  const holding = await server.memory();
  await server.close();
  const first = summary(times);
  const megabytes = ({ heap, resident }: typeof empty) =>
    `${heap.toFixed(0)} MB of heap, ${resident.toFixed(0)} MB resident`;
  return {
    title: 'The server as a process',
    text: `\`dist/server.js\` as it ships, started ${STARTS} times: from the start of the process to the diagnostics of a first file of 100 lines. Memory is that after the diagnostics of all files have come and a collection has been done; the bar is held against the heap.`,
    rows: [
      {
        what: 'start → first diagnostics',
        measured: milliseconds(first),
        against: '',
        bar: 'p95 < 500 ms',
        reached: first.p95 < 500,
      },
      {
        what: `${FILES} open files of 1,000 lines`,
        measured: megabytes(holding),
        against: `${megabytes(empty)} with one line open`,
        bar: '< 200 MB',
        reached: holding.heap < 200,
      },
    ],
  };
}
