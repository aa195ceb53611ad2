/** The rows of an interaction → its record, as the tenant would have sent it. */

import { denature } from '../protocol/formula.ts';
import type { JsonObject, JsonValue } from '../protocol/history.ts';
import { formatInstant } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import type { ColumnRole, CsvColumns } from './csv-columns.ts';
import type { Cells, Times } from './csv-table.ts';
import { parseJson } from './json.ts';
import { type Pairing, pairEvents } from './lifecycle.ts';

/** A CSV file, read. */
export interface CsvRows {
  readonly columns: CsvColumns;
  /** Columns of the header. */
  readonly width: number;
  readonly delimiter: string;
  /** The id of each row's interaction. */
  readonly cases: Cells;
  /** The line of the first row of each interaction. */
  readonly lines: number[];
  /** The other columns, by position. */
  readonly cells: ReadonlyMap<number, Cells>;
  readonly times: readonly (readonly [number, Times])[];
  count: number;
}

interface CsvRecord {
  readonly record: JsonObject;
  readonly line: number;
}

export interface CaseRecords {
  /** The records that the rows of one id hold: one, or several where an id came twice in our own file. */
  of(rows: Int32Array): readonly CsvRecord[];
  notes(): readonly string[];
}

/** A step that is being put together. */
type Draft = Map<string, JsonValue>;

interface Variable {
  readonly name: string;
  readonly isOfCase: boolean;
  readonly cells: Cells;
  /** What each distinct text of the column means. */
  readonly values: readonly JsonValue[];
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DECIMAL_COMMA = /^-?(?:0|[1-9]\d*)(?:,\d+)?$/;

/** What each text of a column means: numbers where all are numbers, true and false where all are, or else text. */
function valuesOf(texts: readonly string[], delimiter: string): readonly JsonValue[] {
  const isAll = (known: (text: string) => boolean): boolean => texts.every(known);
  if (isAll((text) => /^(?:true|false)$/i.test(text)))
    return texts.map((text) => text.toLowerCase() === 'true');
  if (isAll((text) => NUMBER.test(text))) return texts.map(exact);
  if (delimiter !== ',' && isAll((text) => DECIMAL_COMMA.test(text)))
    return texts.map((text) => exact(text.replace(',', '.')));
  return texts;
}

/** An integer that a number cannot hold stays text, as in JSON. */
function exact(text: string): JsonValue {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

/** Under which names a record has its fields. */
function namesOf({ map }: Profile['response']) {
  const named = (field: keyof typeof map): string => map[field] ?? field;
  return {
    endTime: named('endTime'),
    errorState: named('errorState'),
    interactionId: named('interactionId'),
    nodeId: named('nodeId'),
    nodeName: named('nodeName'),
    nodeType: named('nodeType'),
    outcome: named('outcome'),
    startTime: named('startTime'),
    variablesAfter: named('variablesAfter'),
    variablesBefore: named('variablesBefore'),
    workflowId: named('workflowId'),
    workflowName: named('workflowName'),
  };
}

/** Makes the records under the names that `response` says. */
export function caseRecords(rows: CsvRows, response: Profile['response']): CaseRecords {
  const { columns, delimiter } = rows;
  const { roles, isOwn, sequence } = columns;
  const named = namesOf(response);
  const times = new Map(rows.times);
  const variables = columns.variables.flatMap(({ at, name }): Variable[] => {
    const cells = rows.cells.get(at);
    if (cells === undefined || cells.values.length === 0) return [];
    return [{ name, isOfCase: name.startsWith('case:'), cells, values: valuesOf(cells.values, delimiter) }];
  });
  const text = (role: ColumnRole, row: number): string | null => {
    const at = roles.get(role);
    const cell = at === undefined ? null : (rows.cells.get(at)?.at(row) ?? null);
    return cell !== null && isOwn ? denature(cell) : cell;
  };
  const time = (role: 'start' | 'end', row: number): JsonValue => {
    const at = roles.get(role);
    const value = at === undefined ? null : (times.get(at)?.at(row) ?? null);
    return typeof value === 'number' ? formatInstant(value) : value;
  };
  let ignored = 0;
  let otherLifecycle = 0;

  const put = (step: Draft, name: string, value: JsonValue): void => {
    if (value !== null) step.set(name, value);
  };

  /** What a row says of its step, but its times. */
  const say = (step: Draft, row: number): void => {
    put(step, named.nodeId, text('activity', row));
    put(step, named.nodeName, text('name', row));
    put(step, named.nodeType, text('type', row));
    const failed = text('error', row);
    put(
      step,
      named.errorState,
      failed !== null && /^(?:true|false)$/.test(failed) ? failed === 'true' : failed,
    );
    put(step, named.outcome, text('outcome', row));
    put(step, named.variablesBefore, json(text('before', row)));
    put(step, named.variablesAfter, json(text('after', row)));
  };

  /** When the step of these rows was. */
  const timesOf = (
    first: number | null,
    last: number | null,
    hasStarts: boolean,
  ): readonly [JsonValue, JsonValue] => {
    if (first !== null && first === last) return [time('start', first), time('end', first)];
    if (first !== null)
      return [
        time('start', first) ?? time('end', first),
        last === null ? null : (time('end', last) ?? time('start', last)),
      ];
    if (last === null) return [null, null];
    const from = time('start', last);
    const to = time('end', last);
    // Where other steps have a row for their start, what has none took no time.
    if (hasStarts && (from === null || to === null)) return [from ?? to, to ?? from];
    return [from, to];
  };

  /** Sets the variables that a row says, those of the case or those of the step; tells whether any is another now. */
  const learn = (state: Map<string, JsonValue>, row: number, isOfCase: boolean): boolean => {
    let isChanged = false;
    for (const variable of variables) {
      if (variable.isOfCase !== isOfCase) continue;
      const value = variable.values[variable.cells.code(row)];
      if (value === undefined || state.get(variable.name) === value) continue;
      state.set(variable.name, value);
      isChanged = true;
    }
    return isChanged;
  };

  /** The rows of each step, by their places among those of the interaction. */
  const pairsOf = (group: readonly number[]): Pick<Pairing, 'steps' | 'hasStarts'> => {
    if (!roles.has('lifecycle'))
      return { steps: group.map((_, at) => ({ start: at, end: at })), hasStarts: false };
    const pairing = pairEvents(
      group.map((row) => ({
        name: text('activity', row) ?? '',
        instance: text('instance', row),
        transition: text('lifecycle', row)?.trim().toLowerCase() ?? null,
      })),
    );
    ignored += pairing.ignored;
    if (pairing.isOtherLifecycle) otherLifecycle += 1;
    return pairing;
  };

  const stepsOf = (group: readonly number[]): JsonObject[] => {
    const { steps, hasStarts } = pairsOf(group);
    const before = new Map<number, JsonObject>();
    const after = new Map<number, JsonObject>();
    if (variables.length > 0) {
      const begins = new Set(steps.map(({ start, end }) => start ?? end));
      const ends = new Set(steps.map(({ start, end }) => end ?? start));
      const state = new Map<string, JsonValue>();
      for (const row of group) learn(state, row, true);
      // The same object until something changes: most of what comes after one step comes before the next.
      let held: JsonObject = Object.fromEntries(state);
      for (const [at, row] of group.entries()) {
        if (begins.has(at)) before.set(at, held);
        if (learn(state, row, false)) held = Object.fromEntries(state);
        if (ends.has(at)) after.set(at, held);
      }
    }
    const rowAt = (at: number | null): number | null => (at === null ? null : (group[at] ?? null));
    return steps.map(({ start, end }) => {
      const step: Draft = new Map();
      const first = rowAt(start);
      const last = rowAt(end);
      if (first !== null) say(step, first);
      if (last !== null && last !== first) say(step, last);
      const [from, to] = timesOf(first, last, hasStarts);
      put(step, named.startTime, from);
      put(step, named.endTime, to);
      if (!roles.has('before')) put(step, named.variablesBefore, before.get(start ?? end ?? 0) ?? null);
      if (!roles.has('after')) put(step, named.variablesAfter, after.get(end ?? start ?? 0) ?? null);
      return Object.fromEntries(step);
    });
  };

  return {
    of(group) {
      const first = group[0] ?? 0;
      const code = rows.cases.code(first);
      const id = rows.cases.at(first) ?? '';
      const line = rows.lines[code] ?? 0;
      return inTurn(group, sequence === undefined ? undefined : rows.cells.get(sequence)).map((turn) => {
        const record: Draft = new Map();
        const row = turn[0] ?? first;
        record.set(named.interactionId, isOwn ? denature(id) : id);
        put(record, named.workflowId, text('workflow', row));
        put(record, named.workflowName, text('workflowname', row));
        record.set(response.steps, stepsOf(turn));
        return { record: Object.fromEntries(record), line };
      });
    },
    notes() {
      const notes: string[] = [];
      if (ignored > 0)
        notes.push(
          `${ignored === 1 ? '1 row is' : `${ignored} rows are`} neither the start nor the end of a step (scheduled, assigned, suspended …) and ${ignored === 1 ? 'is' : 'are'} left out.`,
        );
      if (otherLifecycle > 0)
        notes.push(
          `${otherLifecycle === 1 ? '1 interaction has' : `${otherLifecycle} interactions have`} no row that starts or completes anything: each row was read as a step.`,
        );
      return notes;
    },
  };
}

/**
 * The rows of an id in the order in which our own file numbers its steps; where the numbers begin again, another
 * interaction of that id does. Rows of other files stay as they are.
 */
function inTurn(group: Int32Array, sequence: Cells | undefined): readonly (readonly number[])[] {
  if (sequence === undefined) return [[...group]];
  const place = (row: number): number => Number(sequence.at(row) ?? 0);
  const turns: number[][] = [];
  for (const row of group) {
    const turn = turns.at(-1);
    if (place(row) === 0) turns.push([row]);
    else if (turn?.length === place(row)) turn.push(row);
    else return sorted(group, place);
  }
  return turns;
}

/** The same where a person has sorted the rows: a number that comes again belongs to another interaction. */
function sorted(group: Int32Array, place: (row: number) => number): readonly (readonly number[])[] {
  const turns: number[][] = [];
  const seen = new Map<number, number>();
  for (const row of group) {
    const turn = seen.get(place(row)) ?? 0;
    seen.set(place(row), turn + 1);
    const rows = turns[turn] ?? [];
    if (rows.length === 0) turns[turn] = rows;
    rows.push(row);
  }
  for (const turn of turns) turn.sort((a, b) => place(a) - place(b));
  return turns;
}

/** The object that a cell holds; what is none stays text, which the reader refuses with its words. */
function json(cell: string | null): JsonValue {
  if (cell === null) return null;
  try {
    return parseJson(cell);
  } catch (error) {
    if (error instanceof SyntaxError) return cell;
    throw error;
  }
}
