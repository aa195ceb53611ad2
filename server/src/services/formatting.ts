/** Formatting: whole, in ranges, as it is typed. The layout is one, so that an editor's tab size changes nothing. */
import { type CancellationToken, type Range, TextEdit } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextChange } from '../language/index.ts';
import { asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { each } from './turns.ts';
import type { Workspace } from './workspace.ts';

/**
 * With more edits than this, neighbours become one with what stands between them: an editor that puts them into a text
 * takes its time for each. It looks itself for what stays the same, so that cursors keep their places.
 */
const MOST_EDITS = 2_000;

function editsOf(document: TextDocument, changes: readonly TextChange[]): TextEdit[] {
  return changes.map((change) => TextEdit.replace(rangeOf(document, change), change.newText));
}

async function answer(
  workspace: Workspace,
  uri: string,
  token: CancellationToken,
  ranges?: readonly Range[],
): Promise<TextEdit[] | null> {
  const text = await asked(workspace, uri, token);
  if (text === undefined) return null;
  const { document, parsed } = text;
  const spans = ranges?.map(({ start, end }) => ({
    start: document.offsetAt(start),
    end: document.offsetAt(end),
  }));
  const changes = await text.inTurns(text.language.formatSteps(parsed, spans));
  const gathered = await text.inTurns(text.language.gatherSteps(document.getText(), changes, MOST_EDITS));
  return text.inTurns(each(gathered, (change) => editsOf(document, [change])));
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

    connection.onDocumentOnTypeFormatting(async ({ textDocument, position, ch }, token) => {
      const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
      if (text === undefined) return null;
      const { document, parsed } = text;
      return editsOf(document, text.language.formatOnType(parsed, document.offsetAt(position), ch));
    });
  },
};
