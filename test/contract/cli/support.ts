/** The command line in this process: what it prints, and with which code it ends. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import pc from 'picocolors';
import { expect, onTestFinished } from 'vitest';
import type { Io } from '../../../server/src/commands/io.ts';
import { main } from '../../../server/src/commands/program.ts';
import { MICROS_PER_MILLI, parseInstant } from '../../../server/src/protocol/instant.ts';
import { type RunOutput, runOutputSchema } from '../../../server/src/protocol/run.ts';
import { publishedSchemas } from '../../../server/src/protocol/schemas.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../server/src/sandbox/index.ts';

/** Friday morning: the present of the sandbox and of `--now`. */
export const NOW = '2026-11-20T10:30:00Z';
export const NOW_MICROS = parseInstant(NOW)?.micros ?? 0;

/** Begins each line of progress, and alone ends the last. */
export const CLEARED = '\r\u001b[K';

export async function folderOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cxq-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  readonly columns?: number;
  readonly colour?: boolean;
  /** The present, in microseconds; that of the machine when not given. */
  readonly now?: number;
  /** Shows progress, which goes here and not to `err`. */
  readonly progress?: (text: string) => void;
}

/** Runs one command line. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  const io: Io = {
    stdout,
    out: (text) => void stdout.write(text),
    err: (text) => {
      if (options.progress !== undefined && text.startsWith(CLEARED)) options.progress(text);
      else err += text;
    },
    cwd: options.cwd ?? process.cwd(),
    env: options.env ?? {},
    colour: pc.createColors(options.colour === true),
    progress: options.progress !== undefined,
    columns: options.columns ?? 100,
    now: () => options.now ?? Date.now() * MICROS_PER_MILLI,
    signal: options.signal ?? new AbortController().signal,
    readStdin: async () => Buffer.from(options.stdin ?? ''),
  };
  const code = await main(args, io);
  return { code, out, err };
}

/** A sandbox tenant with a fixed clock that ends with the test. */
export async function tenantOf(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ interactions: 300, seed: 7, now: NOW_MICROS, ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A folder with a query file, and how to run it against a tenant. */
export class Desk {
  readonly folder: string;
  readonly tenant: Sandbox;
  readonly env: Record<string, string>;

  constructor(folder: string, tenant: Sandbox) {
    this.folder = folder;
    this.tenant = tenant;
    this.env = { CXONE_CLIENT_ID: tenant.clientId, CXONE_CLIENT_SECRET: tenant.clientSecret };
  }

  /** `cxq run` of a text with `--now`, runs kept in `runs`. */
  async run(text: string, args: readonly string[] = [], options: CliOptions = {}): Promise<Ran> {
    await writeFile(join(this.folder, 'query.cxq'), text);
    const where = ['--base-url', this.tenant.baseUrl, '--runs', 'runs', '--now', NOW];
    return cli(['run', 'query.cxq', ...where, ...args], { cwd: this.folder, env: this.env, ...options });
  }

  /** The same as JSON, valid after its schema. */
  async json(
    text: string,
    args: readonly string[] = [],
    options: CliOptions = {},
  ): Promise<RunOutput & { readonly ran: Ran }> {
    const ran = await this.run(text, [...args, '--format', 'json'], options);
    if (ran.out === '') throw new Error(`exit ${ran.code}: ${ran.err}`);
    return { ...runOutputSchema.parse(valid('run', ran.out)), ran };
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  async read(...parts: readonly string[]): Promise<string> {
    return readFile(this.path(...parts), 'utf8');
  }

  /** Every file below a folder, with its text. */
  async files(folder = '.'): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const names = await readdir(this.path(folder), { recursive: true, withFileTypes: true });
    for (const entry of names) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      found.set(path, await readFile(path, 'utf8'));
    }
    return found;
  }
}

export async function deskOf(options: SandboxOptions = {}): Promise<Desk> {
  return new Desk(await folderOf(), await tenantOf(options));
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

/** Parses JSON and holds it against a published schema. */
export function valid(schema: string, text: string): unknown {
  const value: unknown = JSON.parse(text);
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const found = publishedSchemas()[schema];
    if (found === undefined) throw new Error(`no schema ${schema}`);
    validate = ajv.compile(found);
    compiled.set(schema, validate);
  }
  expect(validate(value), ajv.errorsText(validate.errors)).toBe(true);
  return value;
}

/** A gap-free `step` of a made history. */
export function step(nodeId: string, nodeType: string, from: string, to: string, more: object = {}): object {
  return {
    nodeId,
    nodeName: nodeId,
    nodeType,
    startTime: `2026-11-20T${from}.000Z`,
    endTime: `2026-11-20T${to}.000Z`,
    errorState: false,
    outcome: null,
    variablesBefore: {},
    variablesAfter: {},
    ...more,
  };
}
