/** Earlier runs: choosing one to show, and finding the query that made it. */
import * as vscode from 'vscode';
import { HISTORY_CONNECTION, METHODS, runsResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import type { Target } from '../runs/documents.ts';
import { historyTarget } from '../runs/history-file.ts';
import type { Server } from '../server.ts';

/** `failing · 09:41:12`, in the person's own time. */
export function panelTitle(name: string | null, startedAt: Date): string {
  return `${name ?? 'Results'} · ${startedAt.toLocaleTimeString([], { hour12: false })}`;
}

async function manifests(server: Server): Promise<RunManifest[]> {
  const { runs } = await server.request(METHODS.runs, {}, runsResultSchema);
  return runs.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
}

export interface ChosenRun {
  readonly runId: string;
  readonly query: string | null;
  readonly title: string;
}

/** A kept run by its id; undefined when it is gone. */
export async function namedRun(server: Server, runId: string): Promise<ChosenRun | undefined> {
  const found = (await manifests(server)).find((run) => run.runId === runId);
  if (found !== undefined) {
    const { query, title, startedAt } = found;
    return { runId, query, title: panelTitle(query ?? title, new Date(startedAt)) };
  }
  void vscode.window.showInformationMessage('That run is no longer kept. Run the query again.');
  return undefined;
}

/** Lets the person choose among the kept runs, or those that ended; undefined when none is there or chosen. */
export async function chooseRun(
  server: Server,
  { title, ended }: { readonly title: string; readonly ended: boolean },
): Promise<ChosenRun | undefined> {
  const runs = (await manifests(server)).filter(({ outcome }) => !ended || outcome !== 'running');
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('No query has run yet. Run one with the lens above it.');
    return undefined;
  }
  const items = runs.map((run) => ({
    label: run.query ?? run.title ?? 'Query without a name',
    description: `${run.outcome} · ${run.connection} · ${new Date(run.startedAt).toLocaleString()}`,
    detail: run.filter,
    runId: run.runId,
    query: run.query,
    title: panelTitle(run.query ?? run.title, new Date(run.startedAt)),
  }));
  return vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'A run',
    matchOnDescription: true,
    matchOnDetail: true,
  });
}

async function existing(source: string): Promise<vscode.TextDocument | undefined> {
  try {
    const uri = /^[a-z][a-z0-9+.-]+:/i.test(source)
      ? vscode.Uri.parse(source, true)
      : vscode.Uri.file(source);
    return await vscode.workspace.openTextDocument(uri);
  } catch {
    return undefined;
  }
}

/** The text that a run came from: its file where that still exists, else a new document with the text as it ran. */
export async function sourceOf(server: Server, runId: string): Promise<vscode.TextDocument | undefined> {
  const manifest = (await manifests(server)).find((run) => run.runId === runId);
  if (manifest === undefined) return undefined;
  const document = manifest.source === null ? undefined : await existing(manifest.source);
  return document ?? vscode.workspace.openTextDocument({ language: 'cxq', content: manifest.text });
}

/** The history file that a run is of; undefined where it is one of a query. */
export async function historyOf(server: Server, runId: string): Promise<Target | undefined> {
  const manifest = (await manifests(server)).find((run) => run.runId === runId);
  if (manifest?.connection !== HISTORY_CONNECTION || manifest.source === null) return undefined;
  return historyTarget(vscode.Uri.parse(manifest.source, true));
}

/** What each run of this session was made from, so that it can be run again. */
export class RunSources {
  readonly #targets = new Map<string, Target>();

  remember(runId: string, target: Target): void {
    this.#targets.set(runId, target);
  }

  /** The target with the text as it is now in its editor, where that is open. */
  target(runId: string): Target | undefined {
    const target = this.#targets.get(runId);
    if (target === undefined || target.history !== undefined) return target;
    const uri = target.uri.toString();
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
    return open === undefined ? target : { ...target, text: open.getText() };
  }
}
