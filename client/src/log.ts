/** The log of messages between the client and its server, without those that carry secrets. */
import type * as vscode from 'vscode';
import { METHODS } from '../../server/src/protocol/lsp.ts';

const SECRET: readonly string[] = [METHODS.credentials, METHODS.network];

/** A traced message as it may be kept: of one that carries credentials, only that it was sent. */
export function withoutSecrets(traced: string): string {
  const [first = ''] = traced.split('\n', 1);
  // A request says whose credentials are asked for; only its answer has them. A proxy's address may hold a password.
  const secret = SECRET.some((method) => first.includes(`${method} `) || first.includes(`${method}'`));
  return secret && /response/i.test(first) ? `${first}\n(not shown: credentials)` : traced;
}

/** The channel that the language client traces to: the log itself, through the filter above. */
export function traceChannel(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
  const clean = (part: unknown): unknown => (typeof part === 'string' ? withoutSecrets(part) : part);
  const line = (text: string): void => log.appendLine(withoutSecrets(text));
  return {
    name: log.name,
    get logLevel() {
      return log.logLevel;
    },
    // The client listens once the server has started: a level that was set meanwhile is told then.
    onDidChangeLogLevel: (listener, thisArgs, disposables) => {
      const listening = log.onDidChangeLogLevel(listener, thisArgs, disposables);
      listener.call(thisArgs, log.logLevel);
      return listening;
    },
    trace: (message, ...more) => log.trace(withoutSecrets(message), ...more.map(clean)),
    debug: (message, ...more) => log.debug(message, ...more),
    info: (message, ...more) => log.info(message, ...more),
    warn: (message, ...more) => log.warn(message, ...more),
    error: (message, ...more) => log.error(message, ...more),
    append: line,
    appendLine: line,
    replace: line,
    clear: () => log.clear(),
    show: () => log.show(true),
    hide: () => log.hide(),
    // The log is its owner's to end.
    dispose: () => undefined,
  };
}
