/** The formats of exports and the file endings that mean them. */
export interface FormatSpec {
  readonly name: Format;
  /** In lower case, without the dot. */
  readonly endings: readonly string[];
}

const TABLE = [
  { name: 'JSON', endings: ['json'] },
  { name: 'NDJSON', endings: ['ndjson', 'jsonl'] },
  { name: 'CSV', endings: ['csv'] },
  { name: 'XES', endings: ['xes'] },
  { name: 'OCEL', endings: ['ocel', 'jsonocel'] },
  { name: 'OTLP', endings: ['otlp'] },
  { name: 'PARQUET', endings: ['parquet'] },
  { name: 'MARKDOWN', endings: ['md', 'markdown'] },
  { name: 'HTML', endings: ['html', 'htm'] },
] as const;

export type Format = (typeof TABLE)[number]['name'];
/** The report that a person sends on. */
export type ReportFormat = 'MARKDOWN' | 'HTML';
/** The interactions themselves. */
export type RecordFormat = Exclude<Format, ReportFormat>;

export const FORMATS: readonly FormatSpec[] = TABLE;

const byName: ReadonlyMap<string, FormatSpec> = new Map(FORMATS.map((known) => [known.name, known]));

/** A format by its name in any case. */
export function formatNamed(name: string): FormatSpec | undefined {
  return byName.get(name.toUpperCase());
}

/** Whether a file's ending says that it is packed with gzip, whatever its format. */
export function isPacked(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** The format that a file's ending means. A `.gz` after it packs the file, and changes nothing of its format. */
export function formatOfPath(path: string): FormatSpec | undefined {
  const ending = /\.([^./\\]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  return FORMATS.find((known) => ending !== undefined && known.endings.includes(ending));
}

export function isReport(format: Format): format is ReportFormat {
  return format === 'MARKDOWN' || format === 'HTML';
}
