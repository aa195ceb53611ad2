/** `cxq run`: runs queries, keeps what came, and says what it found. */
import { createReadStream } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { visibleText } from '../output/index.ts';
import { MICROS_PER_SECOND } from '../protocol/instant.ts';
import type { RunProgress } from '../protocol/lsp.ts';
import type { RunError } from '../protocol/run.ts';
import { type Choice, dataFolder, type FinishedRun, fail, type RunHost, runQueries } from '../run/index.ts';
import { missingCredentials } from '../tenant/index.ts';
import { readConnection } from './connection.ts';
import { readQueryFile } from './files.ts';
import { CommandError, clockOf, EXIT, type ExitCode, type Io, printJson } from './io.ts';
import { parseAssignments } from './parameters.ts';
import { runText } from './report-text.ts';

export interface RunOptions {
  readonly file: string;
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
}

/** Refusals that are a wrong use of the command, not a failed run. */
const USAGE = new Set(['usage', 'parameters', 'connection']);

function userName(io: Io): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return io.env['USER'] ?? 'unknown';
  }
}

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

function exitCodeOf(runs: readonly FinishedRun[]): ExitCode {
  const outcomes = runs.map((run) => run.output.outcome);
  if (outcomes.includes('cancelled')) return EXIT.interrupted;
  if (outcomes.includes('failed')) return EXIT.failed;
  if (outcomes.includes('partial')) return EXIT.partial;
  const met = runs.every((run) => run.output.expectations.every((expectation) => expectation.ok));
  return met ? EXIT.ok : EXIT.problems;
}

/** The kept interactions as they came, from the run's folder. */
async function printRecords(run: FinishedRun): Promise<void> {
  if (run.folder === undefined) return;
  const file = createReadStream(join(run.folder, 'interactions.ndjson'));
  for await (const chunk of file) {
    if (!process.stdout.write(chunk)) {
      await new Promise<void>((done) => process.stdout.once('drain', done));
    }
  }
}

function refuse(error: RunError): never {
  const code = USAGE.has(error.code)
    ? EXIT.usage
    : error.code === 'diagnostics'
      ? EXIT.problems
      : EXIT.failed;
  throw new CommandError(code, visibleText(error.message));
}

export async function runCommand(io: Io, options: RunOptions): Promise<ExitCode> {
  if (options.resume !== undefined) {
    throw new CommandError(
      EXIT.usage,
      '--resume is not served yet in this version: run the query again; what an interrupted run retrieved is in its folder.',
    );
  }
  if (options.format === 'ndjson' && options.all === true) {
    throw new CommandError(EXIT.usage, '--format ndjson prints one query; choose it with --query.');
  }
  const text = await readQueryFile(io, options.file);
  const { profile, credentials } = await readConnection(io, options);
  const home = options.runs === undefined ? dataFolder(io.env) : undefined;
  const runsFolder = home === undefined ? resolve(io.cwd, options.runs ?? '.') : join(home, 'runs');
  const progress = progressLine(io);
  const host: RunHost = {
    profiles: new Map([[profile.id, profile]]),
    inForce: profile,
    credentials: async () => {
      const missing = missingCredentials(profile.auth.kind, credentials);
      if (missing.length === 0) return { ok: true, value: credentials };
      return fail(
        'credentials',
        `No ${missing.join(' and no ')} given for ${profile.id}: set CXONE_CLIENT_ID and CXONE_CLIENT_SECRET in the environment (CXONE_USERNAME and CXONE_PASSWORD, or CXONE_TOKEN, where the profile's kind asks for them).`,
      );
    },
    runsFolder,
    auditFolder: home === undefined ? join(runsFolder, 'audit') : join(home, 'audit'),
    outboxFolder: home === undefined ? join(runsFolder, 'outbox') : join(home, 'outbox'),
    exportFolder: io.cwd,
    user: userName(io),
    now: clockOf(io, options.now),
    defaultLimit: 1000,
    thresholdMicros: 15 * MICROS_PER_SECOND,
    webhookAllow: [],
    onProgress: progress.show,
  };
  const choice: Choice =
    options.all === true
      ? { kind: 'all' }
      : options.query === undefined
        ? { kind: 'only' }
        : { kind: 'name', name: options.query };
  const result = await runQueries(
    host,
    {
      text,
      source: options.file,
      choice,
      parameters: parseAssignments(options.param),
      // The command line goes on above the budget; the estimate stands in the plan.
      confirmed: true,
    },
    io.signal,
  );
  progress.clear();
  if (!result.ok) refuse(result.error);
  const { runs } = result;
  const [first] = runs;
  if (options.format === 'json') {
    const many = options.all === true || runs.length !== 1 || first === undefined;
    printJson(io, many ? { runs: runs.map((run) => run.output) } : first.output);
  } else if (options.format === 'ndjson') {
    if (first !== undefined) await printRecords(first);
    for (const note of first?.output.notes ?? []) io.err(`cxq: ${visibleText(note)}\n`);
  } else {
    io.out(runs.map((run) => runText(io, run.output, run.findings)).join('\n'));
  }
  for (const { output } of runs) {
    if (output.error !== undefined && options.format !== 'text') {
      io.err(`cxq: ${visibleText(output.error.message)}\n`);
    }
  }
  return exitCodeOf(runs);
}
