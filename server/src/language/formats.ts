/** The formats of EXPORT and the file endings that mean them. */
export interface FormatSpec {
  readonly name: string;
  /** In lower case, without the dot. */
  readonly endings: readonly string[];
  /** This version writes it. */
  readonly served: boolean;
}

export const FORMATS: readonly FormatSpec[] = [
  { name: 'JSON', endings: ['json'], served: true },
  { name: 'NDJSON', endings: ['ndjson', 'jsonl'], served: true },
  { name: 'CSV', endings: ['csv'], served: true },
  { name: 'XES', endings: ['xes'], served: false },
  { name: 'OCEL', endings: ['ocel', 'jsonocel'], served: false },
  { name: 'OTLP', endings: ['otlp'], served: false },
  { name: 'PARQUET', endings: ['parquet'], served: false },
  { name: 'MARKDOWN', endings: ['md', 'markdown'], served: false },
  { name: 'HTML', endings: ['html', 'htm'], served: false },
];

const byName = new Map(FORMATS.map((known) => [known.name, known]));

/** A format by its name in any case. */
export function formatNamed(name: string): FormatSpec | undefined {
  return byName.get(name.toUpperCase());
}

/** The format that a file's ending means. A `.gz` after it changes nothing. */
export function formatOfPath(path: string): FormatSpec | undefined {
  const ending = /\.([^./\\]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  return FORMATS.find((known) => ending !== undefined && known.endings.includes(ending));
}
