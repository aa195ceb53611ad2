/**
 * Writes a run's folder as the run goes, page by page, so that a run that is killed can be taken up again: what a page
 * brought is appended, then a slot of `checkpoint.slots` is written, which says how far each file belongs to it.
 */
import { renameSync, writeFileSync, writeSync } from 'node:fs';
import { type FileHandle, link, open, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, replaceFile } from '../output/index.ts';
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import type { Extent, ReplacedLine, RunCheckpoint, SeenLine, StoredRequest } from '../protocol/journal.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import {
  ARRIVED_FILES,
  GROWING_FILES,
  type GrowingFile as GrowingName,
  JOURNAL_FILES,
  MANIFEST,
  RUN_FILES,
} from './files.ts';
import { type Disk, GrowingFile, NOTHING } from './growing-file.ts';
import type { Place } from './lines.ts';
import { SlotFile } from './slots.ts';

/** An interaction that a run kept, with the sequences of the steps that satisfied its predicate. */
export interface KeptInteraction {
  readonly interaction: Interaction;
  readonly matching: readonly number[];
}

/** What a page brought, masked. */
export interface WrittenPage {
  readonly kept: readonly KeptInteraction[];
  readonly rejected?: readonly RejectedRecord[];
  readonly seen?: readonly SeenLine[];
  readonly replaced?: readonly ReplacedLine[];
  /** Where the run can be taken up behind it; null where more of the same page follows. */
  readonly state?: Omit<RunCheckpoint, 'schemaVersion' | 'files'> | null;
}

/** What was written, and where each line of it stands. */
export interface AppendedPage {
  /** The kept records as lines. Nobody needs the bytes any more. */
  readonly lines: Uint8Array;
  readonly kept: readonly Place[];
  readonly replaced: readonly Place[];
}

/** Records in the order in which a run ends with them: lines of NDJSON, and the matching steps of each. */
export interface RewrittenBlock {
  readonly lines: Uint8Array;
  readonly entries: readonly Pick<KeptInteraction, 'matching'>[];
}

/** Writes one run as it goes. Methods reject with the file system's error (full disk, read-only folder). */
export interface RunWriter {
  readonly folder: string;
  /** Interactions that the folder holds. */
  readonly kept: number;
  /** There is a checkpoint behind which the run can be taken up. */
  readonly resumable: boolean;
  /** All of the page or nothing of it. Rejects with `RunTooLarge` where the run would outgrow its limit. */
  append(page: WrittenPage): Promise<AppendedPage>;
  /** Replaces what was appended, for a run whose order or set is known only at its end. */
  rewrite(blocks: AsyncIterable<RewrittenBlock>): Promise<void>;
  /** Everything that came is void: the run begins anew. */
  restart(): Promise<void>;
  /** Writes the analysis, the largest piece, before the run is recorded: a disk that is full shows here. */
  report(report: AnalysisReport): Promise<void>;
  /** Replaces the manifest: from then on the run has ended. */
  finish(manifest: RunManifest): Promise<void>;
  /** Removes what only a run needs that is taken up again. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export type NewManifest = Omit<RunManifest, 'files' | 'schemaVersion' | 'endedAt' | 'outcome'>;

export interface WriterOptions {
  /** Most that the run may keep. */
  readonly maxBytes?: number;
  /** What it takes to ask the same again. */
  readonly request?: StoredRequest;
  readonly disk?: Disk;
}

/** A run has grown to what its folder may hold. */
export class RunTooLarge extends Error {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super('the run has grown to what may be kept of runs');
    this.name = 'RunTooLarge';
    this.maxBytes = maxBytes;
  }
}

/** So much goes into the system's memory sooner than a thread would take it up. */
const AT_ONCE = 128 * 1024;

function writeAll(handle: FileHandle, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += writeSync(handle.fd, bytes, done, bytes.length - done, at);
  }
}

const DISK: Disk = {
  async write(handle, bytes) {
    if (bytes.length > AT_ONCE) await handle.appendFile(bytes);
    else writeAll(handle, bytes, null);
  },
  sync: (handle) => handle.datasync(),
  rename,
  replace: (path, temporary, bytes) => {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, path);
  },
  put: writeAll,
};

/**
 * What a killed process has written is there all the same. For a machine that stops, files are made durable so often;
 * what is not shows in their checksums when the run is taken up again.
 */
const SYNC_MS = 2_000;

interface Lines {
  readonly bytes: Buffer;
  /** Of each line, with its line feed. */
  readonly lengths: readonly number[];
}

function lines(values: readonly unknown[]): Lines {
  const texts = values.map((value) => `${JSON.stringify(value)}\n`);
  return { bytes: Buffer.from(texts.join('')), lengths: texts.map((text) => Buffer.byteLength(text)) };
}

/** Where lines stand that were written behind what was there. */
function placesOf({ lengths }: Lines, { bytes: before }: Extent): Place[] {
  let offset = before;
  return lengths.map((length) => {
    const place = { offset, length: length - 1 };
    offset += length;
    return place;
  });
}

type Extents = Record<GrowingName, Extent>;

const NAMES: readonly GrowingName[] = ['interactions', 'matches', 'rejected', 'seen', 'replaced'];
const EMPTY: Extents = {
  interactions: NOTHING,
  matches: NOTHING,
  rejected: NOTHING,
  seen: NOTHING,
  replaced: NOTHING,
};

/** Creates the run's folder (mode 0700) with a manifest that says `running`. */
export async function createRunWriter(
  runsFolder: string,
  manifest: NewManifest,
  options: WriterOptions = {},
): Promise<RunWriter> {
  const folder = join(runsFolder, manifest.runId);
  await makeFolders(folder);
  await writeRunning(folder, manifest);
  await writeRequest(folder, options);
  return openWriter(folder, EMPTY, 0, options);
}

async function writeRequest(folder: string, { request }: WriterOptions): Promise<void> {
  if (request !== undefined) await replaceFile(join(folder, JOURNAL_FILES.request), json(request), 0o600);
}

/** Opens the folder of a run that is taken up, with its files cut to what is known to be good. */
export async function reopenRunWriter(
  folder: string,
  files: Extents | undefined,
  kept: number,
  options: WriterOptions,
): Promise<RunWriter> {
  await rm(join(folder, RUN_FILES.report), { force: true });
  if (files === undefined) {
    await rm(join(folder, JOURNAL_FILES.checkpoint), { force: true });
    await writeRequest(folder, options);
  }
  return openWriter(folder, files ?? EMPTY, kept, options);
}

/** Replaces a manifest by one that says `running`. */
export async function writeRunning(folder: string, manifest: NewManifest): Promise<void> {
  await writeManifest(folder, {
    ...manifest,
    schemaVersion: 1,
    endedAt: null,
    outcome: 'running',
    files: RUN_FILES,
  });
}

export function writeManifest(folder: string, manifest: RunManifest): Promise<void> {
  return replaceFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, 0o600);
}

function json(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

async function openWriter(
  folder: string,
  extents: Extents,
  kept: number,
  { maxBytes = Number.POSITIVE_INFINITY, disk = DISK }: WriterOptions,
): Promise<RunWriter> {
  const opened: GrowingFile[] = [];
  const openOne = async (name: GrowingName): Promise<GrowingFile> => {
    const file = await GrowingFile.open(join(folder, GROWING_FILES[name]), disk, extents[name]);
    opened.push(file);
    return file;
  };
  try {
    const files = {
      interactions: await openOne('interactions'),
      matches: await openOne('matches'),
      rejected: await openOne('rejected'),
      seen: await openOne('seen'),
      replaced: await openOne('replaced'),
    };
    return new FolderWriter(folder, files, kept, maxBytes, disk);
  } catch (error) {
    await Promise.all(opened.map((file) => file.close()));
    throw error;
  }
}

class FolderWriter implements RunWriter {
  readonly folder: string;
  readonly #files: Readonly<Record<GrowingName, GrowingFile>>;
  readonly #maxBytes: number;
  readonly #disk: Disk;
  readonly #checkpoints: SlotFile;
  #kept: number;
  #resumable: boolean;
  #synced = performance.now();

  constructor(
    folder: string,
    files: Readonly<Record<GrowingName, GrowingFile>>,
    kept: number,
    maxBytes: number,
    disk: Disk,
  ) {
    this.folder = folder;
    this.#files = files;
    this.#kept = kept;
    this.#resumable = files.seen.extent.bytes > 0;
    this.#maxBytes = maxBytes;
    this.#disk = disk;
    const name = JOURNAL_FILES.checkpoint;
    this.#checkpoints = new SlotFile(join(folder, name), this.#temporary(name), disk);
  }

  get kept(): number {
    return this.#kept;
  }

  get resumable(): boolean {
    return this.#resumable;
  }

  async append({
    kept,
    rejected = [],
    seen = [],
    replaced = [],
    state = null,
  }: WrittenPage): Promise<AppendedPage> {
    const texts: Readonly<Record<GrowingName, Lines>> = {
      interactions: lines(kept.map((one) => one.interaction.raw)),
      matches: lines(kept.map((one) => one.matching)),
      rejected: lines(rejected),
      seen: lines(seen),
      replaced: lines(replaced),
    };
    const before = this.#extents();
    const size = NAMES.reduce((sum, name) => sum + before[name].bytes + texts[name].bytes.length, 0);
    if (size > this.#maxBytes) throw new RunTooLarge(this.#maxBytes);
    const written = await Promise.allSettled(
      NAMES.map((name) => this.#files[name].append(texts[name].bytes)),
    );
    const failed = written.find((one) => one.status === 'rejected');
    if (failed !== undefined) {
      // A page that is not whole is none. Cutting takes no space; where even that fails, the checkpoint tells.
      await Promise.allSettled(NAMES.map((name) => this.#files[name].cut(before[name])));
      throw failed.reason;
    }
    this.#kept += kept.length;
    if (state !== null) await this.#commit({ schemaVersion: 1, ...state, files: this.#extents() });
    return {
      lines: texts.interactions.bytes,
      kept: placesOf(texts.interactions, before.interactions),
      replaced: placesOf(texts.replaced, before.replaced),
    };
  }

  async rewrite(blocks: AsyncIterable<RewrittenBlock>): Promise<void> {
    const names = ['interactions', 'matches'] as const;
    const moved: (keyof typeof ARRIVED_FILES)[] = [];
    let count = 0;
    try {
      await this.#written(this.#temporary(RUN_FILES.interactions), (interactions) =>
        this.#written(this.#temporary(RUN_FILES.matches), async (matches) => {
          for await (const block of blocks) {
            await this.#disk.write(interactions, block.lines);
            await this.#disk.write(matches, lines(block.entries.map(({ matching }) => matching)).bytes);
            count += block.entries.length;
          }
        }),
      );
      for (const name of names) {
        await this.#setAside(name);
        moved.push(name);
        await this.#disk.rename(this.#temporary(RUN_FILES[name]), join(this.folder, RUN_FILES[name]));
      }
    } catch (error) {
      // What came, in its own order, is better than half of it in another.
      for (const name of moved) {
        const arrived = join(this.folder, ARRIVED_FILES[name]);
        await rename(arrived, join(this.folder, RUN_FILES[name]))
          // Two names of one file are not moved onto each other.
          .then(() => rm(arrived, { force: true }))
          .catch(() => undefined);
      }
      for (const name of names) await unlink(this.#temporary(RUN_FILES[name])).catch(() => undefined);
      throw error;
    }
    this.#kept = count;
  }

  async restart(): Promise<void> {
    await this.#checkpoints.close();
    await rm(join(this.folder, JOURNAL_FILES.checkpoint), { force: true });
    await Promise.all(NAMES.map((name) => this.#files[name].cut(NOTHING)));
    this.#kept = 0;
    this.#resumable = false;
  }

  report(report: AnalysisReport): Promise<void> {
    return replaceFile(join(this.folder, RUN_FILES.report), json(report), 0o600);
  }

  finish(manifest: RunManifest): Promise<void> {
    return writeManifest(this.folder, manifest);
  }

  async forget(): Promise<void> {
    await this.#checkpoints.close();
    // The checkpoint first: without it nothing of the rest is looked at.
    for (const name of [JOURNAL_FILES.checkpoint, ...Object.values({ ...JOURNAL_FILES, ...ARRIVED_FILES })]) {
      await rm(join(this.folder, name), { force: true });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#checkpoints.close(), ...NAMES.map((name) => this.#files[name].close())]);
  }

  #extents(): Extents {
    const { interactions, matches, rejected, seen, replaced } = this.#files;
    return {
      interactions: interactions.extent,
      matches: matches.extent,
      rejected: rejected.extent,
      seen: seen.extent,
      replaced: replaced.extent,
    };
  }

  async #commit(checkpoint: RunCheckpoint): Promise<void> {
    const durable = performance.now() - this.#synced >= SYNC_MS;
    if (durable) await Promise.all(NAMES.map((name) => this.#files[name].sync()));
    await this.#checkpoints.write(checkpoint, durable);
    if (durable) this.#synced = performance.now();
    this.#resumable = true;
  }

  #temporary(name: string): string {
    return join(this.folder, `.${name}.tmp`);
  }

  /** Writes a file anew, and makes it durable. */
  async #written(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
    const handle = await open(path, 'w', 0o600);
    try {
      await write(handle);
      await this.#disk.sync(handle);
    } finally {
      await handle.close();
    }
  }

  /** Gives a file a second name, so that there is no moment without it; where that cannot be, its only one. */
  async #setAside(name: keyof typeof ARRIVED_FILES): Promise<void> {
    const path = join(this.folder, RUN_FILES[name]);
    const arrived = join(this.folder, ARRIVED_FILES[name]);
    await rm(arrived, { force: true });
    try {
      await link(path, arrived);
    } catch {
      await this.#disk.rename(path, arrived);
    }
  }
}
