/** Names of history files, and what is asked of one that cannot be read by itself. No editor in here: tested alone. */
import type { HistoryQuestion } from '../../../server/src/protocol/lsp.ts';
import { visible } from '../text.ts';

/** Endings by the name of their format; whether a file is of it, the server sees. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  'JSON and NDJSON': ['ndjson', 'jsonl', 'json'],
  XES: ['xes'],
  OCEL: ['ocel', 'jsonocel'],
  CSV: ['csv', 'tsv'],
};

const NAME = new RegExp(`\\.(?:${Object.values(ENDINGS).flat().join('|')})(?:\\.gz)?$`, 'i');

/** Whether a file may be a history file, by its name. */
export function isHistoryName(path: string): boolean {
  return NAME.test(path);
}

/** Of an open dialog: all of them first. What is packed shows by its last ending alone. */
export function historyFilters(): Record<string, string[]> {
  const all = Object.values(ENDINGS).flat();
  const each = Object.entries(ENDINGS).map(([name, endings]) => [name, [...endings, 'gz']]);
  return { 'History files': [...all, 'gz'], ...Object.fromEntries(each), 'All files': ['*'] };
}

type Columns = Extract<HistoryQuestion, { kind: 'columns' }>;

/** A column to ask for. */
export interface ColumnStep {
  readonly role: 'case' | 'activity' | 'start' | 'end';
  readonly placeHolder: string;
  /** What to choose where there is none; null where one is needed. */
  readonly none: string | null;
}

const STEPS: readonly ColumnStep[] = [
  {
    role: 'case',
    placeHolder: 'Which column says which interaction (case) a row belongs to?',
    none: null,
  },
  { role: 'activity', placeHolder: 'Which column names the step (activity)?', none: null },
  {
    role: 'start',
    placeHolder: 'Which column says when a step began, or happened?',
    none: 'None: there are no times',
  },
  {
    role: 'end',
    placeHolder: 'Which column says when a step ended?',
    none: 'None: there is one time a step',
  },
];

/** The next column to ask for after those that are known and chosen; undefined after the last. */
export function nextColumn(
  known: Columns['known'],
  chosen: ReadonlyMap<string, string | null>,
): ColumnStep | undefined {
  // Whose time is known by its name, or has none, has no other one to be asked for.
  const isTimed = known['start'] !== undefined || known['end'] !== undefined || chosen.get('start') === null;
  return STEPS.find(({ role }) => {
    if (known[role] !== undefined || chosen.has(role)) return false;
    return (role !== 'start' && role !== 'end') || !isTimed;
  });
}

/** Columns that can still be chosen: each once, and none without a name. */
export function freeColumns(
  { header, known }: Columns,
  chosen: ReadonlyMap<string, string | null>,
): readonly string[] {
  const taken = new Set<string | null>([...Object.values(known), ...chosen.values()]);
  return [...new Set(header)].filter((name) => name !== '' && !taken.has(name));
}

/** The two ways to read a date that can be read in two ways. */
export function dateChoices(example: string): {
  readonly placeHolder: string;
  readonly choices: readonly { readonly label: string; readonly dates: 'day-first' | 'month-first' }[];
} {
  return {
    placeHolder: `What comes first in dates such as ${visible(example)}?`,
    choices: [
      { label: 'The day, as in 31/12/2026', dates: 'day-first' },
      { label: 'The month, as in 12/31/2026', dates: 'month-first' },
    ],
  };
}
