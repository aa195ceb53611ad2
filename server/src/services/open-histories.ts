/** History files that are open in the editor: their values are offered as long as they are. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import type { KnownValues } from '../language/index.ts';
import { historyFilesParamsSchema, METHODS } from '../protocol/lsp.ts';
import { pathOf } from './files.ts';
import type { KnownValueSource } from './known-values.ts';
import { whenIdle } from './turns.ts';
import type { Workspace } from './workspace.ts';

/** So many files are read, the first ones. */
const MOST_FILES = 10;
/** Whether they have changed is looked at so often: that costs little. */
const FRESH_MS = 5_000;
/** A file that is called otherwise is none of history. */
const NAME = /\.(?:json|jsonl|ndjson|xes|ocel|jsonocel|csv|tsv)(?:\.gz)?$/i;

interface ReadFile {
  /** Another one when the file is another. */
  readonly stamp: string;
  readonly known: KnownValues;
}

/** A name as it stands in a list: what hides or reverses letters is left out. */
function shownName(path: string): string {
  return basename(path).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');
}

/** Path of a file of which history can be read; undefined for any other URI. */
function historyPath(uri: string): string | undefined {
  const path = pathOf(uri);
  return path !== undefined && NAME.test(path) ? path : undefined;
}

/** The files of which the editor tells by `cxq/historyFiles`. In an untrusted workspace none is read. */
export function openHistories(connection: Connection, workspace: Workspace): KnownValueSource {
  let open: readonly string[] = [];
  const files = new Map<string, ReadFile>();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  connection.onNotification(METHODS.historyFiles, (params: unknown) => {
    const read = historyFilesParamsSchema.safeParse(params);
    if (!read.success) {
      connection.console.error(`${METHODS.historyFiles} was not understood: it takes { uris: string[] }.`);
      return;
    }
    const paths = read.data.uris.flatMap((uri) => historyPath(uri) ?? []);
    open = [...new Set(paths)].slice(0, MOST_FILES);
    for (const path of files.keys()) if (!open.includes(path)) files.delete(path);
    changed();
  });
  workspace.onDidChange(() => {
    // They may say otherwise what is masked, and where a record has its fields.
    files.clear();
    changed();
  });

  const load = async (path: string, signal: AbortSignal): Promise<void> => {
    const stamp = await stampOf(path);
    if (signal.aborted) return;
    if (stamp === undefined) files.delete(path);
    if (stamp === undefined || files.get(path)?.stamp === stamp) return;
    // What reads it takes about as long to load as a keystroke may last: after the answers that are waited for.
    await whenIdle();
    const { readKnownHistory } = await import('../run/index.ts');
    const { inForce, profiles } = workspace;
    const known = await readKnownHistory(path, {
      origin: shownName(path),
      layouts: inForce === null ? [] : [inForce.response],
      // A file does not say of which tenant it is: what any connection hides is hidden.
      redaction: [...profiles.values()].flatMap(({ redaction }) => redaction),
      signal,
      giveWay: whenIdle,
    });
    if (!signal.aborted) files.set(path, { stamp, known });
  };

  return {
    known: () => open.flatMap((path) => files.get(path)?.known ?? []),
    load: async (signal) => {
      if (!workspace.configuration.trusted) return;
      for (const path of open) {
        if (signal.aborted) return;
        await load(path, signal);
      }
    },
    freshMs: FRESH_MS,
    onDidChange: (listener) => {
      listeners.push(listener);
    },
  };
}

/** By which it is seen that a file is another; undefined for what is none. */
async function stampOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? `${found.mtimeMs} ${found.size}` : undefined;
  } catch {
    return undefined;
  }
}
