/** Completion of keywords, clauses, fields and names. */
import {
  CompletionItemKind,
  type CompletionItem as CompletionItemOfLsp,
  InsertTextFormat,
} from 'vscode-languageserver/node';
import { type Completion, type CompletionKind, completeIn } from '../language/index.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';

const KINDS: Record<CompletionKind, CompletionItemKind> = {
  keyword: CompletionItemKind.Keyword,
  clause: CompletionItemKind.Keyword,
  operator: CompletionItemKind.Operator,
  field: CompletionItemKind.Field,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  value: CompletionItemKind.Value,
  parameter: CompletionItemKind.Variable,
  query: CompletionItemKind.Module,
  profile: CompletionItemKind.Reference,
  analysis: CompletionItemKind.Class,
  metric: CompletionItemKind.Constant,
  option: CompletionItemKind.Property,
  format: CompletionItemKind.EnumMember,
  type: CompletionItemKind.TypeParameter,
};

export const completionFeature: Feature = {
  capabilities: { completionProvider: { triggerCharacters: ['$', '.', '(', '[', "'"] } },
  register({ connection, workspace }) {
    connection.onCompletion(({ textDocument, position }) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined) return [];
      const found = completeIn(workspace.parsed(document), document.offsetAt(position), {
        profiles: workspace.profiles.keys(),
      });
      const item = (one: Completion): CompletionItemOfLsp => ({
        label: one.label,
        kind: KINDS[one.kind],
        detail: one.detail,
        sortText: String(one.rank).padStart(6, '0'),
        // The editor filters by what is being replaced, which may be a symbol as well as a word.
        filterText: one.label,
        insertTextFormat: one.snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
        textEdit: { range: rangeOf(document, one), newText: one.newText },
      });
      return found.map(item);
    });
  },
};
