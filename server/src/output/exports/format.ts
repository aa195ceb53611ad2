/** The formats of EXPORT, and which of them are written today. */

export const EXPORT_FORMATS = [
  'JSON',
  'NDJSON',
  'CSV',
  'XES',
  'OCEL',
  'OTLP',
  'PARQUET',
  'MARKDOWN',
  'HTML',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Formats that `writeExport` writes; the others are refused before a run, never silently. */
export const WRITTEN_FORMATS = ['JSON', 'NDJSON', 'CSV'] as const;
export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

const ENDINGS: Readonly<Record<string, ExportFormat>> = {
  json: 'JSON',
  ndjson: 'NDJSON',
  jsonl: 'NDJSON',
  csv: 'CSV',
  xes: 'XES',
  ocel: 'OCEL',
  jsonocel: 'OCEL',
  otlp: 'OTLP',
  parquet: 'PARQUET',
  md: 'MARKDOWN',
  markdown: 'MARKDOWN',
  html: 'HTML',
  htm: 'HTML',
};

/** The format named (in any case), else that of the file's ending; undefined for an unknown one. */
export function exportFormat(path: string, as?: string | null): ExportFormat | undefined {
  if (as !== undefined && as !== null) return EXPORT_FORMATS.find((format) => format === as.toUpperCase());
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined;
}

export function isWritten(format: ExportFormat): format is WrittenFormat {
  return WRITTEN_FORMATS.some((written) => written === format);
}
