/** Opening history files: which one, and what only a person knows of it. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { HistoryQuestion } from '../../../server/src/protocol/lsp.ts';
import { visible } from '../text.ts';
import { fileName, type HistoryAnswers, type Target } from './documents.ts';
import { dateChoices, freeColumns, historyFilters, isHistoryName, nextColumn } from './history-text.ts';

/** A history file as what is run. */
export function historyTarget(uri: vscode.Uri): Target {
  return { uri, text: '', index: 0, name: fileName(uri), history: {} };
}

function isUri(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri;
}

/** The files that a menu names, else the one that the person chooses; none when given up. */
export async function historyFiles(uri: unknown, selected: unknown): Promise<readonly Target[]> {
  const given = Array.isArray(selected) ? selected.filter(isUri) : [];
  const named = given.length > 0 ? given : [uri].filter(isUri);
  const uris = named.length > 0 ? named : ((await chooseFile()) ?? []);
  if (uris.some(({ scheme }) => scheme !== 'file')) {
    throw new Error('History files are opened from a folder on disk, which this is not.');
  }
  return uris.map(historyTarget);
}

function chooseFile(): Thenable<vscode.Uri[] | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const isOne = active?.scheme === 'file' && isHistoryName(active.path);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  return vscode.window.showOpenDialog({
    title: 'Open a History File',
    openLabel: 'Analyse',
    defaultUri: isOne ? active : folder,
    filters: historyFilters(),
  });
}

/** Asks what the server has to know of a file; undefined when given up. */
export async function askAboutHistory(
  name: string,
  question: HistoryQuestion,
): Promise<HistoryAnswers | undefined> {
  if (question.kind === 'columns') return askColumns(name, question);
  const { placeHolder, choices } = dateChoices(question.example);
  const chosen = await vscode.window.showQuickPick(choices, {
    ...{ title: `Dates of ${visible(name)}`, placeHolder, ignoreFocusOut: true },
  });
  return chosen === undefined ? undefined : { dates: chosen.dates };
}

async function askColumns(
  name: string,
  question: Extract<HistoryQuestion, { kind: 'columns' }>,
): Promise<HistoryAnswers | undefined> {
  const chosen = new Map<string, string | null>();
  for (;;) {
    const step = nextColumn(question.known, chosen);
    if (step === undefined) break;
    const { role, placeHolder, none } = step;
    const items = [
      ...freeColumns(question, chosen).map((column) => ({ label: visible(column), column })),
      ...(none === null ? [] : [{ label: none, column: null }]),
    ];
    const picked = await vscode.window.showQuickPick(items, {
      ...{ title: `Columns of ${visible(name)}`, placeHolder, ignoreFocusOut: true },
    });
    if (picked === undefined) return undefined;
    chosen.set(role, picked.column);
  }
  const named = [...chosen].flatMap(([role, column]) => (column === null ? [] : [[role, column]]));
  return { columns: { ...question.known, ...Object.fromEntries(named) } };
}
