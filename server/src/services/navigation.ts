/** From a name to where it is declared and used, its rename, and selections that grow. */
import {
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
  type LocationLink,
  LSPErrorCodes,
  ResponseError,
  type SelectionRange,
  type TextDocumentPositionParams,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  declarationsOf,
  type Occurrence,
  occurrencesOf,
  prepareRename,
  rename,
  type Subject,
  selectionRanges,
  subjectAt,
} from '../language/index.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { rangeOf } from './ranges.ts';
import type { Workspace } from './workspace.ts';

const HIGHLIGHTS: Record<Occurrence['role'], DocumentHighlightKind> = {
  write: DocumentHighlightKind.Write,
  read: DocumentHighlightKind.Read,
  text: DocumentHighlightKind.Text,
};

interface Found {
  readonly document: TextDocument;
  readonly subject: Subject;
}

function subjectOf(
  workspace: Workspace,
  { textDocument, position }: TextDocumentPositionParams,
): Found | undefined {
  const document = workspace.documents.get(textDocument.uri);
  if (document === undefined) return undefined;
  const subject = subjectAt(workspace.parsed(document), document.offsetAt(position));
  return subject === undefined ? undefined : { document, subject };
}

/** Where a name is declared: whole declarations for an editor that can show them, else the names in them. */
function declared(
  workspace: Workspace,
  params: TextDocumentPositionParams,
  linkSupport: boolean | undefined,
): Location[] | LocationLink[] | null {
  const found = subjectOf(workspace, params);
  if (found === undefined) return null;
  const { document, subject } = found;
  const declarations = declarationsOf(workspace.parsed(document), subject);
  if (declarations.length === 0) return null;
  const { uri } = document;
  if (linkSupport !== true) return declarations.map((one) => ({ uri, range: rangeOf(document, one) }));
  return declarations.map((one) => ({
    originSelectionRange: rangeOf(document, subject),
    targetUri: uri,
    targetRange: rangeOf(document, one.whole),
    targetSelectionRange: rangeOf(document, one),
  }));
}

function refused(message: string): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.RequestFailed, message);
}

/** Edits of one open text. With its version the editor refuses them once the text is another. */
function editOf(workspace: Workspace, document: TextDocument, edits: TextEdit[]): WorkspaceEdit {
  const { uri, version } = document;
  return workspace.client.workspace?.workspaceEdit?.documentChanges === true
    ? { documentChanges: [{ textDocument: { uri, version }, edits }] }
    : { changes: { [uri]: edits } };
}

function registerRename({ connection, workspace }: FeatureContext): void {
  connection.onPrepareRename(({ textDocument, position }) => {
    const document = workspace.documents.get(textDocument.uri);
    if (document === undefined) return null;
    const place = prepareRename(workspace.parsed(document), document.offsetAt(position));
    if (!place.ok) return refused(place.message);
    return { range: rangeOf(document, place.value), placeholder: place.value.placeholder };
  });

  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const document = workspace.documents.get(textDocument.uri);
    if (document === undefined) return null;
    const renamed = rename(workspace.parsed(document), document.offsetAt(position), newName);
    if (!renamed.ok) return refused(renamed.message);
    const edits = renamed.value.map((one) => ({ range: rangeOf(document, one), newText: one.newText }));
    return editOf(workspace, document, edits);
  });
}

export const navigationFeature: Feature = {
  capabilities: (client) => ({
    definitionProvider: true,
    declarationProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: client.textDocument?.rename?.prepareSupport === true ? { prepareProvider: true } : true,
    selectionRangeProvider: true,
  }),
  register(context) {
    const { connection, workspace } = context;
    connection.onDefinition((params) =>
      declared(workspace, params, workspace.client.textDocument?.definition?.linkSupport),
    );
    connection.onDeclaration((params) =>
      declared(workspace, params, workspace.client.textDocument?.declaration?.linkSupport),
    );

    connection.onReferences((params, token) => {
      const found = subjectOf(workspace, params);
      if (found === undefined || found.subject.kind === 'other' || token.isCancellationRequested) return null;
      const { document, subject } = found;
      return occurrencesOf(workspace.parsed(document), subject)
        .filter((one) => params.context.includeDeclaration || one.role !== 'write')
        .map((one): Location => ({ uri: document.uri, range: rangeOf(document, one) }));
    });

    connection.onDocumentHighlight((params, token) => {
      const found = subjectOf(workspace, params);
      if (found === undefined || token.isCancellationRequested) return null;
      const { document, subject } = found;
      return occurrencesOf(workspace.parsed(document), subject).map(
        (one): DocumentHighlight => ({ range: rangeOf(document, one), kind: HIGHLIGHTS[one.role] }),
      );
    });

    registerRename(context);

    connection.onSelectionRanges(({ textDocument, positions }, token) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined) return null;
      const parsed = workspace.parsed(document);
      const answers: SelectionRange[] = [];
      for (const position of positions) {
        if (token.isCancellationRequested) return null;
        const ranges = selectionRanges(parsed, document.offsetAt(position));
        const chain = ranges.reduceRight<SelectionRange | undefined>((parent, span) => {
          const range = rangeOf(document, span);
          return parent === undefined ? { range } : { range, parent };
        }, undefined);
        answers.push(chain ?? { range: { start: position, end: position } });
      }
      return answers;
    });
  },
};
