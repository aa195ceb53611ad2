/** Records that a query is compared with: in the run's folder until they were compared, so that memory does not hold them. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../protocol/history.ts';
import { RUN_FILES } from './files.ts';
import type { Place } from './lines.ts';

const FOLDER = 'compared';

export class ComparedRecords {
  /** Where they stand, in the file that a run's own records have in its folder. */
  readonly folder: string;
  readonly #file: FileHandle;
  #bytes = 0;
  #isBroken = false;

  private constructor(folder: string, file: FileHandle) {
    this.folder = folder;
    this.#file = file;
  }

  /** Throws what the disk says. */
  static async open(runFolder: string): Promise<ComparedRecords> {
    const folder = join(runFolder, FOLDER);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new ComparedRecords(folder, await open(join(folder, RUN_FILES.interactions), 'w', 0o600));
  }

  /** The place of each; undefined where the disk does not take them, nor any after them: then memory has to. */
  async append(records: readonly JsonObject[]): Promise<readonly Place[] | undefined> {
    if (this.#isBroken) return undefined;
    const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
    try {
      await this.#file.writeFile(Buffer.concat(lines));
    } catch {
      this.#isBroken = true;
      return undefined;
    }
    return lines.map(({ length }) => {
      const offset = this.#bytes;
      this.#bytes += length;
      return { offset, length: length - 1 };
    });
  }

  /** They were compared, or will not be. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
