/** `cxq run`: runs queries, keeps what came, and says what it found. */
import { visibleText } from '../output/index.ts';
import { MICROS_PER_SECOND } from '../protocol/instant.ts';
import type { RunProgress } from '../protocol/lsp.ts';
import type { RunError, RunsOutput } from '../protocol/run.ts';
import {
  type Choice,
  type FinishedRun,
  fail,
  type RunHost,
  type RunRequest,
  type RunsOutcome,
  resumeRun,
  runQueries,
} from '../run/index.ts';
import { missingCredentials, networkFrom } from '../tenant/index.ts';
import { type CommandConnection, readConnection } from './connection.ts';
import { readQueryFile } from './files.ts';
import { CommandError, clockOf, EXIT, type ExitCode, type Io, printJson, writeParts } from './io.ts';
import { keepLimits, keptFolders, userName } from './kept.ts';
import { namedRun } from './named-run.ts';
import { parseAssignments } from './parameters.ts';
import { runText } from './report-text.ts';
import { specificThresholds } from './thresholds.ts';
import { webhookSecret } from './webhook-secret.ts';

export interface RunOptions {
  /** Only a run that is resumed needs none. */
  readonly file?: string;
  readonly query?: string;
  readonly all?: boolean;
  readonly param: readonly string[];
  readonly profile?: string;
  readonly baseUrl?: string;
  readonly tenant?: string;
  readonly format: 'text' | 'json' | 'ndjson';
  readonly runs?: string;
  readonly resume?: string;
  readonly now?: string;
  readonly overType?: readonly string[];
  readonly overNode?: readonly string[];
}

/** Refusals that are a wrong use of the command, not a failed run. */
const USAGE = new Set(['usage', 'parameters', 'connection', 'credentials']);

/** Shows progress on one line of the terminal; nothing where stderr is no terminal. */
function progressLine(io: Io): { show: (progress: Omit<RunProgress, 'token'>) => void; clear: () => void } {
  if (!io.progress) return { show: () => undefined, clear: () => undefined };
  return {
    show: ({ phase, records, expected, requests, retries, pausedUntil }) => {
      const of = expected === null ? '' : ` of ${expected}`;
      const more = retries > 0 ? `, ${retries} retries` : '';
      const paused = pausedUntil === null ? '' : `, paused until ${pausedUntil.slice(11, 19)}`;
      io.err(`\r\u001b[K${phase} ${records}${of} records, ${requests} requests${more}${paused}`);
    },
    clear: () => io.err('\r\u001b[K'),
  };
}

/** The first that applies, as EXIT lists them. */
function exitCodeOf(result: Extract<RunsOutcome, { ok: true }>, interrupted: boolean): ExitCode {
  const { runs, error } = result;
  const refused = error === undefined ? undefined : refusalCode(error);
  if (refused === EXIT.usage) return EXIT.usage;
  const outcomes = runs.map((run) => run.output.outcome);
  // Interrupted while the last of it was told: the run itself may be whole.
  if (interrupted || outcomes.includes('cancelled')) return EXIT.interrupted;
  if (refused === EXIT.failed || outcomes.includes('failed')) return EXIT.failed;
  if (outcomes.includes('partial')) return EXIT.partial;
  const met = runs.every(
    ({ output }) => output.audit !== null && output.expectations.every((expectation) => expectation.ok),
  );
  return met && refused === undefined ? EXIT.ok : EXIT.problems;
}

function refusalCode({ code }: RunError): ExitCode {
  if (USAGE.has(code)) return EXIT.usage;
  return code === 'diagnostics' ? EXIT.problems : EXIT.failed;
}

/** Throws CommandError where what the run kept is no longer there. */
async function* recordLines(run: FinishedRun): AsyncGenerator<string> {
  const records = run.records[Symbol.asyncIterator]();
  for (;;) {
    const next = await records.next().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      const where = run.folder === undefined ? '' : ` in ${run.folder}`;
      throw new CommandError(
        EXIT.failed,
        visibleText(
          `The run ${run.output.runId} ended, but its records${where} can no longer be read: ${why}. Nothing more is printed. Run it again, and leave the folder alone meanwhile.`,
        ),
      );
    });
    if (next.done === true) return;
    yield `${JSON.stringify(next.value)}\n`;
  }
}

/** Where the command line has credentials from: what it adds to an error about them. */
const CREDENTIAL_VARIABLES =
  "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET in the environment (CXONE_USERNAME and CXONE_PASSWORD, or CXONE_TOKEN, where the profile's kind asks for them)";

/** What a run needs of this process. */
function hostOf(io: Io, options: RunOptions, { profile, credentials }: CommandConnection): RunHost {
  return {
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    credentials: async () => {
      const missing = missingCredentials(profile.auth.kind, credentials);
      if (missing.length === 0) return { ok: true, value: credentials };
      return fail(
        'credentials',
        `No ${missing.join(' and no ')} given for ${profile.id}: set ${CREDENTIAL_VARIABLES}.`,
      );
    },
    ...keptFolders(io, options.runs),
    keep: keepLimits(io),
    exportFolder: io.cwd,
    user: userName(io),
    now: clockOf(io, options.now),
    defaultLimit: 1000,
    thresholdMicros: 15 * MICROS_PER_SECOND,
    ...specificThresholds(options),
    webhookAllow: [],
    webhookSecret: webhookSecret(io),
    tenant: { network: networkFrom(io.env) },
  };
}

function choiceOf({ all, query }: RunOptions): Choice {
  if (all === true) return { kind: 'all' };
  return query === undefined ? { kind: 'only' } : { kind: 'name', name: query };
}

function requestOf(options: RunOptions, text: string): RunRequest {
  return {
    text,
    source: options.file ?? null,
    choice: choiceOf(options),
    parameters: parseAssignments(options.param),
    // The command line goes on above the budget; the estimate stands in the plan.
    confirmed: true,
  };
}

/** Which run to take up, and where it is kept. */
async function runToResume(
  io: Io,
  { runs }: RunOptions,
  source: string,
): Promise<{ readonly runId: string; readonly where: Pick<RunOptions, 'runs'> }> {
  const given = runs === undefined ? {} : { runs };
  const named = source === '-' ? undefined : await namedRun(io, { source, ...given });
  if (named === undefined) {
    throw new CommandError(
      EXIT.usage,
      `--resume names a run by its id, its folder or "latest"; ${source} is a file.`,
    );
  }
  return { runId: named.runId, where: named.runs === undefined ? {} : { runs: named.runs } };
}

function refuse(error: RunError): never {
  throw new CommandError(refusalCode(error), visibleText(error.message));
}

async function print(
  io: Io,
  options: RunOptions,
  { runs, error }: Extract<RunsOutcome, { ok: true }>,
): Promise<void> {
  const [first] = runs;
  if (options.format === 'text') {
    await writeParts(io, [runs.map((run) => runText(io, run.output, run.findings, run.asked)).join('\n')]);
  } else {
    const outputs = runs.map((run) => run.output);
    if (options.format === 'ndjson') {
      if (first !== undefined) await writeParts(io, recordLines(first));
      for (const note of first?.output.notes ?? []) io.err(`cxq: ${visibleText(note)}\n`);
    } else if (options.all === true || first === undefined) {
      await printJson(io, {
        schemaVersion: 1,
        runs: outputs,
        ...(error === undefined ? {} : { error }),
      } satisfies RunsOutput);
    } else await printJson(io, first.output);
    for (const output of outputs) {
      if (output.error !== undefined) io.err(`cxq: ${visibleText(output.error.message)}\n`);
      if (output.audit === null) io.err('cxq: not audited: the audit record could not be written.\n');
    }
  }
  if ([error, ...runs.map(({ output }) => output.error)].some((one) => one?.code === 'auth')) {
    io.err(`cxq: The credentials are those of ${CREDENTIAL_VARIABLES}.\n`);
  }
  for (const { resumable, output } of runs) {
    if (resumable) io.err(`cxq: cxq run --resume ${output.runId} takes it up where it stopped.\n`);
  }
  if (error !== undefined) {
    io.err(`cxq: A later query did not begin, nor any after it. ${visibleText(error.message)}\n`);
  }
}

export async function runCommand(io: Io, options: RunOptions): Promise<ExitCode> {
  if (options.runs === '') throw new CommandError(EXIT.usage, '--runs names a folder; the name is empty.');
  if (options.format === 'ndjson' && options.all === true) {
    throw new CommandError(EXIT.usage, '--format ndjson prints one query; choose it with --query.');
  }
  if (options.file === undefined && options.resume === undefined) {
    throw new CommandError(EXIT.usage, 'Name the file to run, or a run to take up with --resume.');
  }
  if (options.resume !== undefined && options.param.length > 0) {
    throw new CommandError(EXIT.usage, '--param cannot be given with --resume: a run keeps its values.');
  }
  const text = options.file === undefined ? undefined : await readQueryFile(io, options.file);
  const again = options.resume === undefined ? undefined : await runToResume(io, options, options.resume);
  const progress = progressLine(io);
  const connection = await readConnection(io, options);
  const host = { ...hostOf(io, { ...options, ...again?.where }, connection), onProgress: progress.show };
  let result: RunsOutcome;
  try {
    result =
      again === undefined
        ? await runQueries(host, requestOf(options, text ?? ''), io.signal)
        : await resumeRun(host, { runId: again.runId, ...(text === undefined ? {} : { text }) }, io.signal);
  } finally {
    progress.clear();
  }
  if (!result.ok) refuse(result.error);
  await print(io, options, result);
  return exitCodeOf(result, io.signal.aborted);
}
