/** The query files of the workspace: those that are open, and those on disk in its folders. */
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type CancellationToken,
  type ClientCapabilities,
  type Connection,
  DidChangeWatchedFilesNotification,
  type TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';

const PATTERN = '**/*.cxq';
const MAX_FILES = 5_000;
const MAX_BYTES = 5 * 1024 * 1024;
/** A folder as large as a disk gives what was found in this time. */
const MAX_WALK_MS = 10_000;
/** How long a list is good: an editor that watches tells of nearly every change, another one of none. */
const WATCHED_MS = 60_000;
const UNWATCHED_MS = 2_000;

/** The path of a file's URI; undefined for a text that is no file. */
export function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

export class WorkspaceFiles {
  readonly #documents: TextDocuments<TextDocument>;
  readonly #folders: () => readonly string[];
  readonly #listeners: ((uris: readonly string[]) => void)[] = [];
  readonly #openings = new WeakMap<TextDocument, number>();
  #opened = 0;
  #watched = false;
  #walk: { readonly until: number; readonly paths: Promise<readonly string[]> } | undefined;

  /** `folders` are the paths of the workspace's folders at the moment. */
  constructor(documents: TextDocuments<TextDocument>, folders: () => readonly string[]) {
    this.#documents = documents;
    this.#folders = folders;
  }

  listen(connection: Connection): void {
    connection.onDidChangeWatchedFiles(({ changes }) => this.#changed(changes.map(({ uri }) => uri)));
  }

  /** Has the editor tell of changes on disk, where it can; once it has initialised. */
  watch(connection: Connection, client: ClientCapabilities): void {
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration !== true) return;
    connection.client
      .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: PATTERN }] })
      .then(
        () => {
          this.#watched = true;
        },
        // An editor that refuses tells of nothing: the list is then made anew more often.
        () => undefined,
      );
  }

  /** Forgets what was found: folders have come or gone. */
  foldersChanged(): void {
    this.#changed([]);
  }

  /**
   * URIs of the open texts, then of the `*.cxq` files of the workspace's folders by path, each once; without hidden
   * folders and `node_modules`, at most 5,000 files. Empty once the token is cancelled.
   */
  async list(token: CancellationToken): Promise<string[]> {
    if (token.isCancellationRequested) return [];
    const paths = await Promise.race([this.#paths(), cancelled(token)]);
    if (token.isCancellationRequested) return [];
    // Editors write one URI in several ways: an open file is known by its path.
    const open = this.#documents.keys();
    const known = new Set(open.map(pathOf));
    const rest = paths.filter((path) => !known.has(path)).map((path) => pathToFileURL(path).href);
    return [...open, ...rest];
  }

  /** The text of a URI: the open one, else that on disk; undefined for none, or for more than 5 MB. */
  async text(uri: string): Promise<string | undefined> {
    const open = this.#documents.get(uri);
    if (open !== undefined) return open.getText();
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    try {
      const found = await stat(path);
      if (!found.isFile() || found.size > MAX_BYTES) return undefined;
      return new TextDecoder().decode(await readFile(path));
    } catch {
      // Gone, or not ours to read.
      return undefined;
    }
  }

  /** Another value when the text of a URI may be another; undefined where `text` gives none. Reads no text. */
  async stamp(uri: string): Promise<string | undefined> {
    const open = this.#documents.get(uri);
    if (open !== undefined) return `open ${this.#openingOf(open)} ${open.version}`;
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    try {
      const found = await stat(path);
      if (!found.isFile() || found.size > MAX_BYTES) return undefined;
      return `disk ${found.mtimeMs} ${found.size}`;
    } catch {
      return undefined;
    }
  }

  /** Versions begin anew when a text is opened again, and it may be another one then. */
  #openingOf(document: TextDocument): number {
    const opening = this.#openings.get(document) ?? ++this.#opened;
    this.#openings.set(document, opening);
    return opening;
  }

  /** Calls back with the URIs of files that changed, came or went on disk; with none when the folders did. */
  onDidChange(listener: (uris: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  #changed(uris: readonly string[]): void {
    this.#walk = undefined;
    for (const listener of this.#listeners) listener(uris);
  }

  /** One walk serves all who ask meanwhile. */
  #paths(): Promise<readonly string[]> {
    if (this.#walk !== undefined && performance.now() < this.#walk.until) return this.#walk.paths;
    const until = performance.now() + (this.#watched ? WATCHED_MS : UNWATCHED_MS);
    const paths = findAll(this.#folders());
    this.#walk = { until, paths };
    return paths;
  }
}

async function findAll(folders: readonly string[]): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(MAX_WALK_MS);
  const found = new Set<string>();
  for (const cwd of folders) {
    const options = { cwd, absolute: true, followSymbolicLinks: false, expandDirectories: false };
    const { glob } = await import('tinyglobby');
    const paths = await glob(PATTERN, { ...options, ignore: '**/node_modules/**', signal }).catch(() => []);
    // Through a URL and back, so that separators are those of the system.
    for (const path of paths.sort()) {
      if (found.size >= MAX_FILES) return [...found];
      found.add(fileURLToPath(pathToFileURL(path)));
    }
  }
  return [...found];
}

/** Resolves with nothing when a request is cancelled. */
function cancelled(token: CancellationToken): Promise<readonly string[]> {
  return new Promise((resolve) => {
    token.onCancellationRequested(() => resolve([]));
  });
}
