/** Earlier runs: choosing one to show, or two to compare. */
import * as vscode from 'vscode';
import { METHODS, runsResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { RunManifest } from '../../../server/src/protocol/run.ts';
import type { Target } from '../runs/documents.ts';
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

/** What is kept of a run; undefined when it is gone. */
export async function manifestOf(server: Server, runId: string): Promise<RunManifest | undefined> {
  return (await manifests(server)).find((run) => run.runId === runId);
}

function chosen({ runId, query, title, startedAt }: RunManifest): ChosenRun {
  return { runId, query, title: panelTitle(query ?? title, new Date(startedAt)) };
}

/** A kept run by its id; undefined when it is gone. */
export async function namedRun(server: Server, runId: string): Promise<ChosenRun | undefined> {
  const found = await manifestOf(server, runId);
  if (found !== undefined) return chosen(found);
  void vscode.window.showInformationMessage('That run is no longer kept. Run the query again.');
  return undefined;
}

/** Lets the person pick one; undefined when given up. */
async function pick(
  runs: readonly RunManifest[],
  { title, placeHolder }: { readonly title: string; readonly placeHolder: string },
): Promise<RunManifest | undefined> {
  const items = runs.map((run) => ({
    label: run.query ?? run.title ?? 'Query without a name',
    description: `${run.outcome} · ${run.connection} · ${new Date(run.startedAt).toLocaleString()}`,
    detail: run.filter,
    run,
  }));
  const options = { title, placeHolder, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.run;
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
  const run = await pick(runs, { title, placeHolder: 'A run' });
  return run === undefined ? undefined : chosen(run);
}

/**
 * Lets the person choose two kept runs that ended: the newer one, and the id of the one before it. `first` is the run
 * that is in front, which need not be chosen.
 */
export async function choosePair(
  server: Server,
  first: string | undefined,
): Promise<{ readonly newer: ChosenRun; readonly older: string } | undefined> {
  const runs = (await manifests(server)).filter(({ outcome }) => outcome !== 'running');
  if (runs.length < 2) {
    void vscode.window.showInformationMessage(
      'Comparing takes two runs that have ended. Run a query twice, or two queries, and compare them then.',
    );
    return undefined;
  }
  const title = 'CXQ: Compare Runs';
  const one =
    runs.find(({ runId }) => runId === first) ??
    (await pick(runs, { title, placeHolder: 'One of the two runs' }));
  if (one === undefined) return undefined;
  const others = runs.filter(({ runId }) => runId !== one.runId);
  // Runs of the same query are what most compare.
  const alike = others.filter(({ query }) => query === one.query);
  const sorted = [...alike, ...others.filter(({ query }) => query !== one.query)];
  const name = panelTitle(one.query ?? one.title, new Date(one.startedAt));
  const other = await pick(sorted, { title, placeHolder: `The run to compare ${name} with` });
  if (other === undefined) return undefined;
  const isNewer = one.startedAt.localeCompare(other.startedAt) >= 0;
  const [newer, older] = isNewer ? [one, other] : [other, one];
  return { newer: chosen(newer), older: older.runId };
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
