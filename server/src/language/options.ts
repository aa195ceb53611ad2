/** The options of WITH. Upper bounds that depend on the profile are checked against it. */
export interface OptionSpec {
  readonly name: 'pageSize' | 'concurrency' | 'retries' | 'timeout' | 'mode';
  readonly type: 'NUMBER' | 'DURATION' | 'STRING';
  /** Whole numbers, or microseconds; `max` only where the profile sets none. */
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** One sentence. */
  readonly text: string;
}

export const OPTIONS: readonly OptionSpec[] = [
  { name: 'pageSize', type: 'NUMBER', min: 1, text: 'Interactions asked for with one request.' },
  { name: 'concurrency', type: 'NUMBER', min: 1, text: 'Requests at once, up to the tenant’s quota.' },
  { name: 'retries', type: 'NUMBER', min: 0, max: 10, text: 'How often one request is tried again.' },
  {
    name: 'timeout',
    type: 'DURATION',
    min: 1_000_000,
    max: 600_000_000,
    text: 'How long one request may take.',
  },
  {
    name: 'mode',
    type: 'STRING',
    values: ['stream', 'page'],
    text: 'Whether pages are streamed or read whole.',
  },
];

const byName = new Map<string, OptionSpec>(OPTIONS.map((known) => [known.name.toLowerCase(), known]));

/** An option by its name in any case. */
export function optionNamed(name: string): OptionSpec | undefined {
  return byName.get(name.toLowerCase());
}

/** LIMIT, OFFSET and TOP. */
export const COUNT_BOUNDS = {
  LIMIT: { min: 1, max: 1_000_000 },
  OFFSET: { min: 0, max: 1_000_000 },
  TOP: { min: 1, max: 1_000_000 },
} as const;
