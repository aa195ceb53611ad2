/** The language server in this process: whatever is sent, it answers, and goes on serving. */
import { PassThrough } from 'node:stream';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node';
import { startLanguageServer } from '../../../server/src/services/server.ts';
import { Client, type Line } from '../lsp/client.ts';
import { type Conversation, conversationOf, shorter } from '../lsp/steps.ts';
import type { Target } from '../target.ts';

/** What would have ended a process of its own. */
let uncaught: string | undefined;
let watching = false;

function watchForErrors(): void {
  if (watching) return;
  watching = true;
  const note = (error: unknown): void => {
    uncaught ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
}

/** A server of its own. It is left to itself afterwards: one that is disposed of would fail at what it still does. */
function openLine(): Line {
  watchForErrors();
  uncaught = undefined;
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(toServer),
    new StreamMessageWriter(fromServer),
  );
  const reader = new StreamMessageReader(fromServer);
  startLanguageServer(connection);
  return {
    send: (bytes) => void toServer.write(bytes),
    onMessage: (listener) => void reader.listen(listener),
    trouble: () => uncaught,
  };
}

async function holds(conversation: Conversation): Promise<void> {
  const client = new Client(openLine());
  await client.initialize(conversation.able);
  await client.converse(conversation);
}

export const messages: Target<Conversation> = {
  name: 'messages',
  small: conversationOf(false),
  holds,
  smaller: shorter,
  count: ({ steps }) => steps.length,
  slowness: 300,
};
