/** What the editor told the server: settings, profiles, and the texts that are open. */
import type { Connection } from 'vscode-languageserver/node';
import { TextDocuments } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type ParsedDocument, parse } from '../language/index.ts';
import { configurationSchema, type ServerConfiguration } from '../protocol/lsp.ts';
import type { Profile } from '../protocol/profile.ts';
import { type ProfileProblem, resolveProfile } from '../tenant/index.ts';

/** A profile of the settings that cannot be used, with why. */
export interface UnusableProfile {
  readonly id: string;
  readonly problems: readonly ProfileProblem[];
}

/** The name that an unchecked profile bears. */
function nameOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'id' in input && typeof input.id === 'string'
    ? input.id
    : 'default';
}

export class Workspace {
  readonly documents = new TextDocuments(TextDocument);
  configuration: ServerConfiguration;
  #profiles = new Map<string, Profile>();
  #unusable: UnusableProfile[] = [];
  readonly #parsed = new Map<string, { readonly version: number; readonly document: ParsedDocument }>();

  constructor() {
    this.configuration = configurationSchema.parse({
      profiles: [],
      connection: null,
      dataFolder: '',
      user: process.env['USER'] ?? process.env['USERNAME'] ?? 'unknown',
      trusted: true,
    });
    this.documents.onDidClose(({ document }) => this.#parsed.delete(document.uri));
  }

  listen(connection: Connection): void {
    this.documents.listen(connection);
  }

  /** Takes new settings over; what does not fit the schema is said, and the settings before stay. */
  configure(value: unknown): string | undefined {
    const read = configurationSchema.safeParse(value);
    if (!read.success) return `The settings were not understood: ${read.error.issues[0]?.message ?? ''}`;
    this.configuration = read.data;
    this.#profiles = new Map();
    this.#unusable = [];
    for (const input of read.data.profiles) {
      const resolved = resolveProfile(input, read.data.profiles);
      if (resolved.ok) this.#profiles.set(resolved.profile.id, resolved.profile);
      else this.#unusable.push({ id: nameOf(input), problems: resolved.problems });
    }
    return undefined;
  }

  get profiles(): ReadonlyMap<string, Profile> {
    return this.#profiles;
  }

  get unusable(): readonly UnusableProfile[] {
    return this.#unusable;
  }

  /** The tree of an open text, parsed once for each version. */
  parsed(document: TextDocument): ParsedDocument {
    const known = this.#parsed.get(document.uri);
    if (known?.version === document.version) return known.document;
    const parsed = parse(document.getText());
    this.#parsed.set(document.uri, { version: document.version, document: parsed });
    return parsed;
  }
}
