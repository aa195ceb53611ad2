/** Queries and parameters of all files of the workspace, by a part of their names. */
import { setImmediate as others } from 'node:timers/promises';
import type { CancellationToken, SymbolInformation } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { declarationsIn } from '../language/index.ts';
import type { Feature } from './feature.ts';
import type { WorkspaceFiles } from './files.ts';
import { rangeOf } from './ranges.ts';
import { SYMBOL_KINDS } from './structure.ts';

/** No more are shown: who looks for one among so many types another letter. */
const MAX_SYMBOLS = 1_000;
/** How long others wait for this. */
const SLICE_MS = 10;

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
  #began = performance.now();

  constructor(files: WorkspaceFiles) {
    this.#files = files;
  }

  /** All of them; undefined once the token is cancelled. */
  async all(token: CancellationToken): Promise<SymbolInformation[] | undefined> {
    const uris = await this.#files.list(token);
    const found: SymbolInformation[] = [];
    this.#began = performance.now();
    for (const uri of uris) {
      if (token.isCancellationRequested) return undefined;
      found.push(...(await this.#of(uri, token)));
    }
    // What is gone is forgotten.
    const listed = new Set(uris);
    for (const uri of this.#known.keys()) if (!listed.has(uri)) this.#known.delete(uri);
    return token.isCancellationRequested ? undefined : found;
  }

  async #of(uri: string, token: CancellationToken): Promise<readonly SymbolInformation[]> {
    const stamp = await this.#files.stamp(uri);
    const known = this.#known.get(uri);
    if (stamp === undefined || known?.stamp === stamp)
      return stamp === undefined ? [] : (known?.symbols ?? []);
    const text = (await this.#files.text(uri)) ?? '';
    const document = TextDocument.create(uri, 'cxq', 0, text);
    const symbols: SymbolInformation[] = [];
    for (const one of declarationsIn(text)) {
      if (performance.now() - this.#began > SLICE_MS) {
        await others();
        if (token.isCancellationRequested) return [];
        this.#began = performance.now();
      }
      if (one === undefined) continue;
      symbols.push({
        name: one.kind === 'parameter' ? `$${one.name}` : one.name,
        kind: SYMBOL_KINDS[one.kind],
        location: { uri, range: rangeOf(document, one) },
        ...(one.title === '' ? {} : { containerName: one.title }),
      });
    }
    this.#known.set(uri, { stamp, symbols });
    return symbols;
  }
}

export const workspaceSymbolsFeature: Feature = {
  capabilities: { workspaceSymbolProvider: true },
  register({ connection, workspace }) {
    const declarations = new Declarations(workspace.files);
    connection.onWorkspaceSymbol(async ({ query }, token) => {
      const all = await declarations.all(token);
      const fitting = (all ?? []).flatMap((symbol) => {
        const rank = rankOf(query, symbol.name) ?? rankOf(query, symbol.name.replace(/^\$/, ''));
        return rank === undefined ? [] : [{ symbol, rank }];
      });
      return fitting
        .sort((a, b) => a.rank - b.rank)
        .slice(0, MAX_SYMBOLS)
        .map(({ symbol }) => symbol);
    });
  },
};
