/**
 * Runs in the Problems view: expectations that were not met, at the clause that has them. They stay with their query as
 * the text around it changes, and go when the query itself does, runs again, or its text is closed without a file.
 */
import * as vscode from 'vscode';
import { type FoundQuery, RESULTS_SOURCE, type RunResult } from '../../../server/src/protocol/lsp.ts';
import type { Target } from '../runs/documents.ts';
import type { Server } from '../server.ts';
import { sentence } from '../text.ts';
import { placeOf, problemsOf, type RunProblem } from './problems-text.ts';
import { findQuery, toRange } from './source.ts';

/** After the last change of a text. */
const PAUSE_MS = 300;

interface Told {
  readonly query: string | null;
  readonly index: number | null;
  /** The query as it ran. */
  readonly text: string;
  readonly problems: readonly RunProblem[];
}

export class RunProblems implements vscode.Disposable {
  readonly #server: Server;
  readonly #log: vscode.LogOutputChannel;
  readonly #shown = vscode.languages.createDiagnosticCollection('cxq results');
  /** By text. */
  readonly #told = new Map<string, Told[]>();
  readonly #pauses = new Map<string, NodeJS.Timeout>();
  readonly #listening: readonly vscode.Disposable[];

  constructor(server: Server, log: vscode.LogOutputChannel) {
    this.#server = server;
    this.#log = log;
    this.#listening = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#changed(document);
      }),
      // It may be another text than when it was closed.
      vscode.workspace.onDidOpenTextDocument((document) => this.#changed(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri, isUntitled }) => {
        if (isUntitled) this.#forget(uri);
      }),
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const uri of files) this.#forget(uri);
      }),
    ];
  }

  /** Takes over what a run of a text found, in the place of what its queries had found before. */
  async ran(target: Target, { runs }: RunResult): Promise<void> {
    const { uri, text } = target;
    const key = uri.toString();
    try {
      const document = { uri, getText: () => text };
      const found: Told[] = [];
      for (const [at, run] of runs.entries()) {
        const { query } = run;
        const index = target.index ?? at;
        const place = await findQuery(this.#server, document, { query, text: null, index });
        if (place !== null) found.push({ query, index, text: place.text, problems: problemsOf(run) });
      }
      const isSame = (one: Told) =>
        found.some(({ query, text: ran }) => query === one.query && ran === one.text);
      const others = (this.#told.get(key) ?? []).filter(
        (one) => !(one.query === null ? isSame(one) : found.some(({ query }) => query === one.query)),
      );
      this.#told.set(key, [...others, ...found.filter(({ problems }) => problems.length > 0)]);
      await this.#show(uri);
    } catch (reason) {
      this.#log.error(`What the run found is not in the Problems view: ${sentence(reason)}`);
    }
  }

  #forget(uri: vscode.Uri): void {
    this.#told.delete(uri.toString());
    this.#shown.delete(uri);
  }

  #changed(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    if (!this.#told.has(key)) return;
    clearTimeout(this.#pauses.get(key));
    const show = (): void => {
      this.#pauses.delete(key);
      this.#show(document.uri).catch((reason: unknown) => this.#log.error(sentence(reason)));
    };
    this.#pauses.set(key, setTimeout(show, PAUSE_MS));
  }

  async #show(uri: vscode.Uri): Promise<void> {
    const key = uri.toString();
    const told = this.#told.get(key) ?? [];
    const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === key && !one.isClosed);
    if (told.length === 0 || open === undefined) {
      if (told.length === 0) this.#forget(uri);
      return;
    }
    const before = open.getText();
    const shown: vscode.Diagnostic[] = [];
    const stay: Told[] = [];
    for (const one of told) {
      const query = await findQuery(this.#server, open, {
        query: one.query,
        text: one.text,
        index: one.index,
      });
      // What it said is not of this query any more.
      if (query?.text !== one.text) continue;
      stay.push(one);
      shown.push(...one.problems.flatMap((problem) => diagnosticOf(problem, query)));
    }
    // A change or a run meanwhile shows what is true by then.
    if (open.getText() !== before || this.#told.get(key) !== told) return;
    this.#told.set(key, stay);
    this.#shown.set(uri, shown);
  }

  dispose(): void {
    for (const pause of this.#pauses.values()) clearTimeout(pause);
    for (const one of this.#listening) one.dispose();
    this.#shown.dispose();
  }
}

function diagnosticOf(problem: RunProblem, query: FoundQuery): vscode.Diagnostic[] {
  const place = placeOf(problem, query);
  if (place === undefined) return [];
  const { Warning } = vscode.DiagnosticSeverity;
  const diagnostic = new vscode.Diagnostic(toRange(place), problem.message, Warning);
  diagnostic.source = RESULTS_SOURCE;
  return [diagnostic];
}
