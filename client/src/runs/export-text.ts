/** Names and sentences of an export. No editor in here: tested alone. */
import { FORMATS, type FormatSpec, formatOfPath } from '../../../server/src/protocol/formats.ts';
import type { ExportedFile } from '../../../server/src/protocol/run.ts';
import { counted, visible } from '../text.ts';

/** The formats that a file can have. */
export function offeredFormats(): readonly FormatSpec[] {
  return FORMATS;
}

/** What most take: every spreadsheet and process-mining tool reads it. */
const SUGGESTED = 'csv';

/**
 * Of a save dialog: the endings of each format. Dialogs add the first to a name that has none of them, and look at the
 * last part alone: what is packed has a kind of its own.
 */
export function fileFilters(): Record<string, string[]> {
  const isSuggested = ({ endings }: FormatSpec): boolean => endings.includes(SUGGESTED);
  const formats = offeredFormats();
  const ordered = [...formats.filter(isSuggested), ...formats.filter((one) => !isSuggested(one))];
  return {
    ...Object.fromEntries(ordered.map(({ name, endings }) => [name, [...endings]])),
    'Packed with gzip': ['gz'],
  };
}

/** Whether the ending of a path says its format; where it does not, a person has to. */
export function hasFormat(path: string): boolean {
  return formatOfPath(path) !== undefined;
}

/** A file name for a query's results that every system takes: `slow-routing.csv`. */
export function suggestedName(query: string | null): string {
  const name = (query ?? '').replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/^-+|-+$/g, '');
  return `${name === '' ? 'results' : name.slice(0, 80)}.${SUGGESTED}`;
}

/** `812 B`, `45.1 kB`, `1.2 MB`. */
function sizeText(bytes: number): string {
  const units = ['kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 'B';
  for (const next of units) {
    if (size < 1000) break;
    size /= 1000;
    unit = next;
  }
  return `${unit === 'B' ? size : size.toFixed(1)} ${unit}`;
}

/** What to tell at the end: what was written, and what a person should know of it. */
export function exportedText(
  name: string,
  fileName: string,
  { records, bytes, format }: ExportedFile,
  notes: readonly string[],
): string {
  const done = `Exported ${counted(records, 'interaction')} of ${name} to ${fileName} (${format}, ${sizeText(bytes)}).`;
  return [done, ...notes].map(visible).join(' ');
}
