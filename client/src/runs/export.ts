/** Exports kept runs: asks where to, shows progress with Cancel, and says what was written. */
import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { isPacked } from '../../../server/src/protocol/formats.ts';
import {
  exportProgressSchema,
  exportResultSchema,
  lastRunResultSchema,
  METHODS,
  type RunResult,
} from '../../../server/src/protocol/lsp.ts';
import type { ExportedFile } from '../../../server/src/protocol/run.ts';
import { type ChosenRun, chooseRun, namedRun } from '../results/history.ts';
import type { Server } from '../server.ts';
import { counted, visible } from '../text.ts';
import { oneQuery, type Target } from './documents.ts';
import { exportedText, fileFilters, hasFormat, offeredFormats, suggestedName } from './export-text.ts';
import { refuseUntrusted } from './questions.ts';

export interface ExporterHost {
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
  /** Runs a query as the lens Run does. */
  readonly run: (target: Target) => Promise<RunResult | undefined>;
  /** The run whose results are in front. */
  readonly shownRun: () => string | undefined;
}

/** A run to export. */
interface Source {
  readonly runId: string;
  readonly query: string | null;
  /** What to call it. */
  readonly name: string;
}

type Report = (progress: { readonly records: number; readonly share: number }) => void;

export class Exporter {
  readonly #host: ExporterHost;
  readonly #reports = new Map<string, Report>();
  /** Where the last export went: the next one is likely to go there too. */
  #folder: vscode.Uri | undefined;

  constructor(host: ExporterHost) {
    this.#host = host;
  }

  /** `cxq/exportProgress`. */
  progress(params: unknown): void {
    const { token, ...progress } = exportProgressSchema.parse(params);
    this.#reports.get(token)?.(progress);
  }

  /**
   * What the command does. A lens gives the text and the place of a query in it; `which` may also be a run's id.
   * Without them it is the run whose results are in front, else one that the person chooses. Who gives a file as
   * well is not asked for one, nor whether it may be replaced.
   */
  async export(which: unknown, index: unknown, file: unknown): Promise<ExportedFile | undefined> {
    if (!vscode.workspace.isTrusted) {
      await refuseUntrusted('so nothing is exported: it would write files.');
      return undefined;
    }
    const source = await this.#source(which, index);
    if (source === undefined) return undefined;
    const to = file instanceof vscode.Uri ? file : await this.#askFile(source);
    return to === undefined ? undefined : this.#write(source, to);
  }

  async #source(which: unknown, index: unknown): Promise<Source | undefined> {
    const { server, shownRun } = this.#host;
    if (typeof index === 'number') return this.#ofQuery(which, index);
    const runId = typeof which === 'string' ? which : shownRun();
    const chosen = await (runId === undefined
      ? chooseRun(server, { title: 'CXQ: Export Results', ended: true })
      : namedRun(server, runId));
    return chosen === undefined ? undefined : sourceOf(chosen);
  }

  /** The latest run of a query as it stands; where there is none, it offers to make one. */
  async #ofQuery(uri: unknown, index: number): Promise<Source | undefined> {
    const { server, run } = this.#host;
    const target = await oneQuery(server, uri, index);
    if (target === undefined) return undefined;
    const params = { uri: target.uri.toString(), text: target.text, index };
    const { run: kept } = await server.request(METHODS.lastRun, params, lastRunResultSchema);
    if (kept !== null) return { runId: kept.runId, query: kept.query, name: target.name };
    const button = 'Run';
    const chosen = await vscode.window.showInformationMessage(
      `${target.name} has not run as it stands now, so there is nothing to export yet. Run it first?`,
      button,
    );
    if (chosen !== button) return undefined;
    // What hindered a run is told by the run.
    const last = (await run(target))?.runs.at(-1);
    if (last === undefined || (last.outcome !== 'complete' && last.outcome !== 'partial')) return undefined;
    return { runId: last.runId, query: last.query, name: target.name };
  }

  #askFile({ query, name }: Source): Thenable<vscode.Uri | undefined> {
    const folder = this.#folder ?? vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
    return vscode.window.showSaveDialog({
      title: `Export the Results of ${name}`,
      saveLabel: 'Export',
      defaultUri: vscode.Uri.joinPath(folder, suggestedName(query)),
      filters: fileFilters(),
    });
  }

  async #write(source: Source, to: vscode.Uri): Promise<ExportedFile | undefined> {
    if (to.scheme !== 'file') {
      throw new Error('Results are exported to a folder on disk, which this is not. Choose another one.');
    }
    const format = hasFormat(to.path) ? null : await askFormat(to);
    if (format === undefined) return undefined;
    const result = await this.#request(source, { path: to.fsPath, format });
    if ('error' in result) {
      const { code, message } = result.error;
      if (code === 'cancelled') {
        void vscode.window.showInformationMessage(`The export of ${source.name} was cancelled.`);
        return undefined;
      }
      throw new Error(visible(message));
    }
    const { file, notes, audited } = result;
    this.#folder = vscode.Uri.joinPath(to, '..');
    this.#host.log.info(`Exported ${source.runId} to ${file.path} (${file.format}, SHA-256 ${file.sha256})`);
    for (const note of notes) this.#host.log.info(`${source.name}: ${note}`);
    void tell(exportedText(source.name, fileName(to), file, notes), to, audited && notes.length === 0);
    return file;
  }

  async #request(
    { runId, name }: Source,
    params: { readonly path: string; readonly format: string | null },
  ): Promise<ReturnType<typeof exportResultSchema.parse>> {
    const token = randomUUID();
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Exporting ${name}`,
      cancellable: true,
    };
    try {
      return await vscode.window.withProgress(options, (report, cancelled) => {
        let before = 0;
        this.#reports.set(token, ({ records, share }) => {
          report.report({ message: counted(records, 'interaction'), increment: (share - before) * 100 });
          before = share;
        });
        const request = { runId, ...params, token };
        return this.#host.server.request(METHODS.export, request, exportResultSchema, cancelled);
      });
    } finally {
      this.#reports.delete(token);
    }
  }
}

function sourceOf({ runId, title, query }: ChosenRun): Source {
  return { runId, query, name: query ?? title };
}

function fileName(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** A file whose ending says nothing can have any format. */
async function askFormat(to: vscode.Uri): Promise<string | undefined> {
  const items = offeredFormats().map(({ name, endings }) => ({
    label: name,
    description: endings.map((ending) => `.${ending}`).join(', '),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: `Format of ${fileName(to)}`,
    placeHolder: 'The ending of the file names no format',
  });
  return chosen?.label;
}

/** Says what was written, with the way to it. */
async function tell(message: string, file: vscode.Uri, isFine: boolean): Promise<void> {
  const [open, reveal] = ['Open', 'Reveal'];
  const isInWorkspace = vscode.workspace.getWorkspaceFolder(file) !== undefined;
  const isOnThisMachine = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  const buttons = [
    ...(isPacked(file.path) ? [] : [open]),
    ...(isInWorkspace || isOnThisMachine ? [reveal] : []),
  ];
  const show = isFine ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const chosen = await show(message, ...buttons);
  if (chosen === open) await vscode.commands.executeCommand('vscode.open', file);
  if (chosen === reveal) {
    await vscode.commands.executeCommand(isInWorkspace ? 'revealInExplorer' : 'revealFileInOS', file);
  }
}
