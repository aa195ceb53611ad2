/** Finds the text and the query that a command is about. */
import * as vscode from 'vscode';
import { type ListedQuery, METHODS, queriesResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { Server } from '../server.ts';
import { queryAt } from './position.ts';

/** What a person said of a history file that cannot be read by itself. */
export interface HistoryAnswers {
  readonly columns?: Readonly<Record<string, string>>;
  readonly dates?: 'day-first' | 'month-first';
}

/** A query in an editor's text, unsaved changes included. */
export interface Target {
  readonly uri: vscode.Uri;
  readonly text: string;
  /** null for all queries of the file. */
  readonly index: number | null;
  /** What to call it: the query's name, else the file's. */
  readonly name: string;
  /** A history file stands in the place of a query: all of it is analysed. */
  readonly history?: HistoryAnswers;
}

export function fileName(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** The document that a lens or a menu names, else the one in the active editor; undefined when it is no CXQ. */
async function documentOf(uri: unknown): Promise<vscode.TextDocument | undefined> {
  const named = typeof uri === 'string' ? vscode.Uri.parse(uri, true) : uri;
  const document =
    named instanceof vscode.Uri
      ? await vscode.workspace.openTextDocument(named)
      : vscode.window.activeTextEditor?.document;
  if (document?.languageId === 'cxq') return document;
  void vscode.window.showInformationMessage('Open a .cxq file first, or make one with “CXQ: New Query”.');
  return undefined;
}

async function queriesOf(server: Server, document: vscode.TextDocument): Promise<ListedQuery[]> {
  const params = { uri: document.uri.toString(), text: document.getText() };
  return (await server.request(METHODS.queries, params, queriesResultSchema)).queries;
}

/** The whole file, as Run All Queries in File means it. */
export async function wholeFile(uri: unknown): Promise<Target | undefined> {
  const document = await documentOf(uri);
  if (document === undefined) return undefined;
  return { uri: document.uri, text: document.getText(), index: null, name: fileName(document.uri) };
}

/** The query that the arguments of a lens name, else the one under the cursor. */
export async function oneQuery(server: Server, uri: unknown, index: unknown): Promise<Target | undefined> {
  const document = await documentOf(uri);
  if (document === undefined) return undefined;
  const queries = await queriesOf(server, document);
  const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
  const given = typeof index === 'number' ? index : undefined;
  const at = given ?? queryAt(queries, editor?.selection.active.line ?? 0);
  if (at === undefined) {
    void vscode.window.showInformationMessage(
      `${fileName(document.uri)} has no query yet. Write a condition, such as errorState = true, or a QUERY.`,
    );
    return undefined;
  }
  const name = queries[at]?.name ?? fileName(document.uri);
  return { uri: document.uri, text: document.getText(), index: at, name };
}
