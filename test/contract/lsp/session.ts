/** A client of the language server over real pipes, as any editor that speaks LSP over stdio. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type {
  ClientCapabilities,
  Diagnostic,
  InitializeParams,
  InitializeResult,
  PublishDiagnosticsParams,
} from 'vscode-languageserver-protocol';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

/** The door itself, bundled or not: Node runs the sources as they are. */
const DOOR = new URL('../../../server/src/cli.ts', import.meta.url).pathname;

export interface Session {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  readonly initialized: InitializeResult;
  /** Diagnostics of a text once the server has sent those of this version. */
  readonly diagnostics: (uri: string, version: number) => Promise<Diagnostic[]>;
  readonly open: (uri: string, text: string) => Promise<void>;
  readonly change: (uri: string, version: number, text: string) => Promise<void>;
  /** Shuts down as the protocol says; resolves with the exit code. */
  readonly close: () => Promise<number | null>;
}

/** Starts `cxq lsp --stdio`, or another door of the server, and initialises it. */
export async function startSession(
  initializationOptions?: unknown,
  capabilities: ClientCapabilities = {},
  more: Partial<InitializeParams> = {},
  door: readonly string[] = [DOOR, 'lsp', '--stdio'],
): Promise<Session> {
  const child = spawn(process.execPath, door, { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const published = new Map<string, PublishDiagnosticsParams>();
  const waiting = new Set<() => void>();
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.set(params.uri, params);
    for (const look of waiting) look();
  });
  connection.listen();
  const initialized = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities,
    ...more,
    ...(initializationOptions === undefined ? {} : { initializationOptions }),
  });
  await connection.sendNotification('initialized', {});
  return {
    connection,
    process: child,
    initialized,
    diagnostics: (uri, version) =>
      new Promise((resolve) => {
        const look = (): void => {
          const last = published.get(uri);
          if (last?.version !== version) return;
          waiting.delete(look);
          resolve(last.diagnostics);
        };
        waiting.add(look);
        look();
      }),
    open: (uri, text) =>
      connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri, languageId: 'cxq', version: 1, text },
      }),
    change: (uri, version, text) =>
      connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      }),
    close: async () => {
      const exited = once(child, 'exit');
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      const [code] = await exited;
      connection.dispose();
      return typeof code === 'number' ? code : null;
    },
  };
}
