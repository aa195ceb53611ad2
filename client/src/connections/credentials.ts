/** Secrets of connections: in the editor's SecretStorage, each bound to the origin that it was entered for. */
import * as vscode from 'vscode';
import * as z from 'zod';
import { credentialsParamsSchema, credentialsResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { Credentials } from '../../../server/src/protocol/profile.ts';

const stored = credentialsResultSchema.shape.credentials.unwrap();
type Stored = z.infer<typeof stored>;
type Kind = z.infer<typeof credentialsParamsSchema>['kind'];

interface Field {
  readonly name: keyof Credentials;
  readonly prompt: string;
  readonly secret: boolean;
  readonly optional?: true;
}

const CLIENT: readonly Field[] = [
  { name: 'clientId', prompt: 'Client id', secret: false },
  { name: 'clientSecret', prompt: 'Client secret', secret: true },
];
const KEY: readonly Field[] = [
  { name: 'username', prompt: 'Access key id', secret: false },
  { name: 'password', prompt: 'Access key secret', secret: true },
];
const FIELDS: Readonly<Record<Kind, readonly Field[]>> = {
  'oauth2-client-credentials': CLIENT,
  // Some tenants give access keys without a client of their own.
  'oauth2-password': [
    ...KEY,
    ...CLIENT.map(
      (field) => ({ ...field, optional: true, prompt: `${field.prompt} (may be empty)` }) as const,
    ),
  ],
  'access-key-json': KEY,
  'static-bearer': [{ name: 'token', prompt: 'Bearer token', secret: true }],
  none: [],
  'webhook-secret': [{ name: 'token', prompt: 'Signing secret', secret: true }],
};

const PREFIX = 'cxq.credentials:';
const keySchema = z.tuple([z.string(), z.string()]);

function keyOf(profile: string, origin: string): string {
  return PREFIX + JSON.stringify([profile, origin]);
}

function readKey(key: string): { profile: string; origin: string } | undefined {
  if (!key.startsWith(PREFIX)) return undefined;
  try {
    const [profile, origin] = keySchema.parse(JSON.parse(key.slice(PREFIX.length)));
    return { profile, origin };
  } catch {
    return undefined;
  }
}

function parseStored(text: string | undefined): Stored | undefined {
  if (text === undefined) return undefined;
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    // Written by another version: the person is asked again.
    return undefined;
  }
}

/** Asks for one field after another; undefined when the person gives up. */
export async function askCredentials(title: string, detail: string, kind: Kind): Promise<Stored | undefined> {
  const given: Record<string, string> = {};
  const fields = FIELDS[kind];
  for (const [index, field] of fields.entries()) {
    const value = await vscode.window.showInputBox({
      title: fields.length === 1 ? title : `${title} (${index + 1}/${fields.length})`,
      prompt: `${field.prompt} ${detail}`,
      password: field.secret,
      ignoreFocusOut: true,
      validateInput: (text) =>
        text.trim() === '' && field.optional !== true ? `${field.prompt} is needed.` : undefined,
    });
    if (value === undefined) return undefined;
    given[field.name] = value.trim();
  }
  return stored.parse(given);
}

export class CredentialStore {
  readonly #secrets: vscode.SecretStorage;
  /** Held for this session alone: the sandbox's, and those that the wizard is trying. */
  readonly #held = new Map<string, Stored>();
  readonly #asking = new Map<string, Promise<Stored | undefined>>();

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Answers `cxq/credentials`: what is held or stored for this profile and origin, else asks the person once. */
  async answer(params: unknown): Promise<z.input<typeof credentialsResultSchema>> {
    const { profile, origin, kind, quiet } = credentialsParamsSchema.parse(params);
    if (kind === 'none') return { credentials: {} };
    const key = keyOf(profile, origin);
    const known = this.#held.get(key) ?? parseStored(await this.#secrets.get(key));
    if (known !== undefined || quiet) return { credentials: known ?? null };
    let asked = this.#asking.get(key);
    if (asked === undefined) {
      asked = this.#ask(profile, origin, kind).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asked);
    }
    return { credentials: (await asked) ?? null };
  }

  async #ask(profile: string, origin: string, kind: Kind): Promise<Stored | undefined> {
    const elsewhere = (await this.#keys(profile)).find((one) => one.origin !== origin);
    const moved =
      elsewhere === undefined ? '' : ` (what is stored is for ${elsewhere.origin} and is not sent here)`;
    const given = await askCredentials(`Connect to ${profile}`, `for ${origin}${moved}`, kind);
    if (given !== undefined) await this.save(profile, origin, given);
    return given;
  }

  async #keys(profile: string): Promise<{ key: string; origin: string }[]> {
    const keys = await this.#secrets.keys();
    return keys.flatMap((key) => {
      const read = readKey(key);
      return read?.profile === profile ? [{ key, origin: read.origin }] : [];
    });
  }

  /** Keeps credentials in memory until the returned function is called. */
  hold(profile: string, origin: string, credentials: Stored): () => void {
    const key = keyOf(profile, origin);
    this.#held.set(key, credentials);
    return () => {
      if (this.#held.get(key) === credentials) this.#held.delete(key);
    };
  }

  async save(profile: string, origin: string, credentials: Stored): Promise<void> {
    await this.#secrets.store(keyOf(profile, origin), JSON.stringify(credentials));
  }

  /** Removes everything stored for this profile, whatever the origin; tells how much that was. */
  async forget(profile: string): Promise<number> {
    const keys = await this.#keys(profile);
    for (const { key } of keys) await this.#secrets.delete(key);
    return keys.length;
  }

  /** Profiles that have something stored. */
  async signedIn(): Promise<string[]> {
    const profiles = (await this.#secrets.keys()).flatMap((key) => readKey(key)?.profile ?? []);
    return [...new Set(profiles)].sort();
  }
}
