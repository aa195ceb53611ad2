/** Formatting: whole, in ranges, as it is typed. The layout is one, so that an editor's tab size changes nothing. */
import {
  type CancellationToken,
  LSPErrorCodes,
  type Range,
  ResponseError,
  TextEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { formatOnType, formatSteps, type TextChange } from '../language/index.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { Turns } from './turns.ts';
import type { Workspace } from './workspace.ts';

function editsOf(document: TextDocument, changes: readonly TextChange[]): TextEdit[] {
  return changes.map((change) => TextEdit.replace(rangeOf(document, change), change.newText));
}

async function answer(
  workspace: Workspace,
  uri: string,
  token: CancellationToken,
  ranges?: readonly Range[],
): Promise<TextEdit[] | null> {
  const document = workspace.documents.get(uri);
  if (document === undefined) return null;
  const { version } = document;
  const spans = ranges?.map(({ start, end }) => ({
    start: document.offsetAt(start),
    end: document.offsetAt(end),
  }));
  const steps = formatSteps(workspace.parsed(document), spans);
  const turns = new Turns();
  for (;;) {
    if (token.isCancellationRequested)
      throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
    if (workspace.documents.get(uri)?.version !== version)
      throw new ResponseError(LSPErrorCodes.ContentModified, 'The text has changed meanwhile.');
    const step = steps.next();
    if (step.done === true) return editsOf(document, step.value);
    await turns.take();
  }
}

export const formattingFeature: Feature = {
  capabilities: {
    documentFormattingProvider: true,
    documentRangeFormattingProvider: { rangesSupport: true },
    documentOnTypeFormattingProvider: { firstTriggerCharacter: ';', moreTriggerCharacter: ['\n'] },
  },
  register({ connection, workspace }) {
    connection.onDocumentFormatting(({ textDocument }, token) => answer(workspace, textDocument.uri, token));

    connection.onDocumentRangeFormatting(({ textDocument, range }, token) =>
      answer(workspace, textDocument.uri, token, [range]),
    );

    connection.onDocumentRangesFormatting(({ textDocument, ranges }, token) =>
      answer(workspace, textDocument.uri, token, ranges),
    );

    connection.onDocumentOnTypeFormatting(({ textDocument, position, ch }) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined) return null;
      const offset = document.offsetAt(position);
      return editsOf(document, formatOnType(workspace.parsed(document), offset, ch));
    });
  },
};
