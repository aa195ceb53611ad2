/** Diagnostics of a text with LSP positions, as machines read them. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type CheckContext, check, parse, type Span, withLineEnds } from '../language/index.ts';
import type { CheckOutput, Range } from '../protocol/checked.ts';

/** A diagnostic of `cxq check --format json`: zero-based lines, UTF-16 characters. */
export type CheckedDiagnostic = CheckOutput['files'][number]['diagnostics'][number];

/** All diagnostics of a text, in its order. */
export function checkText(text: string, context: CheckContext): CheckedDiagnostic[] {
  const document = TextDocument.create('', 'cxq', 0, text);
  const range = ({ start, end }: Span): Range => ({
    start: document.positionAt(start),
    end: document.positionAt(end),
  });
  return check(parse(text), context).map((found) => ({
    code: found.code,
    severity: found.severity,
    message: found.message,
    range: range(found),
    fixes: found.fixes
      .filter((fix) => fix.edits.length > 0)
      .map(({ title, edits }) => ({
        title,
        edits: edits.map((edit) => ({ range: range(edit), newText: withLineEnds(text, edit.newText) })),
      })),
  }));
}
