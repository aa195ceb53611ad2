/** Blocks of the language room in the spelling that the editor shows. */
import { type MarkupContent, MarkupKind } from 'vscode-languageserver/node';
import { type Block, toMarkdown, toPlain } from '../language/index.ts';

/** Markdown where the editor prefers it; an editor that names no format gets text as it is. */
export function markup(blocks: readonly Block[], formats: readonly MarkupKind[] | undefined): MarkupContent {
  return formats?.includes(MarkupKind.Markdown) === true
    ? { kind: MarkupKind.Markdown, value: toMarkdown(blocks) }
    : { kind: MarkupKind.PlainText, value: toPlain(blocks) };
}
