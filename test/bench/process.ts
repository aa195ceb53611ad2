/** A language server as a process, with its connection. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

export interface ServerProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly connection: MessageConnection;
  /** Ends the server as an editor does; resolves once its process has gone. */
  readonly close: () => Promise<void>;
}

/** @param options of Node, before the server's own file */
export function startProcess(options: readonly string[], server: string): ServerProcess {
  const child = spawn(process.execPath, [...options, server, '--stdio']);
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return {
    child,
    connection,
    close: async () => {
      const exited = once(child, 'exit');
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await exited;
      connection.dispose();
    },
  };
}
