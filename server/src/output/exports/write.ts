/** Writing an export: streamed beside its place, then renamed into it. */
import { createHash } from 'node:crypto';
import { type FileHandle, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ExportedFile } from '../../protocol/run.ts';
import { createFile, fileError, syncFolder, temporaryName, writeAll } from '../files.ts';
import { failure, type Result, success } from '../result.ts';
import type { WrittenFormat } from './format.ts';
import type { ExportInteraction } from './item.ts';
import { prepareTarget } from './target.ts';

export interface ExportTarget {
  /** The folder that the path must not leave: the workspace, or the working directory. */
  readonly base: string;
  /** The path as written in the query. */
  readonly path: string;
  readonly signal?: AbortSignal;
}

type Source = Iterable<ExportInteraction> | AsyncIterable<ExportInteraction>;

/** Text is handed to the file in parts of about this many characters. */
const PART = 65_536;

/**
 * Writes a whole result. The same interactions give the same bytes. Until the last byte is on the disk the file
 * that was there stays as it is. Errors: `CXQ5003` and `symlink` (the path), `cancelled`, `disk-full`,
 * `read-only`, `too-deep`, `io`. `records` counts interactions; `path` is relative to the base, with slashes.
 */
export async function writeExport(
  format: WrittenFormat,
  interactions: Source,
  target: ExportTarget,
): Promise<Result<ExportedFile>> {
  const place = await prepareTarget(target.base, target.path);
  if (!place.ok) return place;
  const what = `The export "${target.path}" cannot be written`;
  const { file } = place.value;
  const temporary = temporaryName(file);
  let handle: FileHandle;
  try {
    handle = await createFile(temporary, 0o666);
  } catch (error) {
    return { ok: false, error: fileError(error, what) };
  }
  const hash = createHash('sha256');
  let bytes = 0;
  let records = 0;
  let part = '';
  const flush = async (): Promise<void> => {
    const chunk = Buffer.from(part);
    part = '';
    hash.update(chunk);
    bytes += chunk.length;
    await writeAll(handle, chunk);
  };
  try {
    const writer = await writerOf(format);
    part = writer.head;
    for await (const item of interactions) {
      target.signal?.throwIfAborted();
      part += writer.item(item, records === 0);
      records++;
      if (part.length >= PART) await flush();
    }
    target.signal?.throwIfAborted();
    part += writer.tail;
    await flush();
    await handle.datasync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    if (target.signal?.aborted === true)
      return failure('cancelled', `The export "${target.path}" was cancelled.`);
    if (error instanceof RangeError)
      return failure('too-deep', `${what}: a record is nested too deeply for JSON.`);
    return { ok: false, error: fileError(error, what) };
  }
  // The file is there: that its name might not survive a power cut is no reason to call it failed.
  await syncFolder(dirname(file)).catch(() => undefined);
  return success({ path: place.value.path, format, records, bytes, sha256: hash.digest('hex') });
}

interface Writer {
  readonly head: string;
  readonly item: (item: ExportInteraction, first: boolean) => string;
  readonly tail: string;
}

async function writerOf(format: WrittenFormat): Promise<Writer> {
  switch (format) {
    case 'JSON':
      return {
        head: '[',
        item: ({ interaction }, first) => `${first ? '\n' : ',\n'}${JSON.stringify(interaction.raw)}`,
        tail: '\n]\n',
      };
    case 'NDJSON':
      return { head: '', item: ({ interaction }) => `${JSON.stringify(interaction.raw)}\n`, tail: '' };
    case 'CSV': {
      // Loaded on first use: a server that starts exports nothing.
      const { csvHeader, csvRows } = await import('./csv.ts');
      return { head: csvHeader(), item: csvRows, tail: '' };
    }
  }
}
