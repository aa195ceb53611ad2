/** The formats of exports and the file endings that mean them. */
export interface FormatSpec {
  readonly name: string;
  /** In lower case, without the dot. */
  readonly endings: readonly string[];
  /** This version writes it. */
  readonly served: boolean;
}

const TABLE = [
  { name: 'JSON', endings: ['json'], served: true },
  { name: 'NDJSON', endings: ['ndjson', 'jsonl'], served: true },
  { name: 'CSV', endings: ['csv'], served: true },
  { name: 'XES', endings: ['xes'], served: true },
  { name: 'OCEL', endings: ['ocel', 'jsonocel'], served: true },
  { name: 'OTLP', endings: ['otlp'], served: true },
  { name: 'PARQUET', endings: ['parquet'], served: true },
  { name: 'MARKDOWN', endings: ['md', 'markdown'], served: false },
  { name: 'HTML', endings: ['html', 'htm'], served: false },
] as const satisfies readonly FormatSpec[];

/** A format that this version writes: each has its writer, or the types say so. */
export type WrittenFormat = Extract<(typeof TABLE)[number], { readonly served: true }>['name'];

export const FORMATS: readonly FormatSpec[] = TABLE;

const byName = new Map(FORMATS.map((known) => [known.name, known]));

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

/** The name of a format that this version writes. */
export function isWritten(name: string): name is WrittenFormat {
  return byName.get(name)?.served === true;
}
