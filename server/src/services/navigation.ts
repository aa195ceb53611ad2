/** From a name to where it is declared and used, its rename, and selections that grow. */
import {
  type CancellationToken,
  type DocumentHighlight,
  DocumentHighlightKind,
  type Location,
  type LocationLink,
  LSPErrorCodes,
  type Position,
  ResponseError,
  type SelectionRange,
  type TextDocumentPositionParams,
  type TextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Occurrence, Subject } from '../language/index.ts';
import { type Asked, asked } from './asked.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { each } from './turns.ts';
import type { Workspace } from './workspace.ts';

const HIGHLIGHTS: Record<Occurrence['role'], DocumentHighlightKind> = {
  write: DocumentHighlightKind.Write,
  read: DocumentHighlightKind.Read,
  text: DocumentHighlightKind.Text,
};

interface Found {
  readonly text: Asked;
  readonly subject: Subject;
}

async function subjectOf(
  workspace: Workspace,
  { textDocument, position }: TextDocumentPositionParams,
  token: CancellationToken,
): Promise<Found | undefined> {
  const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
  if (text === undefined) return undefined;
  const subject = text.language.subjectAt(text.parsed, text.document.offsetAt(position));
  return subject === undefined ? undefined : { text, subject };
}

/** Where a name is declared: whole declarations for an editor that can show them, else the names in them. */
async function declared(
  workspace: Workspace,
  params: TextDocumentPositionParams,
  token: CancellationToken,
  linkSupport: boolean | undefined,
): Promise<Location[] | LocationLink[] | null> {
  const found = await subjectOf(workspace, params, token);
  if (found === undefined) return null;
  const { text, subject } = found;
  const { document } = text;
  const declarations = text.language.declarationsOf(text.parsed, subject);
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
  connection.onPrepareRename(async ({ textDocument, position }, token) => {
    const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
    if (text === undefined) return null;
    const { document, parsed, language } = text;
    const place = await text.inTurns(language.prepareSteps(parsed, document.offsetAt(position)));
    if (!place.ok) return refused(place.message);
    return { range: rangeOf(document, place.value), placeholder: place.value.placeholder };
  });

  connection.onRenameRequest(async ({ textDocument, position, newName }, token) => {
    const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
    if (text === undefined) return null;
    const { document, parsed, language } = text;
    const steps = language.renameSteps(parsed, document.offsetAt(position), newName);
    const renamed = await text.inTurns(steps);
    if (!renamed.ok) return refused(renamed.message);
    const edits = await text.inTurns(
      each(renamed.value, (one) => [{ range: rangeOf(document, one), newText: one.newText }]),
    );
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
    connection.onDefinition((params, token) =>
      declared(workspace, params, token, workspace.client.textDocument?.definition?.linkSupport),
    );
    connection.onDeclaration((params, token) =>
      declared(workspace, params, token, workspace.client.textDocument?.declaration?.linkSupport),
    );

    connection.onReferences(async (params, token) => {
      const found = await subjectOf(workspace, params, token);
      if (found === undefined || found.subject.kind === 'other') return null;
      const { text, subject } = found;
      const { document } = text;
      const occurrences = await text.inTurns(text.language.occurrenceSteps(text.parsed, subject));
      const { includeDeclaration } = params.context;
      return text.inTurns(
        each(occurrences, (one): Location[] =>
          includeDeclaration || one.role !== 'write'
            ? [{ uri: document.uri, range: rangeOf(document, one) }]
            : [],
        ),
      );
    });

    connection.onDocumentHighlight(async (params, token) => {
      const found = await subjectOf(workspace, params, token);
      if (found === undefined) return null;
      const { text, subject } = found;
      const occurrences = await text.inTurns(text.language.occurrenceSteps(text.parsed, subject));
      return text.inTurns(
        each(occurrences, (one): DocumentHighlight[] => [
          { range: rangeOf(text.document, one), kind: HIGHLIGHTS[one.role] },
        ]),
      );
    });

    registerRename(context);

    connection.onSelectionRanges(async ({ textDocument, positions }, token) => {
      const text = await asked(workspace, textDocument.uri, token, { urgency: 'now' });
      if (text === undefined) return null;
      return text.inTurns(selections(text, positions));
    });
  },
};

/** The ranges about each position, one a step. */
function* selections(
  { document, parsed, language }: Asked,
  positions: readonly Position[],
): Generator<void, SelectionRange[]> {
  const answers: SelectionRange[] = [];
  for (const position of positions) {
    const ranges = language.selectionRanges(parsed, document.offsetAt(position));
    const chain = ranges.reduceRight<SelectionRange | undefined>((parent, span) => {
      const range = rangeOf(document, span);
      return parent === undefined ? { range } : { range, parent };
    }, undefined);
    answers.push(chain ?? { range: { start: position, end: position } });
    yield;
  }
  return answers;
}
