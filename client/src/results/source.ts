/** The text that a run came from: as it is now, with the place of the query and its clauses in it. */
import * as vscode from 'vscode';
import {
  clausesResultSchema,
  type FoundQuery,
  HISTORY_CONNECTION,
  METHODS,
} from '../../../server/src/protocol/lsp.ts';
import type { ClauseOfQuery } from '../../../server/src/protocol/panel.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import { fileName, type Target } from '../runs/documents.ts';
import { historyTarget } from '../runs/history-file.ts';
import type { Server } from '../server.ts';
import { manifestOf } from './history.ts';

const GONE = 'The run is no longer kept, and its query with it. Run the query again from its file.';

type Found = { readonly document: vscode.TextDocument; readonly query: FoundQuery | null };

async function manifest(server: Server, runId: string): Promise<RunManifest> {
  const found = await manifestOf(server, runId);
  if (found === undefined) throw new Error(GONE);
  return found;
}

function uriOf(source: string): vscode.Uri {
  return /^[a-z][a-z0-9+.-]+:/i.test(source) ? vscode.Uri.parse(source, true) : vscode.Uri.file(source);
}

async function existing(source: string): Promise<vscode.TextDocument | undefined> {
  try {
    const uri = uriOf(source);
    // Opening one without a file that was closed makes an empty one.
    if (uri.scheme === 'untitled') {
      return vscode.workspace.textDocuments.find(
        (one) => !one.isClosed && one.uri.toString() === uri.toString(),
      );
    }
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined;
  }
}

export function toRange({ start, end }: FoundQuery['range']): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** Where the query of a run stands in a text; `index` is its place where it is known. */
export async function findQuery(
  server: Server,
  document: Pick<vscode.TextDocument, 'uri' | 'getText'>,
  { query, text, index = null }: { query: string | null; text: string | null; index?: number | null },
): Promise<FoundQuery | null> {
  const params = { uri: document.uri.toString(), text: document.getText(), query, ran: text, index };
  return (await server.request(METHODS.clauses, params, clausesResultSchema)).query;
}

/** Its file where that still exists and has the query, else a new document with the text as it ran. */
async function sourceOf(server: Server, run: RunManifest, index: number | null): Promise<Found> {
  const document = run.source === null ? undefined : await existing(run.source);
  if (document?.languageId === 'cxq') {
    const query = await findQuery(server, document, { ...run, index });
    if (query !== null) return { document, query };
  }
  const shown = vscode.workspace.textDocuments.find(
    (one) => one.isUntitled && !one.isClosed && one.languageId === 'cxq' && one.getText() === run.text,
  );
  const ran = shown ?? (await vscode.workspace.openTextDocument({ language: 'cxq', content: run.text }));
  return { document: ran, query: await findQuery(server, ran, run) };
}

/**
 * Shows the query of a run in its text, with a clause selected, or, where that is not written, its name; of a history
 * file that was analysed, the file.
 */
export async function showSource(
  server: Server,
  runId: string,
  { clause, index }: { readonly clause?: ClauseOfQuery; readonly index: number | null },
): Promise<void> {
  const run = await manifest(server, runId);
  if (run.connection === HISTORY_CONNECTION && run.source !== null) {
    await vscode.commands.executeCommand('vscode.open', uriOf(run.source), vscode.ViewColumn.One);
    return;
  }
  const { document, query } = await sourceOf(server, run, index);
  const range = query?.clauses.find(({ kind }) => kind === clause)?.range ?? query?.head;
  const selection = range === undefined ? undefined : toRange(range);
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.One,
    ...(selection === undefined ? {} : { selection }),
  });
}

/** The file on disk that a run came from; undefined where it has none. */
export async function sourceFile(server: Server, runId: string): Promise<vscode.Uri | undefined> {
  const source = (await manifestOf(server, runId))?.source ?? null;
  if (source === null) return undefined;
  const uri = uriOf(source);
  return uri.scheme === 'untitled' ? undefined : uri;
}

/**
 * What to run to make a run again: its query as it stands in its file by now, else its history file; `place` is that of
 * the query where it is known. undefined where the file is gone, or has the query no more.
 */
export async function targetOf(
  server: Server,
  runId: string,
  place: number | null,
): Promise<Target | undefined> {
  const { query, title, source, connection, text } = await manifest(server, runId);
  if (source === null) return undefined;
  if (connection === HISTORY_CONNECTION) return historyTarget(uriOf(source));
  const document = await existing(source);
  if (document === undefined) return undefined;
  const found = await findQuery(server, document, { query, text, index: place });
  if (found === null) return undefined;
  const name = query ?? title ?? fileName(document.uri);
  return { uri: document.uri, text: document.getText(), index: found.index, name };
}

/** What to take up a run by: the server has its text and its values. */
export async function resumedTarget(server: Server, runId: string): Promise<Target> {
  const { query, title, source, text } = await manifest(server, runId);
  const uri = source === null ? vscode.Uri.from({ scheme: 'untitled', path: 'query.cxq' }) : uriOf(source);
  return { uri, text, index: 0, name: query ?? title ?? fileName(uri) };
}
