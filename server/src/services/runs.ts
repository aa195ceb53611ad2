/** Running and explaining queries for the editor. */
import { homedir } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import type { CancellationToken } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { MICROS_PER_MILLI, MICROS_PER_SECOND } from '../protocol/instant.ts';
import {
  explainParamsSchema,
  METHODS,
  queriesParamsSchema,
  type RunParams,
  type RunProgress,
  type RunResult,
  runParamsSchema,
} from '../protocol/lsp.ts';
import type { RunError } from '../protocol/run.ts';
import type { FinishedRun, RunHost, RunRequest } from '../run/index.ts';
import { answer, signalOf } from './answers.ts';
import { askCredentials } from './credentials.ts';
import type { Feature, FeatureContext } from './feature.ts';
import { foldersOf } from './folders.ts';
import { askNetwork } from './network.ts';
import { lookAtOutbox, type WebhookSecrets, webhookSecrets } from './outbox.ts';
import { rangeOf } from './ranges.ts';
import { readText } from './texts.ts';
import { auditTold } from './told.ts';
import { settingProblems, type Workspace } from './workspace.ts';

/** Progress is shown to a person: more often than this is work without use. */
const PROGRESS_MS = 100;

const MEGABYTE = 1_000_000;

export function withoutAnalysis({
  output,
  headline,
  startedAt,
  resumable,
}: FinishedRun): RunResult['runs'][number] {
  const { analysis, ...rest } = output;
  return { ...rest, headline, startedAt, resumable };
}

/** Sends the first, the last before each pause, and every change of phase. */
function throttled(send: (progress: RunProgress) => void): (progress: RunProgress) => void {
  let sent = 0;
  let phase: string | undefined;
  return (progress) => {
    const now = Date.now();
    if (progress.phase === phase && now - sent < PROGRESS_MS) return;
    sent = now;
    phase = progress.phase;
    send(progress);
  };
}

/**
 * What runs a query is a third of the server: read when the first one runs, room by room, so that nobody waits for all
 * of it at once.
 */
async function runRoom(): Promise<typeof import('../run/index.ts')> {
  const rooms = [
    // What Node brings for it is as much again.
    () => import('node:http'),
    () => import('../output/index.ts'),
    () => import('../tenant/index.ts'),
  ];
  for (const read of rooms) {
    await read();
    await turn();
  }
  return import('../run/index.ts');
}

/** What a run needs, of this editor. */
export async function hostOf(
  context: FeatureContext,
  params: Pick<RunParams, 'uri' | 'token'>,
  onAsked: (profile: string) => void,
  webhookSecret: WebhookSecrets['of'],
): Promise<RunHost> {
  const { connection, workspace } = context;
  const { configuration } = workspace;
  const { microsOf } = await import('../run/index.ts');
  const folders = await foldersOf(configuration);
  const report = throttled((progress) => void connection.sendNotification(METHODS.runProgress, progress));
  return {
    profiles: workspace.profiles,
    inForce: workspace.inForce,
    credentials: (profile) => {
      onAsked(profile.id);
      return askCredentials(connection, profile);
    },
    runsFolder: folders.runs,
    auditFolder: folders.audit,
    outboxFolder: folders.outbox,
    keep: {
      maxAgeDays: configuration.keep.days,
      maxBytes: configuration.keep.megabytes * MEGABYTE,
    },
    exportFolder: workspace.exportFolder(params.uri) ?? homedir(),
    user: configuration.user,
    now: () => Date.now() * MICROS_PER_MILLI,
    defaultLimit: configuration.defaultLimit,
    thresholdMicros: Math.round(configuration.bottleneckThresholdSeconds * MICROS_PER_SECOND),
    typeThresholds: microsOf(configuration.bottleneckThresholds.nodeTypes),
    nodeThresholds: microsOf(configuration.bottleneckThresholds.nodes),
    webhookAllow: configuration.webhookAllow,
    webhookSecret,
    tenant: { network: await askNetwork(context) },
    onProgress: (progress) => report({ ...progress, token: params.token }),
    onSnapshot: (overview) =>
      void connection.sendNotification(METHODS.runSnapshot, { token: params.token, overview }),
    onAudited: auditTold(connection),
  };
}

/** Where the connection in force is there but cannot be used, the error says why: another is not what is missing. */
function orBroken(workspace: Workspace, error: RunError): RunError {
  const { connection } = workspace.configuration;
  const broken = workspace.unusable.find(({ id }) => id === connection);
  if (error.code !== 'connection' || workspace.inForce !== null || broken === undefined) return error;
  const problems = settingProblems(broken).join(' ');
  return { code: 'profile', message: `The connection “${broken.id}” cannot be used. ${problems}` };
}

export const runsFeature: Feature = {
  capabilities: {},
  register(context) {
    const { connection, workspace } = context;

    const run = async (params: RunParams, token: CancellationToken): Promise<RunResult> => {
      if (!workspace.configuration.trusted) {
        const message = 'Running a query needs a trusted workspace: it sends requests and may write files.';
        return { runs: [], error: { code: 'untrusted', message } };
      }
      // Whose credentials were asked for last: an error about credentials is about these.
      let asked: string | undefined;
      const { resumeRun, runQueries } = await runRoom();
      const secrets = webhookSecrets(context);
      const onAsked = (profile: string): void => {
        asked = profile;
      };
      const host = await hostOf(context, params, onAsked, secrets.of);
      const { index, resume } = params;
      const request: RunRequest = {
        text: params.text,
        source: params.uri,
        choice: index === null ? { kind: 'all' } : { kind: 'index', index },
        parameters: params.params,
        confirmed: params.confirmed,
      };
      const result =
        resume === undefined
          ? await runQueries(host, request, signalOf(token))
          : await resumeRun(host, { runId: resume }, signalOf(token));
      const about = asked === undefined ? {} : { connection: asked };
      secrets.askForMissing();
      if (result.ok) {
        if (result.runs.some(({ output }) => output.webhook?.status === 'failed')) lookAtOutbox(context);
        workspace.outcomes.remember(params.uri, params.index ?? 0, result.runs);
        const error = result.error === undefined ? {} : { error: result.error };
        return { runs: result.runs.map(withoutAnalysis), ...error, ...about };
      }
      const { parameters } = result;
      const error = orBroken(workspace, result.error);
      return {
        runs: [],
        error,
        ...about,
        ...(parameters === undefined ? {} : { parameters: [...parameters] }),
      };
    };
    answer(connection, METHODS.run, runParamsSchema, (params, token) => {
      const { large } = workspace;
      return large === undefined ? run(params, token) : large.runs(() => run(params, token));
    });

    answer(connection, METHODS.queries, queriesParamsSchema, async ({ uri, text }, token) => {
      const document = TextDocument.create(uri, 'cxq', 0, text);
      const queries = (await readText(text, token)).queries.map((query) => ({
        name: query.name?.text ?? null,
        title: query.title?.value ?? null,
        range: rangeOf(document, query),
      }));
      return { queries };
    });

    answer(connection, METHODS.explain, explainParamsSchema, async ({ text, index }, token) => {
      const { explain, explainText } = await import('../language/editing.ts');
      const [explained] = explain(await readText(text, token), workspace.checkContext(), index);
      if (explained !== undefined) return { text: explainText(explained) };
      const message = 'The query has syntax errors: mend them, then explain it again.';
      return { text: '', error: { code: 'diagnostics', message } };
    });
  },
};
