/** A history file of JSON: an array, `{"data": […]}`, or a record or envelope a line. */
import type { Interaction, RejectedRecord } from '../protocol/history.ts';
import {
  FORMS,
  HistoryFailure,
  type HistoryParser,
  type ParserOptions,
  type RecordsStretch,
} from './history-parser.ts';
import { textOfJson } from './json.ts';
import { createReader } from './reader.ts';
import { createRecordScanner, ScanError, type ScannedRecord } from './records.ts';

/** Bytes to records, and records to interactions. */
export function createJsonParser({ response }: ParserOptions): HistoryParser {
  const scanner = createRecordScanner({ response, form: 'file' });
  const reader = createReader(response);
  let index = 0;
  let isAccepted = false;
  let broken = '';

  const records = (scanned: readonly ScannedRecord[]): RecordsStretch => {
    const interactions: Interaction[] = [];
    const rejected: RejectedRecord[] = [];
    for (const record of scanned) {
      const { line } = record;
      const where = line === undefined ? '' : `line ${line}: `;
      const read = record.ok ? reader.read(record.value) : record.reason;
      if (typeof read !== 'string') interactions.push(read);
      else {
        const raw = record.ok ? (textOfJson(record.value) === undefined ? null : record.value) : record.head;
        rejected.push({ index, reason: `${where}${read}`, raw });
        if (broken === '' && !record.ok && line !== undefined && read.startsWith('not '))
          broken = `line ${line} is ${read}`;
      }
      index += 1;
    }
    isAccepted ||= interactions.length > 0;
    return { kind: 'records', interactions, rejected };
  };

  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof ScanError ? failureOf(error) : error;
    }
  };

  return {
    notes: () => reader.notes(),
    push: (chunk) => guarded(() => records(scanner.push(chunk))),
    *end() {
      yield records(guarded(() => scanner.end().last));
      // One line alone that is not JSON is no history file with a bad line: it is no history file.
      if (!isAccepted && broken !== '')
        throw new HistoryFailure('not-history', `is not history: ${broken}; expected ${FORMS}.`);
    },
  };
}

function failureOf({ code, message }: ScanError): HistoryFailure {
  if (code === 'too-large') return new HistoryFailure('too-large', `cannot be read: ${message}; split it.`);
  return code === 'unexpected-answer'
    ? new HistoryFailure('not-history', `is not history: ${message}; expected ${FORMS}.`)
    : new HistoryFailure('not-history', `is not complete JSON: ${message}.`);
}
