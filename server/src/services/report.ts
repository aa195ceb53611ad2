/** Diagnostics of the language as the protocol has them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as LspDiagnostic,
  type Range,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Diagnostic, type DiagnosticCode, documentationOf, grouped } from '../language/index.ts';
import { SEVERITIES, type Severity } from '../protocol/checked.ts';
import { rangeOf } from './ranges.ts';

const SEVERITY: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

let root: string | null | undefined;

/** The folder above wherever this file was bundled to that has the documentation, which ships with the server. */
function rootOfPages(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up++) {
    if (existsSync(join(folder, 'docs', 'diagnostics'))) return folder;
    folder = dirname(folder);
  }
  return null;
}

/** The URI of a code's page; undefined where the pages were not installed beside the server. */
export function pageOf(code: DiagnosticCode): string | undefined {
  root ??= rootOfPages();
  return root === null ? undefined : pathToFileURL(join(root, documentationOf(code))).href;
}

/** A diagnostic as the protocol has it. */
export function toLsp(document: TextDocument, found: Diagnostic): LspDiagnostic {
  const href = pageOf(found.code);
  return {
    range: rangeOf(document, found),
    severity: SEVERITY[found.severity],
    code: found.code,
    source: 'CXQ',
    message: found.message,
    ...(href === undefined ? {} : { codeDescription: { href } }),
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

export interface Report {
  /** Named by what is in it, so that the same list has the same name after a restart too. */
  readonly resultId: string;
  readonly items: LspDiagnostic[];
}

/** More of a file are not shown: nobody reads them all, and an editor draws each of them. */
const MOST = 1_000;

/**
 * What was found in a text as the protocol has it, a diagnostic a step. Of too many those that weigh most are told, and
 * last how many there are, where the first one stands that is not among them.
 */
export function* reportSteps(document: TextDocument, found: readonly Diagnostic[]): Generator<void, Report> {
  const shown = found.length <= MOST ? found : heaviest(found);
  const items: LspDiagnostic[] = [];
  for (const one of shown) {
    items.push(toLsp(document, one));
    yield;
  }
  const first = found.find((one, index) => one !== shown[index]);
  if (first !== undefined) items.push(notAll(found.length, rangeOf(document, first)));
  return reportOf(items);
}

/** The first ones of the gravest severities, in their order. */
function heaviest(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const chosen = new Set<Diagnostic>();
  for (const severity of SEVERITIES) {
    for (const one of found) {
      if (chosen.size === MOST) break;
      if (one.severity === severity) chosen.add(one);
    }
  }
  return found.filter((one) => chosen.has(one));
}

function notAll(count: number, range: Range): LspDiagnostic {
  return {
    range,
    severity: DiagnosticSeverity.Information,
    source: 'CXQ',
    message: `This file has ${grouped(count)} diagnostics, and ${grouped(MOST)} of them are shown, errors first. To see all, run “cxq check” on it.`,
  };
}

/** A report of what was found. */
export function reportOf(items: LspDiagnostic[]): Report {
  const hash = createHash('sha256').update(JSON.stringify(items));
  return { resultId: hash.digest('base64url').slice(0, 22), items };
}
