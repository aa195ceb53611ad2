/** What a command may touch of the process, so that tests run commands without one. */
import { once } from 'node:events';
import { addAbortSignal, type Writable } from 'node:stream';
import pc from 'picocolors';
import { MICROS_PER_MILLI, type Micros, parseInstant } from '../protocol/instant.ts';

/** Exit codes of the command line, the first that applies: usage, interrupted, failed, partial, problems, ok. */
export const EXIT = { ok: 0, problems: 1, usage: 2, failed: 3, partial: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Io {
  /** What machines and pipes read. */
  readonly stdout: Writable;
  /** Writes to stdout. */
  readonly out: (text: string) => void;
  /** Writes to stderr: messages and progress. */
  readonly err: (text: string) => void;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly colour: ReturnType<typeof pc.createColors>;
  /** Whether stderr is a terminal that can show progress on one line. */
  readonly progress: boolean;
  readonly columns: number;
  readonly now: () => Micros;
  readonly signal: AbortSignal;
  readonly readStdin: () => Promise<Uint8Array>;
}

/** An error that ends a command with a sentence and a code, and no stack. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

/** Colours are for terminals that can show them; NO_COLOR (of any value but none) is obeyed. */
export function colours(env: Io['env'], terminal: boolean): boolean {
  return terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** The real process. */
export function processIo(signal: AbortSignal): Io {
  const { env, stdout } = process;
  return {
    stdout,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    cwd: process.cwd(),
    env: process.env,
    colour: pc.createColors(colours(env, stdout.isTTY === true)),
    progress: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 100,
    now: () => Date.now() * MICROS_PER_MILLI,
    signal,
    readStdin: () => readAll(addAbortSignal(signal, process.stdin)),
  };
}

/** The clock of a command with `--now`, else the process's. */
export function clockOf(io: Io, now: string | undefined): () => Micros {
  if (now === undefined) return io.now;
  const parsed = parseInstant(now);
  if (parsed === undefined) {
    throw new CommandError(
      EXIT.usage,
      `--now ${now} is not a date and time in RFC 3339, such as 2026-11-22T08:00:00Z.`,
    );
  }
  return () => parsed.micros;
}

/** Writes a large output no faster than it is taken; a reader that left ends it quietly. */
export async function writeParts(io: Io, parts: Iterable<string> | AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    if (io.stdout.destroyed) return;
    if (!io.stdout.write(part)) await once(io.stdout, 'drain').catch(() => undefined);
  }
}

/** Parts of about this many characters. */
const PART = 65_536;

/** Levels of a document that are written member by member. */
const OPENED = 4;

/** The text that `JSON.stringify(value, null, 2)` gives, in pieces: as a whole it may outgrow what a string holds. */
function* jsonPieces(value: unknown, indent: string): Generator<string> {
  const members =
    typeof value !== 'object' || value === null || indent.length >= 2 * OPENED
      ? []
      : Object.entries(value).filter(([, member]) => member !== undefined || Array.isArray(value));
  if (members.length === 0) {
    yield JSON.stringify(value ?? null, null, 2).replaceAll('\n', `\n${indent}`);
    return;
  }
  const isList = Array.isArray(value);
  const inner = `${indent}  `;
  let before = isList ? '[' : '{';
  for (const [name, member] of members) {
    yield `${before}\n${inner}${isList ? '' : `${JSON.stringify(name)}: `}`;
    yield* jsonPieces(member, inner);
    before = ',';
  }
  yield `\n${indent}${isList ? ']' : '}'}`;
}

function* jsonParts(value: unknown): Generator<string> {
  let part = '';
  for (const piece of jsonPieces(value, '')) {
    part += piece;
    if (part.length < PART) continue;
    yield part;
    part = '';
  }
  yield `${part}\n`;
}

/** Prints a JSON document, whatever its size. */
export async function printJson(io: Io, value: unknown): Promise<void> {
  await writeParts(io, jsonParts(value));
}
