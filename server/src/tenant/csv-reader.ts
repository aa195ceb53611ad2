/**
 * CSV logs: a row a step, or a row for each of its start and end. The rows of an interaction may stand anywhere, so all
 * are held, each text of a column once, until the file ends.
 */
import { CsvError, type Parser, parse } from 'csv-parse';
import type { JsonValue } from '../protocol/history.ts';
import { type CsvColumns, columnsOf, isLogHeader, isOwnHeader } from './csv-columns.ts';
import { type CsvRows, caseRecords } from './csv-records.ts';
import { Cells, grouped, Times } from './csv-table.ts';
import { createCsvText } from './csv-text.ts';
import { readCsvTime } from './csv-times.ts';
import {
  HistoryFailure,
  type HistoryParser,
  type ParserOptions,
  type RecordsStretch,
} from './history-parser.ts';
import { createReader } from './reader.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const EMPTY: RecordsStretch = { kind: 'records', interactions: [], rejected: [] };
/** So many interactions come at once. */
const STRETCH = 500;
/** A row with more bytes is one whose quotation mark is never closed. */
const LARGEST_ROW = 16 * 2 ** 20;

/** Null is a cell without anything in it, as our own CSV writes it; "" there is empty text. */
type Row = readonly (string | null)[];

/** Reads CSV. Columns are guessed from their names, or named; times without a zone are UTC. */
export function createCsvParser(options: ParserOptions): HistoryParser {
  const text = createCsvText();
  const reader = createReader(options.response);
  let begin: Buffer = Buffer.alloc(0);
  let rows: CsvRows | undefined;
  let parser: Parser | undefined;
  let delimiter = ',';
  let unzoned = 0;
  let longRows = 0;
  const notes: string[] = [];
  const withoutCase: { readonly line: number; readonly cells: Row }[] = [];

  const time = (cell: string | null, line: number): number | string | null => {
    if (cell === null || cell.trim() === '') return null;
    const read = readCsvTime(cell, options.dates);
    if (read === undefined) return cell;
    if (read === 'ambiguous')
      throw new HistoryFailure(
        'not-history',
        `cannot be read: line ${line} has the date “${cell}”, in which day and month may come in either order. ` +
          'Say which comes first: --dates day-first or --dates month-first.',
        { kind: 'dates', example: cell },
      );
    if (!read.zoned) unzoned += 1;
    return read.micros;
  };

  const addRow = (table: CsvRows, cells: Row, line: number): void => {
    const { columns } = table;
    const cell = (at: number | undefined): string | null => {
      const value = at === undefined ? null : (cells[at] ?? null);
      return value === '' && !columns.isOwn ? null : value;
    };
    const id = cell(columns.roles.get('case'));
    if (id === null || id === '') {
      if (cells.some((value) => value !== null && value.trim() !== ''))
        withoutCase.push({ line, cells: cells.slice(0, 20) });
      return;
    }
    if (cells.length > table.width) longRows += 1;
    if (table.cases.push(id) === table.lines.length) table.lines.push(line);
    for (const [at, held] of table.cells) held.push(cell(at));
    for (const [at, times] of table.times) times.push(time(cell(at), line));
    table.count += 1;
  };

  const onRow = (cells: Row, line: number): void => {
    if (rows !== undefined) {
      addRow(rows, cells, line);
      return;
    }
    const columns = columnsOf(
      cells.map((name) => name ?? ''),
      options,
    );
    rows = emptyRows(columns, cells.length, delimiter);
  };

  const started = (isEnd: boolean): Parser | undefined => {
    if (parser !== undefined) return parser;
    const first = firstLine(begin, isEnd);
    if (first === undefined) return undefined;
    const told = /^sep=(.)$/i.exec(first.text);
    if (told !== null) begin = begin.subarray(first.end);
    const header = told === null ? first : firstLine(begin, isEnd);
    if (header === undefined) return undefined;
    delimiter = told?.[1] ?? delimiterOf(header.text, options);
    parser = rowParser(delimiter, isOwnHeader(cellsOf(header.text, delimiter)), onRow);
    return parser;
  };

  const feed = (bytes: Buffer, isEnd: boolean): void => {
    const before = parser;
    if (before === undefined) begin = Buffer.concat([begin, bytes]);
    const into = started(isEnd);
    if (into === undefined) return;
    into.write(before === undefined ? begin : bytes);
    if (before === undefined) begin = Buffer.alloc(0);
    if (into.errored !== null) throw failureOf(into.errored);
  };

  return {
    notes: () => [...notes, ...reader.notes()],
    push(chunk) {
      const bytes = text.push(chunk);
      if (bytes.length > 0) feed(bytes, false);
      return EMPTY;
    },
    async *end() {
      feed(text.end(), true);
      if (parser !== undefined) await ended(parser);
      if (rows === undefined) throw new HistoryFailure('not-history', 'has no header line with its columns.');
      const table = rows;
      if (text.wasWestern) notes.push('The file is not UTF-8; it was read as Windows-1252.');
      if (text.wasDamaged)
        notes.push('The file holds bytes that are not UTF-8; each was replaced by U+FFFD.');
      if (table.times.length === 0)
        notes.push(
          'None of the columns is known as a time, so the steps have none; name one with --columns start=NAME.',
        );
      if (unzoned > 0)
        notes.push(
          `${unzoned === 1 ? '1 time had' : `${unzoned} times had`} no time zone and ${unzoned === 1 ? 'was' : 'were'} read as UTC.`,
        );
      if (longRows > 0)
        notes.push(
          `${longRows === 1 ? '1 row has' : `${longRows} rows have`} more cells than the header; what is beyond it was left out.`,
        );
      let index = 0;
      if (withoutCase.length > 0)
        yield {
          ...EMPTY,
          rejected: withoutCase.map(({ line, cells }) => ({
            index: index++,
            reason: `line ${line}: has no case id`,
            raw: cells
              .map((value) => value ?? '')
              .join(delimiter)
              .slice(0, 200),
          })),
        };
      const records = caseRecords(table, options.response);
      let stretch: {
        interactions: RecordsStretch['interactions'][number][];
        rejected: RecordsStretch['rejected'][number][];
      } = { interactions: [], rejected: [] };
      for (const group of grouped(table.cases, table.count)) {
        for (const { record, line } of records.of(group)) {
          const read = reader.read(record);
          if (typeof read === 'string') {
            const raw: JsonValue = record;
            stretch.rejected.push({ index, reason: `line ${line}: ${read}`, raw });
          } else stretch.interactions.push(read);
          index += 1;
        }
        if (stretch.interactions.length < STRETCH) continue;
        yield { kind: 'records', ...stretch };
        stretch = { interactions: [], rejected: [] };
      }
      yield { kind: 'records', ...stretch };
      notes.push(...records.notes());
    },
  };
}

function emptyRows(columns: CsvColumns, width: number, delimiter: string): CsvRows {
  const { roles, variables, sequence } = columns;
  const cells = new Map<number, Cells>();
  const times: [number, Times][] = [];
  for (const [role, at] of roles) {
    if (role === 'start' || role === 'end') times.push([at, new Times()]);
    else if (role !== 'case') cells.set(at, new Cells());
  }
  for (const { at } of variables) cells.set(at, new Cells());
  if (sequence !== undefined) cells.set(sequence, new Cells());
  return { columns, width, delimiter, cases: new Cells('all'), lines: [], cells, times, count: 0 };
}

/** The first line with something on it; undefined where it is not whole yet. */
function firstLine(
  bytes: Buffer,
  isEnd: boolean,
): { readonly text: string; readonly end: number } | undefined {
  let end = 0;
  for (;;) {
    const at = bytes.subarray(end).findIndex((byte) => byte === 0x0a || byte === 0x0d);
    if (at < 0 && !isEnd) return undefined;
    const next = at < 0 ? bytes.length : end + at + 1;
    const text = bytes.toString('utf8', end, next).trim();
    if (text !== '' || next === bytes.length) return text === '' && !isEnd ? undefined : { text, end: next };
    end = next;
  }
}

/** The delimiter by which the header has a case and an activity, or else the one that it has most of. */
function delimiterOf(header: string, options: ParserOptions): string {
  const split = (delimiter: string): string[] => cellsOf(header, delimiter);
  const found = DELIMITERS.find((delimiter) => isLogHeader(split(delimiter), options));
  if (found !== undefined) return found;
  return DELIMITERS.reduce((best, delimiter) =>
    split(delimiter).length > split(best).length ? delimiter : best,
  );
}

/** The names of a header line, to see what it is; the parser reads it properly. */
function cellsOf(header: string, delimiter: string): string[] {
  const hidden = header.replace(/"(?:[^"]|"")*"/g, (quoted) => quoted.replaceAll(delimiter, '\u0001'));
  return hidden
    .split(delimiter)
    .map((name) => name.replaceAll('\u0001', delimiter).trim())
    .map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
}

function rowParser(delimiter: string, isOwn: boolean, onRow: (cells: Row, line: number) => void): Parser {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LARGEST_ROW,
    // It costs, so it is asked only where it matters.
    ...(isOwn
      ? {
          cast: (value: string, { quoting }: { quoting: boolean }) =>
            value === '' && !quoting ? null : value,
        }
      : {}),
    on_record: (cells: Row, { lines }) => {
      onRow(cells, lines);
      return null;
    },
  });
  // It says once more by an event what `errored` says.
  parser.on('error', () => undefined);
  return parser;
}

function ended(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', (error) => reject(failureOf(error)));
    parser.once('end', resolve);
    parser.end();
    parser.resume();
  });
}

function failureOf(error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  const line = 'lines' in error && typeof error.lines === 'number' ? ` in line ${error.lines}` : '';
  if (error.code === 'CSV_MAX_RECORD_SIZE' || error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new HistoryFailure(
      'not-history',
      `is not complete CSV: a quotation mark is never closed, seen${line}.`,
    );
  return new HistoryFailure('not-history', `is not CSV: ${error.message}.`);
}
