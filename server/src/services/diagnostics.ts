/** Diagnostics as typed, pushed for every open text; those that depend on the time are looked at again. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as LspDiagnostic,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { check, type Diagnostic } from '../language/index.ts';
import type { Severity } from '../protocol/checked.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Shorter than a pause in typing that a person notices, long enough to take a burst of changes at once. */
const DELAY_MS = 60;
const TIME_PASSES_MS = 60_000;

/** A diagnostic as the protocol has it. */
export function toLsp(document: TextDocument, found: Diagnostic): LspDiagnostic {
  return {
    range: rangeOf(document, found),
    severity: SEVERITY[found.severity],
    code: found.code,
    source: 'CXQ',
    message: found.message,
    ...(found.unnecessary ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(found.related.length === 0
      ? {}
      : {
          relatedInformation: found.related.map((one) => ({
            location: { uri: document.uri, range: rangeOf(document, one) },
            message: one.message,
          })),
        }),
  };
}

export const diagnosticsFeature: Feature = {
  capabilities: {},
  register({ connection, workspace }) {
    const timers = new Map<string, NodeJS.Timeout>();

    const publish = (uri: string): void => {
      timers.delete(uri);
      const document = workspace.documents.get(uri);
      if (document === undefined) return;
      const diagnostics = check(workspace.parsed(document), workspace.checkContext()).map((found) =>
        toLsp(document, found),
      );
      void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
    };
    // The newest text wins: a change before the last one was checked takes its place.
    const schedule = (uri: string, delay: number): void => {
      clearTimeout(timers.get(uri));
      timers.set(
        uri,
        setTimeout(() => publish(uri), delay),
      );
    };
    const all = (): void => {
      for (const uri of workspace.documents.keys()) schedule(uri, 0);
    };

    workspace.documents.onDidOpen(({ document }) => schedule(document.uri, 0));
    workspace.documents.onDidChangeContent(({ document }) => schedule(document.uri, DELAY_MS));
    workspace.documents.onDidClose(({ document }) => {
      clearTimeout(timers.get(document.uri));
      timers.delete(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    });
    workspace.onDidChange(all);
    setInterval(all, TIME_PASSES_MS).unref();
  },
};
