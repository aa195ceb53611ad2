/** The language server over stdin and stdout: a thin door. */
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { writerOptions } from './services/messages.ts';
import { startLanguageServer } from './services/server.ts';

const connection = createConnection(
  ProposedFeatures.all,
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout, writerOptions),
);
let isShutDown = false;
connection.onShutdown(() => {
  isShutDown = true;
});
// An editor that is gone can ask for nothing any more.
for (const event of ['end', 'close']) process.stdin.on(event, () => process.exit(isShutDown ? 0 : 1));
startLanguageServer(connection);
