/** The audit folder: one chain across rotated files and across processes. */
import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, open, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { lock } from 'proper-lockfile';
import { type AuditEvent, type AuditRecord, auditRecordSchema } from '../../protocol/audit.ts';
import {
  createFile,
  errorCode,
  fileError,
  NO_FOLLOW,
  privateFolder,
  syncFolder,
  writeAll,
} from '../files.ts';
import { failure, type OutputError, type Result, success } from '../result.ts';
import { redactText, wellFormed } from '../text.ts';
import {
  type AuditHead,
  canonicalForm,
  follows,
  GENESIS,
  hashRecord,
  isIntact,
  readLink,
  sha256,
} from './chain.ts';
import { auditFileName, auditFileNumber, auditFiles, readLines, readTail } from './lines.ts';
import { readRecord, showAudit, showLine } from './show.ts';
import { type AuditVerification, type VerifyOptions, verifyAudit } from './verify.ts';

export interface AuditOptions {
  /** A file that would grow beyond this many bytes is followed by a new one. Default 16 MiB. */
  readonly maxFileBytes?: number;
  /** How long an append waits for another process, milliseconds. Default 20,000. */
  readonly lockWaitMs?: number;
  /** Clock, for tests. */
  readonly now?: () => Date;
  /** Known secrets and tokens, taken out of every text of a record. */
  readonly secrets?: () => readonly string[];
  /** Makes the line durable. Default fdatasync; tests let it fail. */
  readonly sync?: (handle: FileHandle) => Promise<void>;
}

/** A record that is on the disk. */
export interface Audited extends AuditHead {
  readonly file: string;
  /** The record as one readable line. */
  readonly line: string;
  readonly record: AuditRecord;
}

type StartedRecord = Extract<AuditRecord, { event: 'run.started' }>;

const TORN_NAME = /^audit-torn-(\d+)(?:-\d+)?\.txt$/;
/** Fields whose text is an identity: redaction must not touch them. */
const IDENTITIES = new Set(['event', 'run_id', 'webhook_id', 'sha256', 'query_text_sha256']);
const ABANDONED = 'ended without a record: the process stopped';

/** Appends of one process queue here: the lock between processes would make them poll. */
const queues = new Map<string, Promise<unknown>>();

interface OpenEnd {
  handle: FileHandle;
  file: string;
  size: number;
  head: AuditHead | undefined;
}

/**
 * Appends to the chain of a folder. Every append takes the folder's lock, so that several processes share one
 * chain; a lock whose owner died is taken over after ten seconds. Failures are values: `locked`, `disk-full`,
 * `read-only`, `symlink`, `sync`, `damaged`, `invalid`, `io`; the run then says "not audited".
 */
export class AuditLog {
  readonly folder: string;
  readonly #options: AuditOptions;

  constructor(folder: string, options: AuditOptions = {}) {
    this.folder = resolve(folder);
    this.#options = options;
  }

  /** Writes one record and makes it durable. What is not in the record's schema is left out. */
  async append(event: AuditEvent): Promise<Result<Audited>> {
    return this.#exclusive((check) => this.#write(event, check));
  }

  /**
   * Closes runs that started and never ended, because their process was killed: `isAlive` says of each whether it
   * still runs. Returns the records written; the first failure ends it.
   */
  async closeAbandoned(
    isAlive: (started: StartedRecord) => boolean | Promise<boolean>,
  ): Promise<Result<readonly Audited[]>> {
    return this.#exclusive(async (check) => {
      const closed: Audited[] = [];
      for (const started of await this.#openRuns()) {
        if (await isAlive(started)) continue;
        const written = await this.#write(abandoned(started), check);
        if (!written.ok) return written;
        closed.push(written.value);
      }
      return success(closed);
    });
  }

  /** The last record's place and hash, for callers to keep elsewhere; null for an empty chain. */
  async head(): Promise<AuditHead | null> {
    const head = await headOf(await this.files());
    return head === undefined || head === 'damaged' ? null : head;
  }

  async files(): Promise<string[]> {
    try {
      return await auditFiles(this.folder);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async verify(options: VerifyOptions = {}): Promise<AuditVerification> {
    return verifyAudit(await this.files(), options);
  }

  async show(): Promise<{ readonly lines: string[]; readonly files: string[] }> {
    return showAudit(await this.files());
  }

  async #exclusive<T>(work: (check: () => boolean) => Promise<Result<T>>): Promise<Result<T>> {
    const before = queues.get(this.folder) ?? Promise.resolve();
    const run = before.then(() => this.#locked(work));
    queues.set(this.folder, run);
    try {
      return await run;
    } finally {
      if (queues.get(this.folder) === run) queues.delete(this.folder);
    }
  }

  async #locked<T>(work: (check: () => boolean) => Promise<Result<T>>): Promise<Result<T>> {
    const what = `The audit record could not be written to ${this.folder}`;
    let held = true;
    let release: () => Promise<void>;
    try {
      await privateFolder(this.folder);
      release = await lock(this.folder, {
        realpath: false,
        lockfilePath: join(this.folder, 'audit.lock'),
        stale: 10_000,
        update: 2_000,
        retries: {
          retries: Math.ceil((this.#options.lockWaitMs ?? 20_000) / 75),
          factor: 1.5,
          minTimeout: 2,
          maxTimeout: 50,
          randomize: true,
        },
        onCompromised: () => {
          held = false;
        },
      });
    } catch (error) {
      return { ok: false, error: fileError(error, what) };
    }
    try {
      return await work(() => held);
    } catch (error) {
      return { ok: false, error: fileError(error, what) };
    } finally {
      // A lock that is lost or gone needs no release.
      await release().catch(() => undefined);
    }
  }

  async #write(event: AuditEvent, check: () => boolean): Promise<Result<Audited>> {
    const end = await this.#openEnd();
    if ('message' in end) return { ok: false, error: end };
    try {
      const torn = await this.#tornBefore((end.head?.sequence ?? -1) + 1);
      const record = this.#chain(event, end.head, torn);
      if (record === undefined) return failure('invalid', 'The audit record does not fit its schema.');
      const bytes = Buffer.from(`${canonicalForm(record)}\n`);
      await this.#rotate(end, bytes.length);
      if (!check())
        return failure('locked', `Another process took over the lock of ${this.folder}; try again.`);
      const failed = await this.#put(end, bytes);
      if (failed !== undefined) return { ok: false, error: failed };
      const { sequence, hash } = record;
      return success({ file: end.file, sequence, hash, line: showLine(record, end.file), record });
    } finally {
      await end.handle.close();
    }
  }

  /** Writes the line, or leaves the file as it was: a record that was reported as failed must not stand there. */
  async #put(end: OpenEnd, bytes: Buffer): Promise<OutputError | undefined> {
    const name = basename(end.file);
    let step = 'written to';
    try {
      await writeAll(end.handle, bytes);
      step = 'made durable in';
      await (this.#options.sync ?? ((handle) => handle.datasync()))(end.handle);
      return undefined;
    } catch (error) {
      await end.handle.truncate(end.size).catch(() => undefined);
      const found = fileError(error, `The audit record could not be ${step} ${name}`);
      return step === 'written to' || found.code !== 'io' ? found : { ...found, code: 'sync' };
    }
  }

  #chain(event: AuditEvent, head: AuditHead | undefined, torn: AuditRecord['torn']): AuditRecord | undefined {
    const secrets = this.#options.secrets?.() ?? [];
    const parsed = auditRecordSchema.safeParse({
      ...clean(event, secrets),
      audit_timestamp: (this.#options.now?.() ?? new Date()).toISOString(),
      sequence: (head?.sequence ?? -1) + 1,
      prev_hash: head?.hash ?? GENESIS,
      hash: '',
      ...(torn === undefined ? {} : { torn }),
    });
    return parsed.success ? { ...parsed.data, hash: hashRecord(parsed.data) } : undefined;
  }

  /** Opens the last file for appending (the first one is created) and finds the chain's head. */
  async #openEnd(): Promise<OpenEnd | OutputError> {
    const files = await auditFiles(this.folder);
    const file = files.at(-1) ?? join(this.folder, auditFileName(1));
    const handle = await openAppend(file);
    try {
      const { size } = await handle.stat();
      const { line, rest, end } = await readTail(handle, size);
      let head = line === undefined ? await headOf(files.slice(0, -1)) : readHead(line);
      if (head === 'damaged') return await closeWith(handle, damaged(file));
      if (rest.length === 0) return { handle, file, size, head };
      const link = readLink(rest);
      if (link !== undefined && follows(link, head) && isIntact(link)) {
        // Only its line feed is missing: an editor took it, or a crash at the last byte.
        await writeAll(handle, Buffer.from('\n'));
        head = { sequence: link.sequence, hash: link.hash };
        return { handle, file, size: size + 1, head };
      }
      await this.#setAside(rest, (head?.sequence ?? -1) + 1);
      await handle.truncate(end);
      return { handle, file, size: end, head };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(end: OpenEnd, bytes: number): Promise<void> {
    const limit = this.#options.maxFileBytes ?? 16 * 1024 * 1024;
    if (end.size === 0 || end.size + bytes <= limit) return;
    const file = join(this.folder, auditFileName(auditFileNumber(basename(end.file)) + 1));
    const handle = await openAppend(file);
    await end.handle.close();
    end.handle = handle;
    end.file = file;
    end.size = 0;
  }

  /** Keeps a torn line's bytes under the number of the record that comes instead of it. */
  async #setAside(rest: Buffer, sequence: number): Promise<void> {
    const stem = `audit-torn-${String(sequence).padStart(6, '0')}`;
    for (let attempt = 1; ; attempt++) {
      const path = join(this.folder, attempt === 1 ? `${stem}.txt` : `${stem}-${attempt}.txt`);
      try {
        const handle = await createFile(path, 0o600);
        try {
          await writeAll(handle, rest);
          await handle.datasync();
        } finally {
          await handle.close();
        }
        await syncFolder(this.folder);
        return;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || attempt >= 100) throw error;
      }
    }
  }

  /** Torn lines set aside before a record, found by name: a crash right after setting one aside loses no note. */
  async #tornBefore(sequence: number): Promise<AuditRecord['torn']> {
    const names = (await readdir(this.folder)).filter(
      (name) => Number(TORN_NAME.exec(name)?.[1] ?? -1) === sequence,
    );
    if (names.length === 0) return undefined;
    return Promise.all(
      names.sort().map(async (file) => {
        const bytes = await readFile(join(this.folder, file));
        return { file, bytes: bytes.length, sha256: sha256(bytes) };
      }),
    );
  }

  async #openRuns(): Promise<StartedRecord[]> {
    const runs = new Map<string, StartedRecord>();
    for (const file of await auditFiles(this.folder)) {
      for await (const { bytes } of readLines(file)) {
        if (!bytes.includes('"run.')) continue;
        const record = readRecord(bytes);
        if (record?.event === 'run.started') runs.set(record.run_id, record);
        if (record?.event === 'run.ended') runs.delete(record.run_id);
      }
    }
    return [...runs.values()];
  }
}

/** Opens (or creates) an audit file for appending; never through a link, never anything but a file. */
async function openAppend(file: string): Promise<FileHandle> {
  const status = await lstat(file).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (status?.isSymbolicLink() === true) throw Object.assign(new Error('symbolic link'), { code: 'ELOOP' });
  if (status !== undefined && !status.isFile()) throw Object.assign(new Error('no file'), { code: 'EISDIR' });
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_FOLLOW;
  const handle = await open(file, flags, 0o600);
  try {
    if (status === undefined) await syncFolder(resolve(file, '..'));
    else if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) await chmod(file, 0o600);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

/** The head of a chain's files: of the last one that is not empty, since a crash can leave a new file empty. */
async function headOf(files: readonly string[]): Promise<AuditHead | undefined | 'damaged'> {
  for (const file of [...files].reverse()) {
    const handle = await open(file, constants.O_RDONLY | NO_FOLLOW);
    try {
      const { size } = await handle.stat();
      const { line, rest } = await readTail(handle, size);
      const whole = rest.length > 0 ? readLink(rest) : undefined;
      if (whole !== undefined && isIntact(whole)) return { sequence: whole.sequence, hash: whole.hash };
      if (line !== undefined) return readHead(line);
    } finally {
      await handle.close();
    }
  }
  return undefined;
}

function readHead(line: Uint8Array): AuditHead | 'damaged' {
  const link = readLink(line);
  return link === undefined ? 'damaged' : { sequence: link.sequence, hash: link.hash };
}

function damaged(file: string): OutputError {
  const message = `The last line of ${file} is no audit record, so nothing can be chained to it; verify the chain, then move the folder away to begin a new one.`;
  return { code: 'damaged', message };
}

async function closeWith(handle: FileHandle, error: OutputError): Promise<OutputError> {
  await handle.close();
  return error;
}

/** Well-formed text without secrets, at any depth. */
function clean(event: AuditEvent, secrets: readonly string[]): object {
  const text = (item: unknown): unknown => {
    if (typeof item === 'string') return redactText(wellFormed(item), secrets);
    if (Array.isArray(item)) return item.map(text);
    return item;
  };
  return Object.fromEntries(
    Object.entries(event).map(([key, item]) => [key, IDENTITIES.has(key) ? item : text(item)]),
  );
}

/** The end of a run that nobody recorded. What it did is unknown: its counts are 0 and its accuracy null. */
function abandoned(started: StartedRecord): AuditEvent {
  const { run_id, query_name, query_text_sha256, connection, tenant_origin, user, query_filter } = started;
  return {
    event: 'run.ended',
    run_id,
    query_name,
    query_text_sha256,
    connection,
    tenant_origin,
    user,
    query_filter,
    interaction_id: null,
    records_processed: 0,
    extraction_latency_ms: 0,
    accuracy_rate: null,
    compliance_status: 'REVIEW_REQUIRED',
    requests: 0,
    retries: 0,
    throttled: 0,
    outcome: 'failed',
    error: ABANDONED,
  };
}
