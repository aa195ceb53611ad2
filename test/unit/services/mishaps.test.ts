import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createConnection, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { logged } from '../../../server/src/services/mishaps.ts';

async function talk() {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const connection = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  const watched = logged(connection);
  watched.onHover(() => {
    throw new Error('no hover');
  });
  watched.languages.inlayHint.on(() => Promise.reject(new Error('no hints')));
  watched.onRequest('own/method', () => Promise.reject(new Error('nothing of our own')));
  watched.onDefinition(() => {
    throw new ResponseError(LSPErrorCodes.ContentModified, 'another text');
  });
  watched.onFoldingRanges(() => Promise.resolve([]));
  connection.listen();
  const client = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  const log: string[] = [];
  client.onNotification('window/logMessage', ({ message }: { message: string }) => {
    log.push(message);
  });
  client.listen();
  await client.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} }).catch(() => 0);
  const ask = (method: string) =>
    client.sendRequest(method, { textDocument: { uri: 'a' }, position: { line: 0, character: 0 } }).then(
      (result) => ({ result }),
      (error: ResponseError) => ({ code: error.code, message: error.message }),
    );
  return { log, ask };
}

test('a mistake in a handler is answered with its method, and logged with where it happened', async () => {
  const { log, ask } = await talk();
  expect(await ask('textDocument/hover')).toMatchObject({
    code: -32603,
    message: expect.stringContaining('textDocument/hover'),
  });
  expect(await ask('textDocument/inlayHint')).toMatchObject({
    message: expect.stringContaining('textDocument/inlayHint'),
  });
  expect(await ask('own/method')).toMatchObject({ message: expect.stringContaining('own/method') });
  expect(log).toEqual([
    expect.stringMatching(/^onHover: Error: no hover\n +at /),
    expect.stringMatching(/^on: Error: no hints\n +at /),
    expect.stringMatching(/^own\/method: Error: nothing of our own\n +at /),
  ]);
});

test('a refusal is no mistake, and what is answered stays as it is', async () => {
  const { log, ask } = await talk();
  expect(await ask('textDocument/definition')).toEqual({
    code: LSPErrorCodes.ContentModified,
    message: 'another text',
  });
  expect(await ask('textDocument/foldingRange')).toEqual({ result: [] });
  expect(log).toEqual([]);
});
