/** Outline and folding. */
import {
  type ClientCapabilities,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type SymbolInformation,
  SymbolKind,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { FoldingRange as LanguageFold, DocumentSymbol as LanguageSymbol } from '../language/index.ts';
import { type Asked, asked } from './asked.ts';
import type { Feature } from './feature.ts';
import { rangeOf } from './ranges.ts';
import { each } from './turns.ts';

export const SYMBOL_KINDS: Record<LanguageSymbol['kind'], SymbolKind> = {
  query: SymbolKind.Function,
  parameter: SymbolKind.Variable,
  clause: SymbolKind.Property,
};

// An editor refuses an outline with a nameless symbol, such as a parameter that is being typed.
const nameOf = (symbol: LanguageSymbol): string => (symbol.name === '' ? '(unnamed)' : symbol.name);

function nested(document: TextDocument, symbol: LanguageSymbol): DocumentSymbol {
  return {
    name: nameOf(symbol),
    detail: symbol.detail,
    kind: SYMBOL_KINDS[symbol.kind],
    range: rangeOf(document, symbol),
    selectionRange: rangeOf(document, symbol.selection),
    // Most have none: in a large outline empty lists are a part of what is sent.
    ...(symbol.children.length === 0
      ? {}
      : { children: symbol.children.map((child) => nested(document, child)) }),
  };
}

function flat(document: TextDocument, symbol: LanguageSymbol, container?: string): SymbolInformation[] {
  const own: SymbolInformation = {
    name: nameOf(symbol),
    kind: SYMBOL_KINDS[symbol.kind],
    location: { uri: document.uri, range: rangeOf(document, symbol) },
    ...(container === undefined ? {} : { containerName: container }),
  };
  return [own, ...symbol.children.flatMap((child) => flat(document, child, own.name))];
}

/** An outline with more entries than this has no clauses: as a list of queries it can still be read. */
const MAX_SYMBOLS = 20_000;

function* outline({ parsed, language }: Asked): Generator<void, LanguageSymbol[]> {
  const symbols: LanguageSymbol[] = [];
  let count = 0;
  for (const symbol of language.symbolsIn(parsed)) {
    symbols.push(symbol);
    count += 1 + symbol.children.length;
    yield;
  }
  return count <= MAX_SYMBOLS ? symbols : symbols.map((symbol) => ({ ...symbol, children: [] }));
}

type FoldingClient = NonNullable<ClientCapabilities['textDocument']>['foldingRange'];

/** Folds that hide only what is theirs; with more than an editor takes, the outer ones. In steps. */
function* foldsOf(
  document: TextDocument,
  folds: readonly LanguageFold[],
  client: FoldingClient,
): Generator<void, FoldingRange[]> {
  const found: { readonly fold: FoldingRange; readonly depth: number }[] = [];
  const open: number[] = [];
  for (const one of folds) {
    yield;
    while (open.length > 0 && (open.at(-1) ?? 0) <= one.start) open.pop();
    const depth = open.length;
    open.push(one.end);
    const fold = client?.lineFoldingOnly === true ? linesOf(document, one) : charactersOf(document, one);
    if (fold.endLine <= fold.startLine) continue;
    if (one.kind === 'comment') fold.kind = FoldingRangeKind.Comment;
    if (one.kind === 'region') fold.kind = FoldingRangeKind.Region;
    const text = client?.foldingRange?.collapsedText === true ? one.label : undefined;
    found.push({ fold: text === undefined || text === '' ? fold : { ...fold, collapsedText: text }, depth });
  }
  const limit = client?.rangeLimit ?? found.length;
  if (found.length <= limit) return found.map(({ fold }) => fold);
  const kept = new Set(found.toSorted((a, b) => a.depth - b.depth).slice(0, limit));
  return found.filter((one) => kept.has(one)).map(({ fold }) => fold);
}

/** Whole lines: the last one stays where something else stands on it, such as the closing bracket. */
function linesOf(document: TextDocument, fold: LanguageFold): FoldingRange {
  const { start, end } = rangeOf(document, fold);
  const line = document.getText({
    start: { line: end.line, character: 0 },
    end: { line: end.line + 1, character: 0 },
  });
  const before = line.slice(0, end.character);
  const after = line.slice(end.character);
  const rest = fold.kind === 'brackets' ? /^[)\]]/ : /^/;
  const alone = /^\s*[;,]?\s*(?:--.*|\/\/.*)?$/.test(after.replace(rest, '').trimEnd());
  const stays = !alone || (fold.kind === 'brackets' && before.trim() === '');
  return { startLine: start.line, endLine: stays ? end.line - 1 : end.line };
}

function charactersOf(document: TextDocument, fold: LanguageFold): FoldingRange {
  const { start, end } = rangeOf(document, fold);
  // What begins at a word leaves its first line to read.
  const from = fold.kind === 'brackets' ? { startCharacter: start.character } : {};
  return { startLine: start.line, ...from, endLine: end.line, endCharacter: end.character };
}

export const structureFeature: Feature = {
  capabilities: { documentSymbolProvider: { label: 'CXQ' }, foldingRangeProvider: true },
  register({ connection, workspace }) {
    connection.onDocumentSymbol(async ({ textDocument }, token) => {
      const text = await asked(workspace, textDocument.uri, token);
      if (text === undefined) return null;
      const { document } = text;
      const symbols = await text.inTurns(outline(text));
      const hierarchical =
        workspace.client.textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true;
      return hierarchical
        ? text.inTurns(each(symbols, (symbol) => [nested(document, symbol)]))
        : text.inTurns(each(symbols, (symbol) => flat(document, symbol)));
    });

    connection.onFoldingRanges(async ({ textDocument }, token) => {
      const text = await asked(workspace, textDocument.uri, token);
      if (text === undefined) return null;
      const { foldingRange } = workspace.client.textDocument ?? {};
      const folds = await text.inTurns(text.language.foldingSteps(text.parsed));
      return text.inTurns(foldsOf(text.document, folds, foldingRange));
    });
  },
};
