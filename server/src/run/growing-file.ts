/** A file that grows by whole pages, and falls back to where it was when one cannot be written. */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Extent } from '../protocol/journal.ts';

export const NOTHING: Extent = { bytes: 0, crc32: 0 };

/** How a run's bytes get onto the disk; tests let it fail. */
export interface Disk {
  write(handle: FileHandle, bytes: Uint8Array): Promise<void>;
  sync(handle: FileHandle): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Replaces a small file as a whole, by way of a temporary one. */
  replace(path: string, temporary: string, bytes: Uint8Array): void;
  /** Writes a few bytes in place. */
  put(handle: FileHandle, bytes: Uint8Array, position: number): void;
}

export class GrowingFile {
  readonly #handle: FileHandle;
  readonly #disk: Disk;
  #extent: Extent;

  private constructor(handle: FileHandle, disk: Disk, extent: Extent) {
    this.#handle = handle;
    this.#disk = disk;
    this.#extent = extent;
  }

  /** Opens it (mode 0600), cut to what is known to be good. */
  static async open(path: string, disk: Disk, extent: Extent = NOTHING): Promise<GrowingFile> {
    const handle = await open(path, 'a', 0o600);
    try {
      await handle.truncate(extent.bytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new GrowingFile(handle, disk, extent);
  }

  get extent(): Extent {
    return this.#extent;
  }

  async append(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#disk.write(this.#handle, bytes);
    this.#extent = {
      bytes: this.#extent.bytes + bytes.length,
      crc32: crc32(bytes, this.#extent.crc32),
    };
  }

  /** Cuts off what came behind an earlier extent. */
  async cut(extent: Extent): Promise<void> {
    this.#extent = extent;
    await this.#handle.truncate(extent.bytes);
  }

  sync(): Promise<void> {
    return this.#disk.sync(this.#handle);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
