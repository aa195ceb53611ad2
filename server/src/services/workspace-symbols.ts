/** Queries and parameters of all files of the workspace, by a part of their names. */
import type { CancellationToken, SymbolInformation } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { declarationsIn } from '../language/editing.ts';
import type { Feature } from './feature.ts';
import type { WorkspaceFiles } from './files.ts';
import { rangeOf } from './ranges.ts';
import { SYMBOL_KINDS } from './structure.ts';
import { inTurns, refuseIfCancelled } from './turns.ts';

/** No more are shown: who looks for one among so many types another letter. */
const MAX_SYMBOLS = 1_000;

/**
 * How well a name fits what is looked for: the lower the better; undefined where its letters do not stand in the name
 * in this order, in any case. Best is the name itself, then its beginning, then the beginning of a word in it.
 */
export function rankOf(query: string, name: string): number | undefined {
  const [wanted, whole] = [query.toLowerCase(), name.toLowerCase()];
  if (wanted === whole) return 0;
  if (whole.startsWith(wanted)) return 1;
  const at = whole.indexOf(wanted);
  if (at > 0) return /[^\p{L}\p{N}]/u.test(whole.charAt(at - 1)) || /\p{Lu}/u.test(name.charAt(at)) ? 2 : 3;
  let from = 0;
  for (const letter of wanted) {
    const next = whole.indexOf(letter, from);
    if (next < 0) return undefined;
    from = next + letter.length;
  }
  return 4;
}

/** The declarations of files, kept until a file is another. */
class Declarations {
  readonly #files: WorkspaceFiles;
  readonly #known = new Map<
    string,
    { readonly stamp: string; readonly symbols: readonly SymbolInformation[] }
  >();

  constructor(files: WorkspaceFiles) {
    this.#files = files;
  }

  /** All of them; throws once the request is cancelled. */
  async all(token: CancellationToken): Promise<SymbolInformation[]> {
    const uris = await this.#files.list(token);
    const found: SymbolInformation[] = [];
    for (const uri of uris) {
      refuseIfCancelled(token);
      for (const symbol of await this.#of(uri, token)) found.push(symbol);
    }
    refuseIfCancelled(token);
    // What is gone is forgotten.
    const listed = new Set(uris);
    for (const uri of this.#known.keys()) if (!listed.has(uri)) this.#known.delete(uri);
    return found;
  }

  async #of(uri: string, token: CancellationToken): Promise<readonly SymbolInformation[]> {
    const stamp = await this.#files.stamp(uri);
    if (stamp === undefined) return [];
    const known = this.#known.get(uri);
    if (known?.stamp === stamp) return known.symbols;
    const text = (await this.#files.text(uri)) ?? '';
    const { declarationsIn } = await import('../language/editing.ts');
    const symbols = await inTurns(symbolsOf(uri, text, declarationsIn(text)), {
      guard: () => refuseIfCancelled(token),
    });
    this.#known.set(uri, { stamp, symbols });
    return symbols;
  }
}

function* symbolsOf(
  uri: string,
  text: string,
  declarations: ReturnType<typeof declarationsIn>,
): Generator<void, SymbolInformation[]> {
  const document = TextDocument.create(uri, 'cxq', 0, text);
  const symbols: SymbolInformation[] = [];
  for (const one of declarations) {
    yield;
    if (one === undefined) continue;
    symbols.push({
      name: one.kind === 'parameter' ? `$${one.name}` : one.name,
      kind: SYMBOL_KINDS[one.kind],
      location: { uri, range: rangeOf(document, one) },
      ...(one.title === '' ? {} : { containerName: one.title }),
    });
  }
  return symbols;
}

/** Those that fit, the best first. */
function* fitting(query: string, all: readonly SymbolInformation[]): Generator<void, SymbolInformation[]> {
  const ranked: { readonly symbol: SymbolInformation; readonly rank: number }[] = [];
  for (const symbol of all) {
    const rank = rankOf(query, symbol.name) ?? rankOf(query, symbol.name.replace(/^\$/, ''));
    if (rank !== undefined) ranked.push({ symbol, rank });
    yield;
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_SYMBOLS)
    .map(({ symbol }) => symbol);
}

export const workspaceSymbolsFeature: Feature = {
  capabilities: { workspaceSymbolProvider: true },
  register({ connection, workspace }) {
    const declarations = new Declarations(workspace.files);
    connection.onWorkspaceSymbol(async ({ query }, token) => {
      const all = await declarations.all(token);
      return inTurns(fitting(query, all), { guard: () => refuseIfCancelled(token) });
    });
  },
};
