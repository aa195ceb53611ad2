/** The two ways into the server: the editor's pipes, and, for large texts, a thread of the same process. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  createConnection,
  PortMessageReader,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { LargeTexts } from './large-texts.ts';
import { LARGE_TEXTS, ThreadWriter, threadOf } from './large-thread.ts';
import { writerOptions } from './messages.ts';
import { startLanguageServer, startLargeTextServer } from './server.ts';

/** The port to answer at where this module's process is a thread for large texts. */
export function largeTextPort(): MessagePort | undefined {
  return workerData === LARGE_TEXTS && parentPort !== null ? parentPort : undefined;
}

/** Serves the other server of this process. */
export async function serveLargeTexts(port: MessagePort): Promise<void> {
  // Whoever starts this one has no reason to ask again after what is read later.
  const { patterns } = await import('../run/patterns.ts');
  const writer = new ThreadWriter(port);
  startLargeTextServer(createConnection(ProposedFeatures.all, new PortMessageReader(port), writer), patterns);
}

/** Serves an editor. `door` is the module that serves large texts when a thread runs it. */
export function serveStdio(door: URL, options: { readonly largeLength?: number } = {}): void {
  const writer = new StreamMessageWriter(process.stdout, writerOptions);
  const { largeLength } = options;
  const large = new LargeTexts({
    start: threadOf(door),
    write: (message) => writer.write(message),
    ...(largeLength === undefined ? {} : { length: largeLength }),
  });
  const reader = new StreamMessageReader(process.stdin);
  const connection = createConnection(ProposedFeatures.all, reader, writer, { messageStrategy: large });
  let isShutDown = false;
  connection.onShutdown(() => {
    isShutDown = true;
  });
  // An editor that is gone can ask for nothing any more.
  for (const event of ['end', 'close']) process.stdin.on(event, () => process.exit(isShutDown ? 0 : 1));
  startLanguageServer(connection, large);
}
