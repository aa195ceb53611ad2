/** Quick fixes of the diagnostics at a place, and all preferred ones of the file together. */
import { type CodeAction, CodeActionKind, type TextEdit } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { check, type QuickFix, type TextChange } from '../language/index.ts';
import { toLsp } from './diagnostics.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';

function edits(document: TextDocument, changes: readonly TextChange[]): TextEdit[] {
  return changes.map((change) => ({ range: rangeOf(document, change), newText: change.newText }));
}

/** Fixes that touch nothing of each other, in the order of the text. */
function together(fixes: readonly QuickFix[]): TextChange[] {
  const taken: TextChange[] = [];
  for (const fix of fixes) {
    const clear = fix.edits.every((edit) =>
      taken.every((other) => edit.end < other.start || edit.start > other.end),
    );
    if (clear) taken.push(...fix.edits);
  }
  return taken;
}

export const codeActionFeature: Feature = {
  capabilities: {
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, `${CodeActionKind.SourceFixAll}.cxq`] },
  },
  register({ connection, workspace }) {
    connection.onCodeAction(({ textDocument: { uri }, range, context }) => {
      const document = workspace.documents.get(uri);
      if (document === undefined) return [];
      const wants = (kind: string): boolean =>
        context.only === undefined || context.only.some((one) => kind === one || kind.startsWith(`${one}.`));
      const found = check(workspace.parsed(document), workspace.checkContext());
      const actions: CodeAction[] = [];
      if (wants(CodeActionKind.QuickFix)) {
        const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        for (const diagnostic of found) {
          if (diagnostic.end < start || diagnostic.start > end) continue;
          for (const fix of diagnostic.fixes) {
            if (fix.edits.length === 0) continue;
            actions.push({
              title: fix.title,
              kind: CodeActionKind.QuickFix,
              diagnostics: [toLsp(document, diagnostic)],
              isPreferred: fix.isPreferred,
              edit: { changes: { [uri]: edits(document, fix.edits) } },
            });
          }
        }
      }
      const fixAll = `${CodeActionKind.SourceFixAll}.cxq`;
      if (wants(fixAll)) {
        const changes = together(found.flatMap((one) => one.fixes.filter((fix) => fix.isPreferred)));
        if (changes.length > 0) {
          actions.push({
            title: 'Fix all that CXQ can fix',
            kind: fixAll,
            edit: { changes: { [uri]: edits(document, changes) } },
          });
        }
      }
      return actions;
    });
  },
};
