/**
 * Diagnostics: an editor that can ask for them does (for a text, and for all query files of the workspace); to any
 * other they are sent as typed. Those that depend on the time are looked at again as it passes.
 */
import {
  type CancellationToken,
  CancellationTokenSource,
  type ClientCapabilities,
  type DiagnosticServerCancellationData,
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  type FullDocumentDiagnosticReport,
  LSPErrorCodes,
  Diagnostic as LspDiagnostic,
  ResponseError,
  type UnchangedDocumentDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import * as z from 'zod';
import { type CheckContext, checkSteps, grouped, parseSteps } from '../language/index.ts';
import { taken } from './asked.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { pathOf } from './files.ts';
import { LARGE_METHODS } from './large-texts.ts';
import { type Report, reportOf, reportSteps } from './report.ts';
import { MAX_LENGTH } from './trees.ts';
import { inTurns, refuseIfCancelled } from './turns.ts';

/** Shorter than a pause in typing that a person notices, long enough to take a burst of changes at once. */
const DELAY_MS = 60;
const TIME_PASSES_MS = 60_000;
/** Reports of a workspace are given in parts of so many files and diagnostics: to write more would take a while. */
const CHUNK = 1_000;

function pulls(client: ClientCapabilities): boolean {
  return client.textDocument?.diagnostic !== undefined;
}

/** The text was changed while it was looked at: an editor that still wants to know asks once more. */
function outdated(): ResponseError<DiagnosticServerCancellationData> {
  const message = 'The text has changed meanwhile.';
  return new ResponseError(LSPErrorCodes.ServerCancelled, message, { retriggerRequest: true });
}

const outdatedSchema = z.object({
  code: z.literal(LSPErrorCodes.ServerCancelled),
  data: z.object({ retriggerRequest: z.literal(true) }),
});

function isOutdated(error: unknown): boolean {
  return outdatedSchema.safeParse(error).success;
}

/** All that is said of a text that is too long to be looked at. */
function tooLong(): LspDiagnostic {
  const start = { line: 0, character: 0 };
  return {
    range: { start, end: start },
    severity: DiagnosticSeverity.Information,
    source: 'CXQ',
    message: `This text is longer than ${grouped(MAX_LENGTH)} characters, so it is neither checked nor completed: divide it into several files.`,
  };
}

/** What the server of large texts answers. */
const reportSchema = z.object({
  resultId: z.string(),
  items: z.array(z.custom<LspDiagnostic>((one) => LspDiagnostic.is(one))),
});

/** What was found in each text, kept as long as neither the text nor what it was checked against is another. */
class Reports {
  readonly #workspace: FeatureContext['workspace'];
  readonly #known = new Map<
    string,
    { readonly stamp: string; readonly against: CheckContext; readonly report: Report }
  >();

  constructor(workspace: FeatureContext['workspace']) {
    this.#workspace = workspace;
  }

  /** The report of a text, open or on disk; one of nothing for a text that is gone. Throws what refuses the request. */
  async of(uri: string, token: CancellationToken): Promise<Report> {
    const workspace = this.#workspace;
    const stamp = await workspace.files.stamp(uri);
    const against = workspace.checkContext();
    const known = this.#known.get(uri);
    if (known !== undefined && known.stamp === stamp && known.against === against) return known.report;
    const report = await this.#report(uri, against, token);
    if (stamp === undefined) this.#known.delete(uri);
    else this.#known.set(uri, { stamp, against, report });
    return report;
  }

  async #report(uri: string, against: CheckContext, token: CancellationToken): Promise<Report> {
    const workspace = this.#workspace;
    const { large } = workspace;
    if (large?.has(uri) === true) {
      const params = { textDocument: { uri } };
      return reportSchema.parse(await large.ask('textDocument/diagnostic', params, token));
    }
    if (workspace.documents.get(uri) !== undefined) {
      const text = await taken(workspace, uri, token, { urgency: 'later', outdated });
      if (text === undefined) return reportOf([tooLong()]);
      const found = await text.inTurns(checkSteps(text.parsed, against));
      return text.inTurns(reportSteps(text.document, found));
    }
    const text = await workspace.files.text(uri);
    if (text === undefined) return reportOf([]);
    if (large?.isLarge(text) === true)
      return reportSchema.parse(await large.ask(LARGE_METHODS.report, { uri, text }, token));
    return checkFile(TextDocument.create(uri, 'cxq', 0, text), against, token);
  }
}

/** The report of a text that is not open. */
export function checkFile(
  document: TextDocument,
  against: CheckContext,
  token: CancellationToken,
): Promise<Report> {
  return inTurns(fileSteps(document, against), { urgency: 'later', guard: () => refuseIfCancelled(token) });
}

function* fileSteps(document: TextDocument, against: CheckContext): Generator<void, Report> {
  const parsed = yield* parseSteps(document.getText());
  return yield* reportSteps(document, yield* checkSteps(parsed, against));
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

  /** Of a text that is changed while it is looked at, the report of what it has become. */
  const newest = async (uri: string, token: CancellationToken): Promise<Report> => {
    for (;;) {
      try {
        return await reports.of(uri, token);
      } catch (error) {
        if (!isOutdated(error)) throw error;
      }
    }
  };

  /** What is not as the editor knows it; with every file that it knows nothing of. */
  const differences = async (
    known: ReadonlyMap<string, { readonly uri: string; readonly resultId: string }>,
    token: CancellationToken,
    give: (items: WorkspaceDocumentDiagnosticReport[]) => void,
  ): Promise<void> => {
    let items: WorkspaceDocumentDiagnosticReport[] = [];
    let size = 0;
    const add = (uri: string, report: Report): void => {
      const version = workspace.documents.get(uri)?.version ?? null;
      items.push({ ...full(report), uri, version });
      size += 1 + report.items.length;
      if (size < CHUNK) return;
      give(items);
      items = [];
      size = 0;
    };
    const gone = new Map(known);
    for (const uri of await workspace.files.list(token)) {
      gone.delete(keyOf(uri));
      const report = await newest(uri, token);
      if (report.resultId !== known.get(keyOf(uri))?.resultId) add(uri, report);
      refuseIfCancelled(token);
    }
    refuseIfCancelled(token);
    for (const { uri, resultId } of gone.values()) {
      const report = await newest(uri, token);
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
  const checking = new Map<string, CancellationTokenSource>();
  const publish = async (uri: string): Promise<void> => {
    timers.delete(uri);
    const document = workspace.documents.get(uri);
    // The server of large texts sends those itself.
    if (document === undefined || workspace.large?.has(uri) === true) return;
    const { version } = document;
    const source = new CancellationTokenSource();
    checking.set(uri, source);
    try {
      const { items } = await reports.of(uri, source.token);
      // What has changed meanwhile has its own turn.
      if (source.token.isCancellationRequested || document.version !== version) return;
      void connection.sendDiagnostics({ uri, version, diagnostics: items });
    } catch (error) {
      if (!source.token.isCancellationRequested && !isOutdated(error)) throw error;
    } finally {
      if (checking.get(uri) === source) checking.delete(uri);
    }
  };
  const forget = (uri: string): void => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    checking.get(uri)?.cancel();
    checking.delete(uri);
  };
  // The newest text wins: a change before the last one was checked takes its place.
  const schedule = (uri: string, delay: number): void => {
    if (pulls(workspace.client)) return;
    forget(uri);
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
    forget(uri);
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
