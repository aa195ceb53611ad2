/**
 * Diagnostics: an editor that can ask for them does (for a text, and for all query files of the workspace); to any
 * other they are sent as typed. Those that depend on the time are looked at again as it passes.
 */
import {
  type CancellationToken,
  type ClientCapabilities,
  DocumentDiagnosticReportKind,
  type FullDocumentDiagnosticReport,
  type Diagnostic as LspDiagnostic,
  type UnchangedDocumentDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type CheckContext, checkSteps, parse } from '../language/index.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { pathOf } from './files.ts';
import { resultIdOf, toLsp } from './report.ts';
import { inTurns, refuseIfCancelled, Turns } from './turns.ts';

/** Shorter than a pause in typing that a person notices, long enough to take a burst of changes at once. */
const DELAY_MS = 60;
const TIME_PASSES_MS = 60_000;
/** Reports of a workspace are given in parts of so many files. */
const CHUNK = 100;

interface Report {
  readonly resultId: string;
  readonly items: LspDiagnostic[];
}

function pulls(client: ClientCapabilities): boolean {
  return client.textDocument?.diagnostic !== undefined;
}

/** What was found in each text, kept as long as neither the text nor what it was checked against is another. */
class Reports {
  readonly #context: FeatureContext['workspace'];
  readonly #known = new Map<
    string,
    { readonly stamp: string; readonly against: CheckContext; readonly report: Report }
  >();

  constructor(workspace: FeatureContext['workspace']) {
    this.#context = workspace;
  }

  /** The report of a text, open or on disk; one of nothing for a text that is gone. */
  async of(uri: string, token?: CancellationToken): Promise<Report> {
    const workspace = this.#context;
    const stamp = await workspace.files.stamp(uri);
    const against = workspace.checkContext();
    const known = this.#known.get(uri);
    if (known !== undefined && known.stamp === stamp && known.against === against) return known.report;
    const items = await this.#items(uri, against, token);
    const report = { resultId: resultIdOf(items), items };
    if (stamp === undefined) this.#known.delete(uri);
    else this.#known.set(uri, { stamp, against, report });
    return report;
  }

  async #items(uri: string, against: CheckContext, token?: CancellationToken): Promise<LspDiagnostic[]> {
    const workspace = this.#context;
    const open = workspace.documents.get(uri);
    if (open !== undefined) {
      // The positions are those of the text that was checked, however long that took.
      const asItWas = TextDocument.create(uri, 'cxq', open.version, open.getText());
      const found = await inTurns(checkSteps(workspace.parsed(open), against), token);
      return found.map((one) => toLsp(asItWas, one));
    }
    const text = await workspace.files.text(uri);
    if (text === undefined) return [];
    const document = TextDocument.create(uri, 'cxq', 0, text);
    const found = await inTurns(checkSteps(parse(text), against), token);
    return found.map((one) => toLsp(document, one));
  }
}

function full({ resultId, items }: Report): FullDocumentDiagnosticReport {
  return { kind: DocumentDiagnosticReportKind.Full, resultId, items };
}

function unchanged(resultId: string): UnchangedDocumentDiagnosticReport {
  return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
}

/** Editors write one URI in several ways: a file is known by its path. */
function keyOf(uri: string): string {
  return pathOf(uri) ?? uri;
}

/** Answers requests for diagnostics. */
function answerPulls({ connection, workspace }: FeatureContext, reports: Reports): void {
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const somethingChanged = (token: CancellationToken): Promise<void> =>
    new Promise((resolve) => {
      waiting.add(resolve);
      token.onCancellationRequested(() => {
        waiting.delete(resolve);
        resolve();
      });
    });

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
    const report = await reports.of(textDocument.uri, token);
    refuseIfCancelled(token);
    return report.resultId === previousResultId ? unchanged(report.resultId) : full(report);
  });

  /** What is not as the editor knows it; with every file that it knows nothing of. */
  const differences = async (
    known: ReadonlyMap<string, { readonly uri: string; readonly resultId: string }>,
    token: CancellationToken,
    give: (items: WorkspaceDocumentDiagnosticReport[]) => void,
  ): Promise<void> => {
    const turns = new Turns();
    let items: WorkspaceDocumentDiagnosticReport[] = [];
    const add = (uri: string, report: Report): void => {
      const version = workspace.documents.get(uri)?.version ?? null;
      items.push({ ...full(report), uri, version });
      if (items.length < CHUNK) return;
      give(items);
      items = [];
    };
    const gone = new Map(known);
    for (const uri of await workspace.files.list(token)) {
      gone.delete(keyOf(uri));
      const report = await reports.of(uri, token);
      if (report.resultId !== known.get(keyOf(uri))?.resultId) add(uri, report);
      await turns.take();
      refuseIfCancelled(token);
    }
    refuseIfCancelled(token);
    for (const { uri, resultId } of gone.values()) {
      const report = await reports.of(uri, token);
      if (report.resultId !== resultId) add(uri, report);
    }
    if (items.length > 0) give(items);
  };

  connection.languages.diagnostics.onWorkspace(
    async ({ previousResultIds }, token, _progress, partialResult) => {
      const known = new Map(
        previousResultIds.map(({ uri, value }) => [keyOf(uri), { uri, resultId: value }]),
      );
      const found: WorkspaceDocumentDiagnosticReport[] = [];
      let given = false;
      const give = (items: WorkspaceDocumentDiagnosticReport[]): void => {
        given = true;
        if (partialResult === undefined) found.push(...items);
        else partialResult.report({ items });
      };
      // While nothing is new the request stays open: an editor asks again as soon as it is answered.
      for (;;) {
        const changed = somethingChanged(token);
        await differences(known, token, give);
        if (given) return { items: found };
        await changed;
        refuseIfCancelled(token);
      }
    },
  );

  const refresh = (): void => {
    wake();
    if (workspace.client.workspace?.diagnostics?.refreshSupport !== true) return;
    // An editor that is on its way out need not answer.
    connection.languages.diagnostics.refresh().catch(() => undefined);
  };
  workspace.onDidChange(refresh);
  workspace.files.onDidChange(wake);
  setInterval(refresh, TIME_PASSES_MS).unref();
}

/** Sends diagnostics of every open text. */
function push({ connection, workspace }: FeatureContext, reports: Reports): void {
  const timers = new Map<string, NodeJS.Timeout>();
  const publish = async (uri: string): Promise<void> => {
    timers.delete(uri);
    const document = workspace.documents.get(uri);
    if (document === undefined) return;
    const { version } = document;
    const { items } = await reports.of(uri);
    // A newer text has its own turn.
    if (document.version === version) void connection.sendDiagnostics({ uri, version, diagnostics: items });
  };
  // The newest text wins: a change before the last one was checked takes its place.
  const schedule = (uri: string, delay: number): void => {
    if (pulls(workspace.client)) return;
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => {
        // Nobody waits for this: what an editor sent that is no text must not end the server.
        publish(uri).catch((error: unknown) => connection.console.error(`${uri}: ${String(error)}`));
      }, delay),
    );
  };
  const all = (): void => {
    for (const uri of workspace.documents.keys()) schedule(uri, 0);
  };

  workspace.documents.onDidOpen(({ document }) => schedule(document.uri, 0));
  workspace.documents.onDidChangeContent(({ document }) => schedule(document.uri, DELAY_MS));
  workspace.documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    if (!pulls(workspace.client)) void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  workspace.onDidChange(all);
  setInterval(all, TIME_PASSES_MS).unref();
}

export const diagnosticsFeature: Feature = {
  capabilities: (client) =>
    pulls(client)
      ? {
          diagnosticProvider: {
            identifier: 'cxq',
            interFileDependencies: false,
            workspaceDiagnostics: true,
          },
        }
      : {},
  register(context) {
    const reports = new Reports(context.workspace);
    answerPulls(context, reports);
    push(context, reports);
  },
};
