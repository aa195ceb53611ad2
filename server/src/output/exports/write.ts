/** Writing an export: streamed beside its place, then renamed into it. */
import { createHash } from 'node:crypto';
import { type FileHandle, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Format, isPacked, type RecordFormat, type ReportFormat } from '../../protocol/formats.ts';
import type { ExportedFile } from '../../protocol/run.ts';
import { createFile, fileError, syncFolder, temporaryName, writeAll } from '../files.ts';
import { failure, type Result, success } from '../result.ts';
import type { ExportInteraction } from './item.ts';
import type { ReportDocument } from './report/document.ts';
import { prepareTarget } from './target.ts';
import type { ExportWriter, Piece } from './writer.ts';

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
 * Writes a whole result, packed with gzip where the path ends in `.gz`. The same interactions give the same bytes.
 * Until the last byte is on the disk the file that was there stays as it is. Errors: `CXQ5003` and `symlink` (the
 * path), `cancelled`, `disk-full`, `read-only`, `too-deep`, `io`. `records` counts interactions; `bytes` and `sha256`
 * are those of the file; `path` is relative to the base, with slashes.
 */
export async function writeExport(
  format: RecordFormat,
  interactions: Source,
  target: ExportTarget,
): Promise<Result<ExportedFile>> {
  let records = 0;
  async function* counted(): AsyncGenerator<ExportInteraction> {
    for await (const item of interactions) {
      target.signal?.throwIfAborted();
      records++;
      yield item;
    }
    target.signal?.throwIfAborted();
  }
  async function* parts(): AsyncGenerator<Uint8Array> {
    yield* partsOf(await writerOf(format), counted());
  }
  return await writeFile(format, parts(), () => records, target);
}

/** Writes the report as a page or as Markdown, as `writeExport` writes interactions. */
export async function writeReport(
  format: ReportFormat,
  document: ReportDocument,
  target: ExportTarget,
): Promise<Result<ExportedFile>> {
  async function* parts(): AsyncGenerator<Uint8Array> {
    target.signal?.throwIfAborted();
    yield Buffer.from(
      format === 'HTML'
        ? (await import('./report/html.ts')).reportHtml(document)
        : (await import('./report/markdown.ts')).reportMarkdown(document),
    );
  }
  return await writeFile(format, parts(), () => document.report.interactions, target);
}

async function writeFile(
  format: Format,
  parts: AsyncIterable<Uint8Array>,
  records: () => number,
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
  try {
    for await (const chunk of isPacked(target.path) ? packed(parts) : parts) {
      hash.update(chunk);
      bytes += chunk.length;
      await writeAll(handle, chunk);
    }
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
  return success({ path: place.value.path, format, records: records(), bytes, sha256: hash.digest('hex') });
}

/** The bytes of the format, in parts. */
async function* partsOf(
  writer: ExportWriter,
  interactions: AsyncIterable<ExportInteraction>,
): AsyncGenerator<Uint8Array> {
  let text = writer.head;
  function* parts(piece: Piece): Generator<Uint8Array> {
    if (typeof piece === 'string') text += piece;
    if (text.length >= (typeof piece === 'string' ? PART : 1)) {
      yield Buffer.from(text);
      text = '';
    }
    if (typeof piece !== 'string' && piece.length > 0) yield piece;
  }
  let first = true;
  for await (const item of interactions) {
    yield* parts(writer.item(item, first));
    first = false;
  }
  for (const piece of writer.tail()) yield* parts(piece);
  if (text !== '') yield Buffer.from(text);
}

/** The same, packed. Node writes no time into the header, so equal bytes stay equal. */
async function* packed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // What goes wrong on the way in comes out of the stream below.
  const fed = pipeline(chunks, gzip).catch(() => undefined);
  for await (const chunk of gzip) yield Buffer.from(chunk);
  await fed;
}

const nothing = (): [] => [];

async function writerOf(format: RecordFormat): Promise<ExportWriter> {
  switch (format) {
    case 'JSON':
      return {
        head: '[',
        item: ({ interaction }, first) => `${first ? '\n' : ',\n'}${JSON.stringify(interaction.raw)}`,
        tail: () => ['\n]\n'],
      };
    case 'NDJSON':
      return { head: '', item: ({ interaction }) => `${JSON.stringify(interaction.raw)}\n`, tail: nothing };
    case 'CSV': {
      // Loaded on first use: a server that starts exports nothing.
      const { csvHeader, csvRows } = await import('./csv.ts');
      return { head: csvHeader(), item: csvRows, tail: nothing };
    }
    case 'XES': {
      const { XES_TAIL, xesHead, xesTrace } = await import('./xes.ts');
      return { head: xesHead(), item: xesTrace, tail: () => [XES_TAIL] };
    }
    case 'OCEL': {
      const { OcelWriter } = await import('./ocel.ts');
      const writer = new OcelWriter();
      return { head: writer.head, item: (item) => writer.item(item), tail: () => writer.tail() };
    }
    case 'OTLP':
      return (await import('./otlp.ts')).createOtlpWriter();
    case 'PARQUET':
      return (await import('./parquet.ts')).createParquetWriter();
  }
}
