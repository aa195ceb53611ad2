/** The language server's process and the messages to it, each checked against its schema on the way in. */
import * as vscode from 'vscode';
import type { CodeLensRequest, LanguageClient } from 'vscode-languageclient/node';
import type * as z from 'zod';
import { METHODS, type ServerConfiguration } from '../../server/src/protocol/lsp.ts';
import { codeLensEnabled, onDidChangeCodeLens } from './configuration.ts';
import { traceChannel } from './log.ts';
import { pageLinks } from './pages.ts';

/** Where CXQ text may live; a diff's or a history's older copy is left alone. */
const SCHEMES = ['file', 'untitled', 'vscode-remote', 'vscode-vfs'] as const;

export interface Server {
  readonly request: <S extends z.ZodType>(
    method: string,
    params: unknown,
    result: S,
    token?: vscode.CancellationToken,
  ) => Promise<z.output<S>>;
  readonly notify: (method: string, params: unknown) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly configuration: () => ServerConfiguration;
  /** Requests that the server asks of the client, by method. */
  readonly answers: Readonly<Record<string, (params: unknown) => Promise<unknown>>>;
  /** Notifications of the server, by method. */
  readonly listeners: Readonly<Record<string, (params: unknown) => void>>;
  /** Called whenever a server has begun: the first one, and each that the client starts after one that ended. */
  readonly onBegan: () => void;
}

/** Starts `dist/server.js` on the editor's own Node. The client library is loaded here, not at activation. */
async function start(options: ServerOptions): Promise<LanguageClient> {
  const { LanguageClient, RevealOutputChannelOn, State, TransportKind } = await import(
    'vscode-languageclient/node'
  );
  const module = vscode.Uri.joinPath(options.extensionUri, 'dist', 'server.js').fsPath;
  const client = new LanguageClient(
    'cxq',
    'CXQ',
    { module, transport: TransportKind.stdio },
    {
      documentSelector: SCHEMES.map((scheme) => ({ scheme, language: 'cxq' })),
      outputChannel: options.log,
      traceOutputChannel: traceChannel(options.log),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticPullOptions: { onChange: true },
      initializationOptions: options.configuration,
      markdown: { isTrusted: false, supportHtml: false },
      middleware: {
        ...pageLinks,
        provideCodeLenses: (document, token, next) => (codeLensEnabled() ? next(document, token) : []),
      },
    },
  );
  for (const [method, answer] of Object.entries(options.answers)) client.onRequest(method, answer);
  for (const [method, listen] of Object.entries(options.listeners)) client.onNotification(method, listen);
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) options.onBegan();
  });
  await client.start();
  return client;
}

/** Has the editor ask for the lenses again. */
function redrawLenses(client: LanguageClient): void {
  const method: typeof CodeLensRequest.method = 'textDocument/codeLens';
  const feature = client.getFeature(method);
  const providers = vscode.workspace.textDocuments.map((document) => feature.getProvider(document));
  for (const provider of new Set(providers)) provider?.onDidChangeCodeLensEmitter.fire();
}

/** The server went away under a request; the client starts it again by itself. */
export class ServerGoneError extends Error {}

/** JSON-RPC's codes for a connection that went away under a request. */
const GONE: readonly unknown[] = [-32096, -32097, -32099];

async function send(
  client: LanguageClient,
  method: string,
  params: unknown,
  token: vscode.CancellationToken | undefined,
): Promise<unknown> {
  try {
    // A token that is not there would be sent as a second parameter.
    return await (token === undefined
      ? client.sendRequest<unknown>(method, params)
      : client.sendRequest<unknown>(method, params, token));
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && GONE.includes(reason.code)) {
      throw new ServerGoneError(
        'The language server ended before it answered, and is started again. What a run had retrieved is kept; the log says more.',
        { cause: reason },
      );
    }
    throw reason;
  }
}

/** Begins to start the server and returns at once; every message waits until it is there. */
export function startServer(options: ServerOptions): Server {
  const started = start(options);
  // Who sends a message gets the error; without one the log has it.
  started.catch((reason: unknown) => {
    options.log.error(`The language server did not start: ${String(reason)}`);
  });
  const listening = onDidChangeCodeLens(() => {
    void started.then(redrawLenses, () => undefined);
  });
  return {
    request: async (method, params, result, token) => {
      const client = await started;
      const answer = result.safeParse(await send(client, method, params, token));
      if (answer.success) return answer.data;
      options.log.error(`${method}: ${answer.error.message}`);
      throw new Error(
        `The language server’s answer to ${method} could not be read: the extension was updated, or is damaged. Reload the window.`,
      );
    },
    notify: async (method, params) => (await started).sendNotification(method, params),
    stop: async () => {
      listening.dispose();
      try {
        await (await started).stop();
      } catch {
        // One that never started has nothing to stop.
      }
    },
  };
}

/** Hands the settings in force to the server. */
export function sendConfiguration(server: Server, configuration: ServerConfiguration): Promise<void> {
  return server.notify(METHODS.configuration, configuration);
}
