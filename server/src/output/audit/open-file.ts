/** A file of the chain, open. */
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { NO_FOLLOW } from '../files.ts';

const made = promisify(fdatasync);

/**
 * What the system does in microseconds is done at once: the way to the thread pool and back takes longer, and a record
 * would take several. Only what waits for the disk goes there.
 */
export class OpenFile {
  #open: number | undefined;

  private constructor(open: number) {
    this.#open = open;
  }

  /** For reading and appending, closed to others (0600) where it is created; ELOOP where a link stands in its place. */
  static append(path: string, create: boolean): OpenFile {
    const flags = constants.O_RDWR | constants.O_APPEND | NO_FOLLOW | (create ? constants.O_CREAT : 0);
    return new OpenFile(openSync(path, flags, 0o600));
  }

  /** The descriptor; -1, which is none, after the end. */
  get descriptor(): number {
    return this.#open ?? -1;
  }

  status(): Stats {
    return fstatSync(this.descriptor);
  }

  closeToOthers(): void {
    fchmodSync(this.descriptor, 0o600);
  }

  /** Writes all bytes or throws: a short write means that the disk is full. */
  write(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      const written = writeSync(this.descriptor, bytes, offset);
      if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
      offset += written;
    }
  }

  truncate(size: number): void {
    ftruncateSync(this.descriptor, size);
  }

  datasync(): Promise<void> {
    return made(this.descriptor);
  }

  /** The first time; again it does nothing. */
  close(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
  }
}
