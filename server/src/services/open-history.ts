/** Analysing a history file for the editor. */
import { fileURLToPath } from 'node:url';
import {
  HISTORY_CONNECTION,
  METHODS,
  type OpenHistoryResult,
  openHistoryParamsSchema,
} from '../protocol/lsp.ts';
import { answer, signalOf } from './answers.ts';
import type { Feature } from './feature.ts';
import { hostOf, withoutAnalysis } from './runs.ts';

/** The path of a file's address; undefined where it is none of a file on this disk. */
function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

export const openHistoryFeature: Feature = {
  capabilities: {},
  register(context) {
    const { connection, workspace } = context;
    answer(
      connection,
      METHODS.openHistory,
      openHistoryParamsSchema,
      async (params, token): Promise<OpenHistoryResult> => {
        const refuse = (code: string, message: string): OpenHistoryResult => ({
          runs: [],
          error: { code, message },
        });
        if (!workspace.configuration.trusted) {
          return refuse('untrusted', 'Opening a history file needs a trusted workspace: it writes files.');
        }
        const path = pathOf(params.uri);
        if (path === undefined) {
          return refuse('file', 'History files are opened from a folder on disk, which this is not.');
        }
        const { openHistory } = await import('../run/index.ts');
        const host = await hostOf(
          context,
          params,
          () => undefined,
          async () => ({ ok: true, value: null }),
        );
        const { columns, dates, uri } = params;
        const log = {
          ...(columns === undefined ? {} : { columns }),
          ...(dates === undefined ? {} : { dates }),
        };
        const request = { path, log, source: uri, connection: HISTORY_CONNECTION };
        const opened = await openHistory(host, request, signalOf(token));
        const { question } = opened;
        const asks = question === undefined ? {} : { question };
        if (!opened.ok) return { runs: [], error: opened.error, ...asks };
        const error = opened.error === undefined ? {} : { error: opened.error };
        return { runs: opened.runs.map(withoutAnalysis), ...error, ...asks };
      },
    );
  },
};
