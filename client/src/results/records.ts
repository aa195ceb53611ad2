/** Records of steps as documents to read: asked of the server when the editor opens them, and never written. */
import * as vscode from 'vscode';
import * as z from 'zod';
import type { Server } from '../server.ts';
import { sentence } from '../text.ts';
import { askAboutRun } from './panel.ts';

const SCHEME = 'cxq-record';

const stepOfRunSchema = z.object({
  runId: z.string(),
  interactionId: z.string(),
  sequence: z.number().int().nonnegative(),
});
type StepOfRun = z.infer<typeof stepOfRunSchema>;

/** Its tab shows the interaction and the place of the step in it; which run it is of, and the exact id, stand behind. */
function uriOf(step: StepOfRun): vscode.Uri {
  const name = step.interactionId.replace(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, 80);
  return vscode.Uri.from({
    scheme: SCHEME,
    path: `/${name} step ${step.sequence + 1}.json`,
    query: JSON.stringify(step),
  });
}

export async function openRecord(step: StepOfRun): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uriOf(step));
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: true });
}

export function registerRecords(server: Server): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async ({ query }, token) => {
      const { runId, ...step } = stepOfRunSchema.parse(JSON.parse(query));
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      try {
        const answer = await askAboutRun(server, runId, { kind: 'step', ...step }, controller.signal);
        if (answer.kind !== 'step') throw new Error('The language server gave another answer.');
        return answer.raw;
      } catch (reason) {
        throw new Error(`The record could not be read: ${sentence(reason)}`, { cause: reason });
      }
    },
  });
}
