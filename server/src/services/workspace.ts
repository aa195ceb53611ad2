/** What the editor told the server: settings, profiles, folders, and the texts that are open. */
import { dirname, sep } from 'node:path';
import {
  type ClientCapabilities,
  type Connection,
  type InitializeParams,
  type Position,
  TextDocuments,
  type TextDocumentsConfiguration,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type CheckContext, type Patterns, profileFacts } from '../language/index.ts';
import { webhookPolicy } from '../output/webhook/policy.ts';
import { MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import { configurationSchema, type ServerConfiguration } from '../protocol/lsp.ts';
import type { Profile } from '../protocol/profile.ts';
import { type ProfileProblem, resolveProfile } from '../tenant/profile.ts';
import { pathOf, WorkspaceFiles } from './files.ts';
import type { LargeTexts } from './large-texts.ts';
import { Outcomes } from './outcomes.ts';
import { Trees } from './trees.ts';

/** A profile of the settings that cannot be used, with why. */
interface UnusableProfile {
  readonly id: string;
  /** Its place in the setting. */
  readonly index: number;
  readonly problems: readonly ProfileProblem[];
}

/** What is wrong with it, setting by setting. */
export function reasonOf({ problems }: UnusableProfile): string {
  return problems.map(({ path, message }) => `${path}: ${message}`).join(' ');
}

/** The same, each with its whole path in the settings; what a profile that it extends has wrong is said of that. */
export function settingProblems({ index, problems }: UnusableProfile): string[] {
  return problems.map(({ path, message }) => {
    const inherited = path.includes(': ');
    const place = path === '' || inherited ? '' : `.${path}`;
    return `cxq.connections[${index}]${place}: ${inherited ? `${path} ` : ''}${message}`;
  });
}

/** The name that an unchecked profile bears. */
function nameOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'id' in input && typeof input.id === 'string'
    ? input.id
    : 'default';
}

/** Limits and time zone where nothing is connected: those of the default profile. */
function defaultProfile(): Profile {
  const resolved = resolveProfile({ variables: { tenant: 'tenant' } });
  if (!resolved.ok) throw new Error('The default profile does not fit its own schema.');
  return resolved.profile;
}

/** What depends on the time is taken as of the last minute: in between, what was found once is known. */
const CLOCK_MS = 60_000;

/**
 * Texts as editors change them. A place behind the end is the end: the package's own update would go on with lines
 * that are not there.
 */
const TEXTS: TextDocumentsConfiguration<TextDocument> = {
  create: TextDocument.create,
  update: (document, changes, version) => {
    const inside = (position: Position): Position => document.positionAt(document.offsetAt(position));
    for (const change of changes) {
      const { text } = change;
      const placed =
        'range' in change
          ? { text, range: { start: inside(change.range.start), end: inside(change.range.end) } }
          : { text };
      TextDocument.update(document, [placed], version);
    }
    return TextDocument.update(document, [], version);
  },
};

export class Workspace {
  readonly documents = new TextDocuments(TEXTS);
  readonly files = new WorkspaceFiles(this.documents, () => this.#folders);
  readonly outcomes = new Outcomes();
  readonly trees = new Trees();
  /** Those of the open texts that another server answers for; undefined in that one. */
  readonly large: LargeTexts | undefined;
  configuration: ServerConfiguration;
  /** What the editor can do; known once it has initialised. */
  client: ClientCapabilities = {};
  /** Whether an editor said which profiles there are: only then is a name unknown. */
  #configured = false;
  #profiles = new Map<string, Profile>();
  #unusable: UnusableProfile[] = [];
  #folders: string[] = [];
  readonly #fallback = defaultProfile();
  #context: { readonly minute: number; readonly context: CheckContext } | undefined;
  /** Read after the start, which they would make longer. */
  #patterns: Patterns | undefined;
  readonly #listeners: (() => void)[] = [];

  constructor(large?: LargeTexts, patterns?: Patterns) {
    this.large = large;
    this.#patterns = patterns;
    this.configuration = configurationSchema.parse({
      profiles: [],
      connection: null,
      dataFolder: '',
      user: process.env['USER'] ?? process.env['USERNAME'] ?? 'unknown',
      trusted: true,
    });
    this.documents.onDidClose(({ document }) => {
      this.trees.forget(document.uri);
      this.outcomes.closed(document.uri);
    });
  }

  open(params: InitializeParams): void {
    this.client = params.capabilities;
    const { workspaceFolders, rootUri } = params;
    // An editor that knows no workspace folders has one root at most.
    const uris = workspaceFolders?.map((folder) => folder.uri) ?? [rootUri];
    this.#folders = uris.flatMap((uri) => (typeof uri === 'string' ? (pathOf(uri) ?? []) : []));
  }

  listen(connection: Connection): void {
    this.documents.listen(connection);
    this.files.listen(connection);
    connection.onInitialized(() => {
      this.files.watch(connection, this.client);
      this.#readPatterns().catch((error: unknown) =>
        connection.console.error(`Regular expressions are not checked: ${String(error)}`),
      );
      if (this.client.workspace?.workspaceFolders !== true) return;
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
        const come = added.flatMap(({ uri }) => pathOf(uri) ?? []);
        this.#folders = [...this.#folders.filter((folder) => !gone.has(folder)), ...come];
        this.files.foldersChanged();
      });
    });
  }

  async #readPatterns(): Promise<void> {
    if (this.#patterns !== undefined) return;
    const { patterns } = await import('../run/patterns.ts');
    this.#patterns = patterns;
    this.#context = undefined;
    this.changed();
  }

  /** Takes new settings over; what does not fit the schema is said, and the settings before stay. */
  configure(value: unknown): string | undefined {
    const read = configurationSchema.safeParse(value);
    if (!read.success) return `The settings were not understood: ${read.error.issues[0]?.message ?? ''}`;
    this.configuration = read.data;
    this.#context = undefined;
    this.#configured = true;
    this.#profiles = new Map();
    this.#unusable = [];
    for (const [index, input] of read.data.profiles.entries()) {
      const resolved = resolveProfile(input, read.data.profiles, { folder: null });
      if (resolved.ok) this.#profiles.set(resolved.profile.id, resolved.profile);
      else this.#unusable.push({ id: nameOf(input), index, problems: resolved.problems });
    }
    return undefined;
  }

  /** Calls back when settings have changed. */
  onDidChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  get profiles(): ReadonlyMap<string, Profile> {
    return this.#profiles;
  }

  get unusable(): readonly UnusableProfile[] {
    return this.#unusable;
  }

  /** The profile in force where a query has no USING; null when nothing usable is connected. */
  get inForce(): Profile | null {
    const { connection } = this.configuration;
    return connection === null ? null : (this.#profiles.get(connection) ?? null);
  }

  /**
   * What diagnostics, plans and completion depend on, at this moment. The same object as long as neither the settings
   * nor the minute have changed: what was checked against it need not be checked again.
   */
  checkContext(): CheckContext {
    const millis = Date.now();
    const minute = Math.floor(millis / CLOCK_MS);
    if (this.#context?.minute !== minute) {
      const now = millis * MICROS_PER_MILLI;
      this.#context = { minute, context: this.#contextAt(now) };
    }
    return this.#context.context;
  }

  #contextAt(now: Micros): CheckContext {
    const { severities, defaultLimit, webhookAllow } = this.configuration;
    return {
      now,
      profile: profileFacts(this.inForce ?? this.#fallback),
      ...(this.#configured
        ? {
            profiles: new Map([...this.#profiles].map(([id, profile]) => [id, profileFacts(profile)])),
            unusable: new Map(this.#unusable.map((one) => [one.id, reasonOf(one)])),
          }
        : {}),
      defaultLimit,
      webhookAllow,
      webhookVerdict: webhookPolicy,
      ...(this.#patterns === undefined ? {} : { patterns: this.#patterns }),
      severities,
    };
  }

  /** Where exports of a text go: its workspace folder, else the folder of its file; undefined for neither. */
  exportFolder(uri: string): string | undefined {
    const path = pathOf(uri);
    if (path === undefined) return this.#folders[0];
    const around = this.#folders.filter((folder) =>
      path.startsWith(folder.endsWith(sep) ? folder : folder + sep),
    );
    // Of folders one inside the other it is the inner one.
    return (
      around.reduce<string | undefined>(
        (inner, folder) => (inner === undefined || folder.length > inner.length ? folder : inner),
        undefined,
      ) ?? dirname(path)
    );
  }
}
