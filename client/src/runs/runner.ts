/** Runs queries: asks what is missing, shows progress with counts and Cancel, and says how it ended. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import {
  METHODS,
  type OpenHistoryResult,
  openHistoryResultSchema,
  type RunProgress,
  type RunResult,
  type RunSnapshot,
  runProgressSchema,
  runSnapshotSchema,
} from '../../../server/src/protocol/lsp.ts';
import { type Server, ServerGoneError } from '../server.ts';
import { progressIncrement, progressText, sentence } from '../text.ts';
import type { Target } from './documents.ts';
import { askAboutHistory } from './history-file.ts';
import { endMessage, type Outcome } from './outcome.ts';
import { askParameters, confirmBudget, offerConnection, refuseUntrusted } from './questions.ts';

/** What the runner asks of the rest of the client. */
export interface RunnerHost {
  readonly server: Server;
  readonly log: vscode.LogOutputChannel;
  /** Each resolves to whether a connection is in force afterwards. */
  readonly startSandbox: () => Promise<boolean>;
  readonly connect: () => Promise<boolean>;
  readonly switchConnection: () => Promise<boolean>;
  /** Removes stored credentials that the tenant refused: this connection's, else those of the one in force. */
  readonly forgetCredentials: (connection: string | undefined) => Promise<void>;
  readonly showResults: (run: RunResult['runs'][number], target: Target) => void;
  /** What is there of a run that goes on, and will be shown at its end. */
  readonly showSnapshot: (overview: RunSnapshot['overview'], target: Target) => void;
  /** It goes on no more: it ended, or broke off. */
  readonly runEnded: (runId: string) => void;
  /** What came of a request to run, once it has ended. */
  readonly onResult: (target: Target, result: RunResult) => void;
  /** Texts of the runs in progress, for the status bar. */
  readonly onProgress: (texts: readonly string[]) => void;
}

interface Job {
  readonly target: Target;
  readonly cancel: vscode.CancellationTokenSource;
  text: string;
  /** The run that goes on, once it is known. */
  runId: string | undefined;
  last: RunProgress | undefined;
  report: ((progress: RunProgress) => void) | undefined;
}

/** LSP's RequestCancelled. */
const CANCELLED = -32800;

function isCancelled(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && reason.code === CANCELLED;
}

export class Runner implements vscode.Disposable {
  readonly #host: RunnerHost;
  readonly #jobs = new Map<string, Job>();
  /** Values of parameters as they were given last, by file. */
  readonly #given = new Map<string, Record<string, string>>();

  constructor(host: RunnerHost) {
    this.#host = host;
  }

  /** `cxq/runProgress`. */
  progress(params: unknown): void {
    const progress = runProgressSchema.parse(params);
    const job = this.#jobs.get(progress.token);
    if (job === undefined) return;
    job.text = `${progress.query ?? job.target.name}: ${progressText(progress)}`;
    job.report?.(progress);
    job.runId = progress.runId;
    job.last = progress;
    this.#tell();
  }

  /** `cxq/runSnapshot`: of all queries of a file only the last one's results are shown, and nobody knows which it is. */
  snapshot(params: unknown): void {
    const { token, overview } = runSnapshotSchema.parse(params);
    const job = this.#jobs.get(token);
    if (job === undefined) return;
    job.runId = overview.header.runId;
    if (job.target.index !== null) this.#host.showSnapshot(overview, job.target);
  }

  #tell(): void {
    this.#host.onProgress([...this.#jobs.values()].map((job) => job.text));
  }

  /** Runs the target, or takes a run of it up again, asking what is missing as often as the server says so. */
  async run(asked: Target, resume?: string): Promise<RunResult | undefined> {
    let target = asked;
    if (!vscode.workspace.isTrusted) {
      await (target.history === undefined
        ? refuseUntrusted()
        : refuseUntrusted('so no history file is opened: its analysis would be kept in files.'));
      return undefined;
    }
    const file = target.uri.toString();
    let params: Record<string, string> = {};
    let confirmed = false;
    for (;;) {
      const result = await this.#once(target, params, confirmed, resume);
      if (result === undefined) return undefined;
      const { error, parameters = [], question } = result;
      if (error?.code === 'parameters' && parameters.length > 0) {
        const last = { ...this.#given.get(file), ...params };
        const given = await askParameters(parameters, error.message, last);
        if (given === undefined) return undefined;
        params = { ...params, ...given };
        this.#given.set(file, { ...last, ...given });
      } else if (question !== undefined) {
        const said = await askAboutHistory(target.name, question);
        if (said === undefined) return undefined;
        target = { ...target, history: { ...target.history, ...said } };
      } else if (error?.code === 'connection') {
        const { startSandbox, connect } = this.#host;
        if (!(await offerConnection(error.message, startSandbox, connect))) return undefined;
      } else if (error?.code === 'budget' && !confirmed) {
        if (!(await confirmBudget(error.message))) return undefined;
        confirmed = true;
      } else {
        this.#host.onResult(target, result);
        void this.#ended(target, result);
        return result;
      }
    }
  }

  async #once(
    target: Target,
    params: Record<string, string>,
    confirmed: boolean,
    resume: string | undefined,
  ): Promise<OpenHistoryResult | undefined> {
    const token = randomUUID();
    const cancel = new vscode.CancellationTokenSource();
    const job: Job = {
      ...{ target, cancel, text: `${target.name}: starting` },
      ...{ runId: resume, last: undefined, report: undefined },
    };
    this.#jobs.set(token, job);
    this.#tell();
    const { history, index, text } = target;
    const common = { uri: target.uri.toString(), token };
    const [method, request] =
      history === undefined
        ? ([METHODS.run, { ...common, text, index, params, confirmed, resume }] as const)
        : ([METHODS.openHistory, { ...common, ...history }] as const);
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `${history === undefined ? 'Running' : 'Opening'} ${target.name}`,
          cancellable: true,
        },
        (report, cancelled) => {
          cancelled.onCancellationRequested(() => cancel.cancel());
          job.report = (progress) => {
            const increment = progressIncrement(job.last, progress);
            report.report({
              message: progressText(progress),
              ...(increment === undefined ? {} : { increment }),
            });
          };
          return this.#host.server.request(method, request, openHistoryResultSchema, cancel.token);
        },
      );
    } catch (reason) {
      if (isCancelled(reason)) {
        void vscode.window.showInformationMessage(
          `${target.name} was cancelled before anything was retrieved.`,
        );
        return undefined;
      }
      void this.#broken(target, reason);
      return undefined;
    } finally {
      this.#jobs.delete(token);
      cancel.dispose();
      this.#tell();
      if (job.runId !== undefined) this.#host.runEnded(job.runId);
    }
  }

  /** No answer came: tells why, with the way to what was kept meanwhile. */
  async #broken(target: Target, reason: unknown): Promise<void> {
    const began = reason instanceof ServerGoneError;
    const message = `${target.name} ${began ? 'was broken off' : 'did not run'}: ${sentence(reason)}`;
    this.#host.log.error(message);
    const [results, log] = ['Show Results', 'Show Log'];
    const chosen = await vscode.window.showErrorMessage(message, ...(began ? [results, log] : [log]));
    if (chosen === results) await vscode.commands.executeCommand('cxq.showResults');
    if (chosen === log) this.#host.log.show();
  }

  /** Opens what there is to see, says how it ended, and does what the person answers. */
  async #ended(target: Target, result: RunResult): Promise<void> {
    const last = result.runs.at(-1);
    for (const run of result.runs) {
      const why = run.error === undefined ? '' : `: ${run.error.message}`;
      this.#host.log.info(`${run.query ?? target.name} (${run.runId}) ${run.outcome}${why}`);
      for (const note of run.notes) this.#host.log.info(`${run.query ?? target.name}: ${note}`);
      for (const one of run.exports) this.#host.log.info(`Exported ${one.records} records to ${one.path}`);
    }
    const end: Outcome = endMessage(target.name, result);
    if (last !== undefined && end.hasResults) this.#host.showResults(last, target);
    const show = {
      error: vscode.window.showErrorMessage,
      warning: vscode.window.showWarningMessage,
      information: vscode.window.showInformationMessage,
    }[end.severity];
    const chosen = await show(end.message, ...end.buttons);
    if (chosen === undefined) return;
    if (chosen === 'Resume') await this.run(target, last?.runId);
    else if (chosen === 'Show Results' && last !== undefined) this.#host.showResults(last, target);
    else if (chosen === 'Show Log') this.#host.log.show();
    else if (chosen === 'Show Problems')
      await vscode.commands.executeCommand('workbench.actions.view.problems');
    else if (chosen === 'Enter Credentials Again') {
      await this.#host.forgetCredentials(result.connection);
      await this.run(target);
    } else if (chosen === 'Switch Connection') {
      if (await this.#host.switchConnection()) await this.run(target);
    }
  }

  /** Cancels the only run, or the one that the person chooses. */
  async cancel(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    if (jobs.length <= 1) {
      jobs[0]?.cancel.cancel();
      return;
    }
    const all = { label: 'All runs', jobs };
    const each = jobs.map((job) => ({ label: job.text, jobs: [job] }));
    const chosen = await vscode.window.showQuickPick([all, ...each], { title: 'CXQ: Cancel Run' });
    for (const job of chosen?.jobs ?? []) job.cancel.cancel();
  }

  /** Cancels this run; false where it does not go on here. */
  cancelRun(runId: string): boolean {
    const job = [...this.#jobs.values()].find((one) => one.runId === runId);
    job?.cancel.cancel();
    return job !== undefined;
  }

  dispose(): void {
    for (const job of this.#jobs.values()) job.cancel.cancel();
  }
}
