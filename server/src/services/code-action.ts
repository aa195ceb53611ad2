/** Quick fixes of the diagnostics at a place, and all safe ones of the file together. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic as LspDiagnostic,
  type TextEdit,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  checkSteps,
  type Diagnostic,
  fixAllSteps,
  type ParsedDocument,
  type QuickFix,
  type Span,
  type TextChange,
  withLineEnds,
} from '../language/index.ts';
import { FIX_COMMAND, RESULTS_SOURCE } from '../protocol/lsp.ts';
import type { Place } from '../protocol/panel.ts';
import { taken } from './asked.ts';
import type { Feature } from './feature.ts';
import { leadingParts } from './leading.ts';
import { rangeOf } from './ranges.ts';
import { toLsp } from './report.ts';
import { each } from './turns.ts';
import type { Workspace } from './workspace.ts';

const FIX_ALL = `${CodeActionKind.SourceFixAll}.cxq`;

function edits(document: TextDocument, changes: readonly TextChange[]): TextEdit[] {
  return changes.map((change) => ({
    range: rangeOf(document, change),
    newText: withLineEnds(document.getText(), change.newText),
  }));
}

/** A fix as the editor shows it; undefined where it needs a command that this editor does not have. */
function toAction(
  document: TextDocument,
  workspace: Workspace,
  diagnostic: Diagnostic,
  fix: QuickFix,
): CodeAction | undefined {
  const action: CodeAction = {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [toLsp(document, diagnostic)],
    isPreferred: fix.isPreferred,
  };
  if (fix.action !== undefined) {
    if (!workspace.configuration.clientCommands) return undefined;
    return { ...action, command: { title: fix.title, command: FIX_COMMAND, arguments: [fix.action] } };
  }
  return { ...action, edit: { changes: { [document.uri]: edits(document, fix.edits) } } };
}

/** Ways from what a query asked for, and from what was found, into the results of its last run. */
function* waysIntoResults(
  document: TextDocument,
  parsed: ParsedDocument,
  workspace: Workspace,
  { start, end }: Span,
  told: readonly LspDiagnostic[],
): Generator<void, CodeAction[]> {
  const { uri } = document;
  if (!workspace.configuration.clientCommands || workspace.outcomes.of(uri) === undefined) return [];
  const way = (runId: string, place?: Place): CodeAction => ({
    title: 'Show in the results',
    kind: CodeActionKind.QuickFix,
    ...(told.length === 0 ? {} : { diagnostics: [...told] }),
    command: {
      title: 'Show in the results',
      command: 'cxq.showResults',
      arguments: place === undefined ? [runId] : [runId, place],
    },
  });
  for (const query of parsed.queries) {
    yield;
    if (query.end < start || query.start > end) continue;
    const last = workspace.outcomes.last(uri, query.name?.text ?? null, query.index);
    if (last === undefined) continue;
    const part = leadingParts(query).find((one) => one.start <= end && one.end >= start);
    if (part !== undefined) return [way(last.runId, part.place)];
    if (told.length > 0) return [way(last.runId)];
  }
  return [];
}

export const codeActionFeature: Feature = {
  capabilities: { codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] } },
  register({ connection, workspace }) {
    connection.onCodeAction(async ({ textDocument: { uri }, range, context }, token) => {
      const text = await taken(workspace, uri, token);
      if (text === undefined) return [];
      const { document, parsed } = text;
      const wants = (kind: string): boolean =>
        context.only === undefined || context.only.some((one) => kind === one || kind.startsWith(`${one}.`));
      const found = await text.inTurns(checkSteps(parsed, workspace.checkContext()));
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      const fixes = (diagnostic: Diagnostic): CodeAction[] =>
        diagnostic.end < start || diagnostic.start > end
          ? []
          : diagnostic.fixes.flatMap((fix) => toAction(document, workspace, diagnostic, fix) ?? []);
      const actions = wants(CodeActionKind.QuickFix) ? await text.inTurns(each(found, fixes)) : [];
      if (wants(CodeActionKind.QuickFix)) {
        const told = context.diagnostics.filter(({ source }) => source === RESULTS_SOURCE);
        const ways = waysIntoResults(document, parsed, workspace, { start, end }, told);
        actions.push(...(await text.inTurns(ways)));
      }
      if (wants(FIX_ALL)) {
        const changes = await text.inTurns(fixAllSteps(parsed, found));
        const all = await text.inTurns(each(changes, (change) => edits(document, [change])));
        if (all.length > 0)
          actions.push({ title: 'Fix all that is sure', kind: FIX_ALL, edit: { changes: { [uri]: all } } });
      }
      return actions;
    });
  },
};
