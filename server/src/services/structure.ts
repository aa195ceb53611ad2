/** Outline and folding. */
import { type DocumentSymbol, FoldingRangeKind, SymbolKind } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { documentSymbols, foldingRanges, type DocumentSymbol as LanguageSymbol } from '../language/index.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';

const KINDS: Record<LanguageSymbol['kind'], SymbolKind> = {
  query: SymbolKind.Function,
  parameter: SymbolKind.Variable,
  clause: SymbolKind.Property,
};

function toLsp(document: TextDocument, symbol: LanguageSymbol): DocumentSymbol {
  return {
    // An editor refuses an outline with a nameless symbol, such as a parameter that is being typed.
    name: symbol.name === '' ? '(unnamed)' : symbol.name,
    detail: symbol.detail,
    kind: KINDS[symbol.kind],
    range: rangeOf(document, symbol),
    selectionRange: rangeOf(document, symbol.selection),
    children: symbol.children.map((child) => toLsp(document, child)),
  };
}

export const structureFeature: Feature = {
  capabilities: { documentSymbolProvider: { label: 'CXQ' }, foldingRangeProvider: true },
  register({ connection, workspace }) {
    connection.onDocumentSymbol(({ textDocument }) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined) return [];
      return documentSymbols(workspace.parsed(document)).map((symbol) => toLsp(document, symbol));
    });

    connection.onFoldingRanges(({ textDocument }) => {
      const document = workspace.documents.get(textDocument.uri);
      if (document === undefined) return [];
      return foldingRanges(workspace.parsed(document)).flatMap((one) => {
        const { start, end } = rangeOf(document, one);
        if (start.line === end.line) return [];
        const kind = one.kind === 'comment' ? FoldingRangeKind.Comment : FoldingRangeKind.Region;
        return [{ startLine: start.line, endLine: end.line, kind }];
      });
    });
  },
};
