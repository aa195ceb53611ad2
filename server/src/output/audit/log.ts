/** The audit folder: one chain across rotated files and across processes. */
import { basename, resolve } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type AuditEvent, type AuditRecord, auditRecordSchema } from '../../protocol/audit.ts';
import { errorCode, fileError, privateFolder, refuseLinkNow } from '../files.ts';
import { failure, type OutputError, type Result, success } from '../result.ts';
import { redactor, wellFormed } from '../text.ts';
import { type AuditHead, canonicalForm, GENESIS, hashRecord } from './chain.ts';
import { type ChainEnd, headOf, type KnownLine, nextFile, openEnd, tornBefore } from './end.ts';
import { auditFiles, readLines } from './lines.ts';
import { lockFolder } from './lock.ts';
import type { OpenFile } from './open-file.ts';
import { readRecord, showAudit, showLine } from './show.ts';
import { type AuditVerification, type VerifyOptions, verifyAudit } from './verify.ts';

export interface AuditOptions {
  /** A file that would grow beyond this many bytes is followed by a new one. Default 16 MiB. */
  readonly maxFileBytes?: number;
  /** How long an append waits for another process, milliseconds. Default 20,000. */
  readonly lockWaitMs?: number;
  /** Age at which a lock is its dead owner's, milliseconds, at least 2,000. Default 10,000. */
  readonly lockStaleMs?: number;
  /** Clock, for tests. */
  readonly now?: () => Date;
  /** Known secrets and tokens, taken out of every text of a record. */
  readonly secrets?: () => readonly string[];
  /** Makes the line durable. Default fdatasync; tests let it fail. */
  readonly sync?: (file: OpenFile) => Promise<void>;
}

/** A record that is on the disk. */
export interface Audited extends AuditHead {
  readonly file: string;
  /** The record as one readable line. */
  readonly line: string;
  readonly record: AuditRecord;
}

type StartedRecord = Extract<AuditRecord, { event: 'run.started' }>;

/** Fields whose text is an identity: redaction must not touch them. */
const IDENTITIES = new Set(['event', 'run_id', 'webhook_id', 'sha256', 'query_text_sha256']);
const DEFAULT_FILE_BYTES = 16 * 1024 * 1024;
const ABANDONED = 'ended without a record: the process stopped';

/** Appends of one process queue here: the lock between processes would make them poll. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Appends to the chain of a folder. Every append takes the folder's lock, so that several processes share one
 * chain; a lock whose owner died is taken over after ten seconds. Failures are values: `locked`, `disk-full`,
 * `read-only`, `symlink`, `sync`, `damaged`, `invalid`, `io`; the run then says "not audited".
 */
export class AuditLog {
  readonly folder: string;
  readonly #options: AuditOptions;
  #ready = false;
  #last: KnownLine | undefined;

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
      // Known to be there after the first append, until somebody removes it.
      if (!this.#ready) await privateFolder(this.folder);
      this.#ready = true;
      // The folder is made private above; from then on only a link could have taken its place.
      refuseLinkNow(this.folder);
      release = await this.#lock(() => {
        held = false;
      });
    } catch (error) {
      if (this.#ready && errorCode(error) === 'ENOENT') {
        this.#ready = false;
        return this.#locked(work);
      }
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

  /** Waits for another process only: whatever else is wrong with the folder would be no better in a moment. */
  async #lock(lost: () => void): Promise<() => Promise<void>> {
    const deadline = performance.now() + (this.#options.lockWaitMs ?? 20_000);
    for (let wait = 2; ; wait = Math.min(wait * 1.5, 50)) {
      try {
        return await lockFolder(this.folder, this.#options.lockStaleMs ?? 10_000, lost);
      } catch (error) {
        if (errorCode(error) !== 'ELOCKED' || performance.now() > deadline) throw error;
      }
      await sleep(wait * (0.5 + Math.random()));
    }
  }

  async #write(event: AuditEvent, check: () => boolean): Promise<Result<Audited>> {
    const cleaned = await clean(event, this.#options.secrets?.() ?? []);
    const opened = await openEnd(this.folder, this.#last);
    if (!opened.ok) return opened;
    const end = opened.value;
    try {
      const torn = await tornBefore(this.folder, end);
      const record = this.#chain(cleaned, end.head, torn);
      if (record === undefined) return failure('invalid', 'The audit record does not fit its schema.');
      const bytes = Buffer.from(`${canonicalForm(record)}\n`);
      if (end.size > 0 && end.size + bytes.length > (this.#options.maxFileBytes ?? DEFAULT_FILE_BYTES)) {
        await nextFile(this.folder, end);
      }
      if (!check())
        return failure('locked', `Another process took over the lock of ${this.folder}; try again.`);
      const failed = await this.#put(end, bytes);
      if (failed !== undefined) return { ok: false, error: failed };
      const { sequence, hash } = record;
      this.#last = { sequence, hash, bytes: bytes.subarray(0, -1) };
      return success({ file: end.file, sequence, hash, line: showLine(record, end.file), record });
    } finally {
      end.handle.close();
    }
  }

  /** Writes the line, or leaves the file as it was: a record that was reported as failed must not stand there. */
  async #put(end: ChainEnd, bytes: Buffer): Promise<OutputError | undefined> {
    const name = basename(end.file);
    let step = 'written to';
    try {
      end.handle.write(bytes);
      step = 'made durable in';
      await (this.#options.sync ?? ((file) => file.datasync()))(end.handle);
      return undefined;
    } catch (error) {
      const found = fileError(error, `The audit record could not be ${step} ${name}`);
      const code = step === 'written to' || found.code !== 'io' ? found.code : 'sync';
      const stays = await takeBack(end).then(
        () => '',
        () => ' What was written of it could not be taken back either.',
      );
      return { code, message: `${found.message}${stays}` };
    }
  }

  #chain(cleaned: object, head: AuditHead | undefined, torn: AuditRecord['torn']): AuditRecord | undefined {
    const parsed = auditRecordSchema.safeParse({
      ...cleaned,
      audit_timestamp: (this.#options.now?.() ?? new Date()).toISOString(),
      sequence: (head?.sequence ?? -1) + 1,
      prev_hash: head?.hash ?? GENESIS,
      hash: '',
      ...(torn === undefined ? {} : { torn }),
    });
    return parsed.success ? { ...parsed.data, hash: hashRecord(parsed.data) } : undefined;
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

/** Cuts off what was written behind the end. That this is durable matters less: the record is reported as failed. */
async function takeBack(end: ChainEnd): Promise<void> {
  end.handle.truncate(end.size);
  await end.handle.datasync().catch(() => undefined);
}

/** Texts that are cleaned at a stretch: a query may ask for many thousands of ids. */
const AT_ONCE = 1000;

/** Well-formed text without secrets, at any depth. */
async function clean(event: AuditEvent, secrets: readonly string[]): Promise<object> {
  const redact = redactor(secrets);
  let texts = 0;
  const text = async (item: unknown): Promise<unknown> => {
    if (!Array.isArray(item)) return typeof item === 'string' ? redact(wellFormed(item)) : item;
    const found: unknown[] = [];
    for (const one of item) {
      texts += 1;
      if (texts % AT_ONCE === 0) await turn();
      found.push(typeof one === 'string' ? redact(wellFormed(one)) : await text(one));
    }
    return found;
  };
  const cleaned: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(event))
    cleaned[key] = IDENTITIES.has(key) ? item : await text(item);
  return cleaned;
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
