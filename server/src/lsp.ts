/** The language server over stdin and stdout: a thin door. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startLanguageServer } from './services/server.ts';

startLanguageServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout));
