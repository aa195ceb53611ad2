/** What `cxq sandbox` and `cxq generate` do; reading their arguments is the command line's. */
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { MICROS_PER_MILLI, type Micros } from '../protocol/instant.ts';
import { type FaultSpec, type FiredFault, parseFault } from './faults.ts';
import { generateInteractions } from './generate.ts';
import type { RequestLine, Sandbox, SandboxOptions } from './options.ts';
import { startSandbox } from './server.ts';

export interface SandboxCommandOptions {
  readonly port?: number;
  readonly interactions?: number;
  readonly seed?: number;
  readonly data?: string;
  readonly latencyMs?: number;
  /** `NAME[:RATE]` each. */
  readonly faults?: readonly string[];
  readonly now?: Micros;
  readonly auth?: boolean;
  /** Print the JSON line only. */
  readonly quiet?: boolean;
  /** Stop when the process that started this one is gone. */
  readonly exitWithParent?: boolean;
}

export interface SandboxCommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Stops the command, as SIGTERM and SIGINT do. */
  readonly signal?: AbortSignal;
  /** Whose end means that the parent is gone; the process's own by default. */
  readonly stdin?: Readable;
}

/** Why a command did not start: `usage` for what was asked, `failed` for what the machine said. */
export class SandboxError extends Error {
  readonly kind: 'usage' | 'failed';
  constructor(kind: 'usage' | 'failed', message: string) {
    super(message);
    this.name = 'SandboxError';
    this.kind = kind;
  }
}

function readFaults(texts: readonly string[]): FaultSpec[] {
  return texts.map((text) => {
    const read = parseFault(text);
    if ('problem' in read) throw new SandboxError('usage', read.problem);
    return read.fault;
  });
}

// Paths come from outside: no control, escape or bidirectional characters reach a terminal.
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD').slice(0, 200);
}

function logLine({ at, method, path, status, milliseconds, detail }: RequestLine): string {
  return `${at.slice(11, 23)} ${printable(method)} ${printable(path)} ${status ?? 'cut'} ${milliseconds} ms  ${printable(detail)}\n`;
}

function faultLine({ name, request, detail }: FiredFault): string {
  return `fault ${name} in request ${request}: ${printable(detail)}\n`;
}

async function start(options: SandboxCommandOptions, err: (text: string) => void): Promise<Sandbox> {
  const { faults = [], quiet = false, exitWithParent: _, ...rest } = options;
  const sandboxOptions: SandboxOptions = {
    ...rest,
    faults: readFaults(faults),
    ...(quiet
      ? {}
      : {
          onRequest: (line: RequestLine) => err(logLine(line)),
          onFault: (fault: FiredFault) => err(faultLine(fault)),
        }),
  };
  try {
    return await startSandbox(sandboxOptions);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new SandboxError(
        'failed',
        `Port ${options.port} is taken by another program: choose another, or --port 0 for a free one.`,
      );
    }
    if (code === 'EACCES' && options.data === undefined) {
      throw new SandboxError(
        'failed',
        `Port ${options.port} needs rights that this process has not: choose one above 1023.`,
      );
    }
    const reason = reasonOf(error, options.data);
    throw new SandboxError(
      options.data === undefined ? 'failed' : 'usage',
      `The sandbox cannot start: ${reason}`,
    );
  }
}

/** Why a history file cannot be read, or whatever else it was, in words. */
function reasonOf(error: unknown, data: string | undefined): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (data !== undefined && code === 'ENOENT') return `there is no file ${data}. Check the path.`;
  if (data !== undefined && code === 'EISDIR') return `${data} is a folder; name a history file in it.`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Resolves when the parent is gone: its end of the pipe at stdin closes, its IPC channel does, or its process is
 * no more. A stdin that is a terminal or a file (as /dev/null) says nothing about the parent.
 */
function parentGone(given: Readable | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stdin = given ?? process.stdin;
    const piped = given !== undefined || (process.stdin instanceof Socket && process.stdin.isTTY !== true);
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (!isAlive(parent) || process.ppid !== parent) resolve();
    }, 1_000);
    timer.unref();
    const onEnd = (): void => resolve();
    if (piped) {
      stdin.once('end', onEnd);
      stdin.once('close', onEnd);
      stdin.resume();
    }
    process.once('disconnect', onEnd);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      stdin.off('end', onEnd);
      stdin.off('close', onEnd);
      if (piped) stdin.pause();
      process.off('disconnect', onEnd);
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Runs a sandbox until it is asked to stop (SIGTERM, SIGINT, the signal, or with `exitWithParent` the parent's
 * end). Prints one JSON line when it listens. Throws `SandboxError` when it cannot start.
 */
export async function runSandboxCommand(options: SandboxCommandOptions, io: SandboxCommandIo): Promise<void> {
  const sandbox = await start(options, io.err);
  const { baseUrl, clientId, clientSecret } = sandbox;
  const over = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => resolve();
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    io.signal?.addEventListener('abort', stop);
    if (io.signal?.aborted === true) stop();
    if (options.exitWithParent === true) parentGone(io.stdin, over.signal).then(stop);
    over.signal.addEventListener('abort', () => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      io.signal?.removeEventListener('abort', stop);
    });
  });
  io.out(`${JSON.stringify({ baseUrl, clientId, clientSecret, pid: process.pid })}\n`);
  if (sandbox.expired > 0) {
    io.err(
      `${sandbox.expired} of ${sandbox.expired + sandbox.retained} interactions lie outside the retention window and are not served. --now sets the sandbox's clock.\n`,
    );
  }
  await stopped;
  over.abort();
  await sandbox.close();
}

export interface GenerateCommandOptions {
  readonly interactions: number;
  readonly seed: number;
  readonly now?: Micros;
}

export interface GenerateCommandIo {
  /** Where the records go; how fast it takes them decides how fast they are made. */
  readonly stdout: Writable;
  readonly signal?: AbortSignal;
}

const BATCH_CHARACTERS = 65_536;

/**
 * Writes the history as NDJSON. Memory stays flat whatever the count. Ends early, without an error, when the
 * reader closes the pipe (`head`) or the signal fires. Resolves with the number of records written.
 */
export async function runGenerateCommand(
  options: GenerateCommandOptions,
  io: GenerateCommandIo,
): Promise<number> {
  const { stdout, signal } = io;
  const { interactions, seed, now = Date.now() * MICROS_PER_MILLI } = options;
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    failure = error;
  };
  stdout.on('error', onError);
  const stopped = (): boolean => signal?.aborted === true || failure !== undefined || stdout.destroyed;
  let written = 0;
  let batch = '';
  const flush = async (): Promise<void> => {
    const text = batch;
    batch = '';
    if (text === '' || stopped() || stdout.write(text)) return;
    const waiting = new AbortController();
    const release = (): void => waiting.abort();
    signal?.addEventListener('abort', release);
    stdout.once('close', release);
    // Whatever ends the wait, `stopped` tells which it was.
    await once(stdout, 'drain', { signal: waiting.signal }).catch(() => undefined);
    signal?.removeEventListener('abort', release);
    stdout.off('close', release);
  };
  try {
    for (const record of generateInteractions({ interactions, seed, now })) {
      batch += `${JSON.stringify(record)}\n`;
      written += 1;
      if (batch.length < BATCH_CHARACTERS) continue;
      await flush();
      if (stopped()) break;
    }
    await flush();
  } finally {
    stdout.off('error', onError);
  }
  const code = failure !== undefined && 'code' in failure ? failure.code : undefined;
  if (failure !== undefined && code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') {
    throw new SandboxError('failed', `The history cannot be written: ${failure.message}`);
  }
  return written;
}
