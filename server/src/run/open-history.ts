/** A history file as a run: no tenant, no account, and kept, audited and shown as any other. */
import { basename } from 'node:path';
import type { HistoryQuestion } from '../protocol/lsp.ts';
import type { Profile } from '../protocol/profile.ts';
import { type LogOptions, resolveProfile, troubleWith } from '../tenant/index.ts';
import { fail, type RunHost } from './host.ts';
import { type RunsOutcome, runQueries } from './run.ts';

export interface HistoryRequest {
  /** A full path. */
  readonly path: string;
  /** What a person said of a CSV file. */
  readonly log: LogOptions;
  /** What the manifest names as the source: the file's address. */
  readonly source: string;
  /** Id of the connection that stands for the file. */
  readonly connection: string;
}

export type OpenedHistory = RunsOutcome & {
  /** The file can be read once this is answered. */
  readonly question?: HistoryQuestion;
};

const QUERY = '-- Everything that the history file holds.\nLIMIT ALL\n';

/**
 * Runs a query without conditions on a file. What its beginning tells of a file that cannot be read, or only with a
 * person's help, is told before there is a run. Never rejects for what the file or disk do.
 */
export async function openHistory(
  host: RunHost,
  { path, log: said, source, connection }: HistoryRequest,
  signal: AbortSignal,
): Promise<OpenedHistory> {
  // A file does not say whose it is: what any connection masks is masked.
  const redaction = [...new Set([...host.profiles.values()].flatMap((one) => one.redaction))];
  const profile = profileFor({ path, id: connection, redaction });
  if (profile === undefined) return fail('file', `${path} is not the full path of a file.`);
  // Whoever was asked for the columns and named no time knows of none.
  const log: LogOptions = { ...said, needsTimes: said.columns === undefined };
  const options = { ...log, response: profile.response, signal };
  const refused = async (whole: boolean): Promise<OpenedHistory | undefined> => {
    const trouble = await troubleWith(path, { ...options, whole });
    if (trouble === undefined) return undefined;
    const { message, question } = trouble;
    return question === undefined ? fail('file', message) : { ...fail('question', message), question };
  };
  const trouble = await refused(false);
  if (trouble !== undefined) return trouble;
  const outcome = await runQueries(
    {
      ...host,
      profiles: new Map([[profile.id, profile]]),
      inForce: profile,
      credentials: async () => ({ ok: true, value: {} }),
      tenant: { ...host.tenant, log },
    },
    {
      ...{ text: QUERY, source, choice: { kind: 'only' }, parameters: {}, confirmed: true },
      ...{ title: basename(path), widens: true },
    },
    signal,
  );
  const failed = outcome.ok && outcome.runs.some(({ output }) => output.error?.code === 'file');
  // Further on in the file something else may have to be asked.
  const later = failed ? await refused(true) : undefined;
  return later?.question === undefined ? outcome : later;
}

function profileFor({
  path,
  ...own
}: Pick<Profile, 'id' | 'redaction'> & { readonly path: string }): Profile | undefined {
  const resolved = resolveProfile(
    { ...own, label: basename(path), query: { adapter: 'file', path }, auth: { kind: 'none' } },
    [],
    { folder: null },
  );
  return resolved.ok ? resolved.profile : undefined;
}
