/** A kept run, or a history file, as a file of another format: read as a stream, masked as the run was. */
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { createMask, isWithin, type Mask } from '../output/index.ts';
import {
  FORMATS,
  type Format,
  type FormatSpec,
  formatNamed,
  formatOfPath,
  isReport,
} from '../protocol/formats.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { ExportedFile, RunManifest } from '../protocol/run.ts';
import { createReader, type LogOptions } from '../tenant/index.ts';
import { analyseFile, type HistorySource, openHistory } from './analyse-file.ts';
import { optionsOf } from './analysis-settings.ts';
import { startAnalysis } from './analysis-thread.ts';
import { damageOf } from './damage.ts';
import { fail, type Outcome, type RunHost } from './host.ts';
import {
  type AuditHost,
  type Exportable,
  type ExportPlace,
  exportItem,
  exportOne,
  RunAudit,
  writeOne,
} from './record.ts';
import { fileDocument, runDocument } from './report-document.ts';
import { isRunId, keptBytes, keptRecords, keptReport, keptRun, whyNotKept } from './store.ts';

/** What a person asks for. */
export interface ExportRequest {
  /** A format's name in any case; null for the one that the ending of the path means. */
  readonly format: string | null;
  /**
   * Below the door's export folder, whose missing folders are made, as in a query; or a full path, whose folder is
   * there. A file that exists is replaced. `.gz` at its end packs it.
   */
  readonly path: string;
}

/** What an export needs of a door. The profiles say what is to be masked by now. */
export type ExportHost = AuditHost & Pick<RunHost, 'exportFolder' | 'profiles'>;

/** How far an export is: interactions so far, and the share of the run that is read, from 0 to 1. */
export interface ExportProgress {
  readonly records: number;
  readonly share: number;
}

export interface Exported {
  /** A full path stays one. */
  readonly file: ExportedFile;
  /** Sentences on what a person should know: that the run is not whole, or the export not audited. */
  readonly notes: readonly string[];
  /** The export's record is in the audit. */
  readonly audited: boolean;
}

const list = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** The formats that are written, as a sentence names them. */
export function writtenFormats(
  word: (format: FormatSpec) => readonly string[] = ({ name }) => [name],
): string {
  return list.format(FORMATS.flatMap(word));
}

/** The format asked for. Errors: `format`, with those that there are. */
export function chosenFormat({ format, path }: ExportRequest): Outcome<Format> {
  const found = format === null ? formatOfPath(path) : formatNamed(format);
  if (found === undefined) {
    const endings = writtenFormats((one) => one.endings.map((ending) => `.${ending}`));
    return fail(
      'format',
      format === null
        ? `The ending of ${basename(path)} names no format. End it in ${endings}, with .gz behind it to pack it, or name the format: ${writtenFormats()}.`
        : `There is no format ${format}: choose ${writtenFormats()}.`,
    );
  }
  return { ok: true, value: found.name };
}

/** Where a path leads. A full one is a person's own choice: the limits of a query's EXPORT do not hold for it. */
async function placeOf(exportFolder: string, path: string): Promise<Outcome<ExportPlace>> {
  if (!isAbsolute(path)) return { ok: true, value: { base: exportFolder, path } };
  const base = dirname(path);
  const found = await stat(base).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    return fail(
      'missing',
      `The export ${path} cannot be written: there is no folder ${base}. Make it first.`,
    );
  }
  return { ok: true, value: { base, path: basename(path), name: path } };
}

function why({ error, result }: RunManifest): string {
  return error?.message ?? result?.notes[0] ?? 'its results say why.';
}

const AS_FAR = 'the file holds what came until then';

/** What whoever reads the file should know of its run. */
function noteOn(manifest: RunManifest): string[] {
  switch (manifest.outcome) {
    case 'partial':
      return [`The run is partial: ${why(manifest)}`];
    case 'cancelled':
      return [`The run was cancelled: ${AS_FAR}.`];
    case 'failed':
      return [`The run failed, and ${AS_FAR}: ${why(manifest)}`];
    default:
      return [];
  }
}

/**
 * The analysis of a kept run: as it kept it, or made again of its records where there is none, or where they are to be
 * masked.
 */
async function reportOf(
  runsFolder: string,
  manifest: RunManifest,
  mask: Mask,
): Promise<Outcome<AnalysisReport>> {
  const kept = await keptReport(runsFolder, manifest.runId);
  if (kept !== undefined && !mask.active) return { ok: true, value: kept };
  const analysis = startAnalysis({ response: manifest.response });
  try {
    for await (const { record } of keptRecords(runsFolder, manifest)) {
      await analysis.add(Buffer.from(`${JSON.stringify(mask.record(record))}\n`));
    }
    analysis.reject(kept?.rejected ?? []);
    const analysed = await analysis.analyse(optionsOf(manifest));
    return analysed.ok ? { ok: true, value: analysed.value.report } : analysed;
  } finally {
    analysis.end();
  }
}

/**
 * Exports a run that is kept and has ended, whatever its outcome, and records that in the audit as EXPORT does. What
 * the run masked is masked in its folder already; what its connection redacts since then is masked on the way.
 * Errors: `gone`, `running`, `empty`, `format`, `missing`, `reserved`, `cancelled`, and those of `writeExport`.
 */
export async function exportRun(
  host: ExportHost,
  runId: string,
  request: ExportRequest,
  signal: AbortSignal,
  onProgress: (progress: ExportProgress) => void = () => undefined,
): Promise<Outcome<Exported>> {
  const format = chosenFormat(request);
  if (!format.ok) return format;
  const manifest = await keptRun(host.runsFolder, runId);
  if (manifest === undefined) {
    return fail('gone', await whyNotKept(host.runsFolder, runId));
  }
  const { outcome, response, connection } = manifest;
  if (outcome === 'running') {
    return fail('running', `The run ${runId} still goes on: wait for its end, or cancel it.`);
  }
  const size = await keptBytes(host.runsFolder, runId);
  if (size === 0 && (outcome === 'failed' || outcome === 'cancelled')) {
    return fail('empty', `The run ${runId} has nothing to export: it ended before anything came.`);
  }
  const place = await placeOf(host.exportFolder, request.path);
  if (!place.ok) return place;
  const target = resolve(place.value.base, place.value.path);
  const inRuns = relative(resolve(host.runsFolder), target).split(sep)[0] ?? '';
  if (isWithin(resolve(host.auditFolder), target) || isRunId(inRuns)) {
    return fail('reserved', `${target} lies where runs and their audit are kept. Choose another folder.`);
  }

  const mask = createMask(host.profiles.get(connection)?.redaction ?? [], {
    steps: response.steps,
    fields: response.map,
  });
  const reader = createReader(response);
  let read = 0;
  async function* items(kept: RunManifest): AsyncGenerator<ReturnType<typeof exportItem>> {
    let records = 0;
    for await (const { record, end } of keptRecords(host.runsFolder, kept)) {
      const interaction = reader.read(mask.record(record));
      if (typeof interaction === 'string') {
        throw new Error(`record ${records + 1} of the run ${runId} can no longer be read`);
      }
      yield exportItem(interaction);
      records += 1;
      read = records;
      onProgress({ records, share: size === 0 ? 1 : Math.min(1, end / size) });
    }
  }

  const what = async (): Promise<Outcome<Exportable>> => {
    if (!isReport(format.value))
      return { ok: true, value: { format: format.value, items: () => items(manifest) } };
    const report = await reportOf(host.runsFolder, manifest, mask);
    if (!report.ok) return report;
    read = manifest.kept ?? 0;
    const document = runDocument(manifest, report.value, manifest.result);
    return { ok: true, value: { format: format.value, document } };
  };
  const content = await what();
  if (!content.ok) return content;
  const audit = new RunAudit(host, () => []);
  const written = await exportOne(host, audit, runId, content.value, place.value, signal);
  if (!written.ok) return written;
  const { failure } = audit;
  const damage = damageOf(manifest, read);
  return {
    ok: true,
    value: {
      file: written.value,
      notes: [
        ...noteOn(manifest),
        ...(damage === undefined ? [] : [damage]),
        ...(failure === undefined ? [] : [`Not audited: ${failure.message}`]),
      ],
      audited: failure === undefined,
    },
  };
}

/** Paths and bottlenecks that a report of a file has to choose from. */
const LISTED = 100;

export interface ExportedHistory {
  readonly file: ExportedFile;
  readonly notes: readonly string[];
  /** Records of the file that could not be read and are left out. */
  readonly rejected: number;
}

/**
 * Exports a history file, or bytes with the name that messages give them. No run is behind it, so nothing is masked
 * and no audit speaks of it. Errors: those of the file, `format`, `missing`, and those of `writeExport`.
 */
export async function exportHistory(
  exportFolder: string,
  source: HistorySource,
  request: ExportRequest,
  signal: AbortSignal,
  log: LogOptions = {},
): Promise<Outcome<ExportedHistory>> {
  const format = chosenFormat(request);
  if (!format.ok) return format;
  const place = await placeOf(exportFolder, request.path);
  if (!place.ok) return place;
  if (isReport(format.value)) {
    const analysed = await analyseFile(source, { top: LISTED, log });
    if (!analysed.ok) return analysed;
    const { report, notes } = analysed.value;
    const called = typeof source === 'string' ? basename(source) : source.name;
    const document = fileDocument(called, report, notes);
    const written = await writeOne({ format: format.value, document }, place.value, signal);
    if (!written.ok) return written;
    return { ok: true, value: { file: written.value, notes, rejected: report.rejected.length } };
  }
  const opened = await openHistory(source, log);
  if (!opened.ok) return opened;
  const { interactions, end } = opened.value;
  async function* items(): AsyncGenerator<ReturnType<typeof exportItem>> {
    for await (const interaction of interactions) yield exportItem(interaction);
    // Of a file that breaks off nothing is written.
    const ended = end();
    if (!ended.ok) throw new Error(ended.error.message);
  }
  const written = await writeOne({ format: format.value, items }, place.value, signal);
  await interactions.return();
  const ended = end();
  if (!ended.ok) return ended;
  return written.ok ? { ok: true, value: { file: written.value, ...ended.value } } : written;
}
