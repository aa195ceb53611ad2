/** The few things that a results panel may ask the editor to do. */
import * as vscode from 'vscode';
import { METHODS, panelQueryResultSchema } from '../../../server/src/protocol/lsp.ts';
import type { PanelAction } from '../../../server/src/protocol/panel.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import type { AuditTrail } from '../audit.ts';
import type { Runner } from '../runs/runner.ts';
import type { Server } from '../server.ts';
import { queryDocument } from './hand-over-text.ts';
import type { RunSources } from './history.ts';
import { Pictures } from './pictures.ts';
import { openRecord } from './records.ts';
import { resumedTarget, showSource, sourceFile, targetOf } from './source.ts';

export interface ActionHost {
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
  readonly audit: AuditTrail;
  readonly runner: Runner;
  readonly sources: RunSources;
}

/** Opens the run's query, narrowed to what a filter leaves, as a document to go on with. */
async function openQuery(server: Server, runId: string, filter: Filter): Promise<void> {
  const found = await server.request(METHODS.panelQuery, { runId, filter }, panelQueryResultSchema);
  if ('error' in found) throw new Error(found.error.message);
  const content = queryDocument(found.text, found.notes);
  const document = await vscode.workspace.openTextDocument({ language: 'cxq', content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
}

/** Does what a panel asks for about its run; throws the sentence that the person is told. */
export function panelActions({
  server,
  log,
  audit,
  runner,
  sources,
}: ActionHost): (action: PanelAction, runId: string) => Promise<void> {
  const pictures = new Pictures();
  return async (action, runId) => {
    const target = sources.target(runId);
    const index = target?.index ?? null;
    // It ran with the others of its file: what is asked for is about this one.
    const one = index === null ? undefined : target;
    switch (action.kind) {
      case 'showAudit':
        return audit.show(server);
      case 'showLog':
        return log.show();
      case 'showQuery':
        return showSource(server, runId, { index });
      case 'showClause':
        return showSource(server, runId, { clause: action.clause, index });
      case 'openQuery':
        return openQuery(server, runId, action.filter);
      case 'openRaw':
        return openRecord({ runId, ...action.step });
      case 'savePicture':
        return pictures.save(action, await sourceFile(server, runId));
      case 'rerun': {
        // A history file as the person explained it; a query where it stands in its text by now.
        const again = target?.history === undefined ? await targetOf(server, runId, index) : target;
        if (again !== undefined) await runner.run(again);
        // What ran is there to be looked at, and to be run from there.
        else await showSource(server, runId, { index });
        return;
      }
      case 'resume':
        await runner.run(one ?? (await resumedTarget(server, runId)), runId);
        return;
      case 'cancel':
        if (runner.cancelRun(runId)) return;
        throw new Error('This run goes on in another window or in a terminal: cancel it there.');
    }
  };
}
