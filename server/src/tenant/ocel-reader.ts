/**
 * OCEL 2.0 in JSON from any tool. Its events may stand in any order, and before the objects that they belong to: it
 * is read as a stream, and held until its end.
 */
import type { Interaction, JsonObject, JsonValue, RejectedRecord } from '../protocol/history.ts';
import { idOfOcel, OCEL_ATTRIBUTES, OCEL_MARK, OCEL_OBJECTS, OCEL_WORKFLOW } from '../protocol/ocel.ts';
import { excerpt } from './errors.ts';
import {
  HistoryFailure,
  type HistoryParser,
  type ParserOptions,
  type RecordsStretch,
} from './history-parser.ts';
import { isObject, isTooDeep, MAX_DEPTH, parseJson } from './json.ts';
import { type JsonPiece, MemberSplitter } from './json-members.ts';
import { logTime } from './log-times.ts';
import { microsOf, type OcelEvent, OcelLog } from './ocel-log.ts';
import { createReader } from './reader.ts';
import { underNames } from './record-names.ts';
import { are, several } from './xes-trace.ts';

/** Interactions are handed on in stretches of so many. */
const STRETCH = 1000;

export function createOcelParser({ response }: ParserOptions): HistoryParser {
  const reader = createReader(response);
  const named = underNames(response);
  const splitter = new MemberSplitter();
  const log = new OcelLog();
  const counts = { times: 0, time: '', homeless: 0, shared: 0, bare: 0 };
  let isOurs = false;
  let chosen: string | undefined;
  let index = 0;
  let isRead = false;

  const value = (piece: JsonPiece): JsonValue | undefined => {
    try {
      return parseJson(piece.text);
    } catch {
      return undefined;
    }
  };

  /** Takes what a piece says; the reason why it cannot be read. */
  const take = (piece: JsonPiece): string | undefined => {
    if (!piece.isItem) {
      if (piece.member === OCEL_MARK) isOurs = true;
      return undefined;
    }
    const item = value(piece);
    if (item === undefined) return 'is not JSON';
    if (isObject(item) && isTooDeep(item)) return `is nested more than ${MAX_DEPTH} levels deep`;
    switch (piece.member) {
      case 'events':
        return log.addEvent(item);
      case 'objects':
        return log.addObject(item);
      case 'eventTypes':
        log.declare('event', item);
        return undefined;
      case 'objectTypes':
        log.declare('object', item);
        return undefined;
      default:
        return undefined;
    }
  };

  const instant = (text: string): string | undefined => {
    const time = logTime(text);
    if (time === undefined && text.trim() !== '') {
      if (counts.times === 0) counts.time = text;
      counts.times += 1;
    }
    return time;
  };

  const foreign = (id: string, events: readonly OcelEvent[]): JsonObject => {
    const at = (event: OcelEvent): number => microsOf(event.time) ?? Number.POSITIVE_INFINITY;
    const sorted = events
      .map((event) => ({ event, at: at(event) }))
      .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at));
    const object = log.objects.get(id);
    const told = (object?.attributes ?? [])
      .map((one) => ({
        name: one.name,
        value: log.typed('object', object?.type ?? '', one),
        time: one.time ?? Number.NEGATIVE_INFINITY,
      }))
      .sort((a, b) => (a.time === b.time ? 0 : a.time - b.time));
    let state: JsonObject = {};
    let next = 0;
    const steps = sorted.map(({ event, at: time }): JsonObject => {
      const known = told.slice(next).filter((one) => one.time <= time);
      next += known.length;
      if (known.length > 0)
        state = Object.fromEntries([
          ...Object.entries(state),
          ...known.map((one) => [one.name, one.value] as const),
        ]);
      const variablesBefore = state;
      const more = event.attributes.map((one) => [one.name, log.typed('event', event.type, one)] as const);
      if (more.length > 0) state = Object.fromEntries([...Object.entries(state), ...more]);
      const startTime = instant(event.time);
      return {
        nodeId: event.type,
        ...(startTime === undefined ? {} : { startTime }),
        variablesBefore,
        variablesAfter: state,
      };
    });
    return { interactionId: id, steps };
  };

  function* records(): Generator<JsonObject, void, undefined> {
    chosen = log.caseType();
    if (chosen === undefined) return;
    const type = chosen;
    for (const { objects } of log.events) {
      const own = objects.filter((id) => log.objects.get(id)?.type === type).length;
      if (own === 0) counts.homeless += 1;
      if (own > 1) counts.shared += 1;
    }
    for (const [id, places] of log.eventsOf(type)) {
      const events = places.flatMap((at) => log.events[at] ?? []);
      if (isOurs && type === OCEL_OBJECTS.interaction) yield ownRecord(log, id, events);
      else if (events.length > 0) yield foreign(id, events);
      else counts.bare += 1;
    }
  }

  function read(record: JsonObject, interactions: Interaction[], rejected: RejectedRecord[]): void {
    const deep = isDeep(record);
    const raw = deep ? null : named(record);
    const found = raw === null ? `is nested more than ${MAX_DEPTH} levels deep` : reader.read(raw);
    if (typeof found !== 'string') interactions.push(found);
    else {
      rejected.push({
        index,
        reason: `object ${excerpt(String(record['interactionId']), 60)}: ${found}`,
        raw,
      });
    }
    index += 1;
  }

  return {
    push(chunk) {
      isRead ||= chunk.length > 0;
      const rejected: RejectedRecord[] = [];
      for (const piece of splitter.push(chunk)) {
        const reason = take(piece);
        if (reason === undefined) continue;
        rejected.push({ index, reason: `line ${piece.line}: ${reason}`, raw: piece.text.slice(0, 200) });
        index += 1;
      }
      return { kind: 'records', interactions: [], rejected };
    },
    *end() {
      if (!isRead) throw new HistoryFailure('empty', 'is empty; expected an event log.');
      const broken = splitter.end();
      if (broken !== undefined) {
        throw new HistoryFailure('unreadable', `breaks off at ${broken}; fetch it again, whole.`);
      }
      refuseOther(splitter.names);
      let interactions: Interaction[] = [];
      let rejected: RejectedRecord[] = [];
      for (const record of records()) {
        read(record, interactions, rejected);
        if (interactions.length + rejected.length < STRETCH) continue;
        yield { kind: 'records', interactions, rejected } satisfies RecordsStretch;
        interactions = [];
        rejected = [];
      }
      yield { kind: 'records', interactions, rejected };
    },
    notes() {
      const notes = reader.notes();
      const { times, time, homeless, shared, bare } = counts;
      if (chosen !== undefined && chosen !== OCEL_OBJECTS.interaction) {
        const others = log.types().filter((type) => type !== chosen);
        const rest = others.length === 0 ? '' : ` (the other types: ${excerpt(others.join(', '), 120)})`;
        notes.push(
          `Each object of the type “${excerpt(chosen, 60)}” was read as an interaction, for its events follow one another most${rest}.`,
        );
      }
      if (homeless > 0)
        notes.push(
          `${several(homeless, 'event belongs', 'events belong')} to no such object and ${are(homeless)} left out.`,
        );
      if (shared > 0)
        notes.push(
          `${several(shared, 'event belongs', 'events belong')} to several such objects and ${shared === 1 ? 'stands' : 'stand'} in each.`,
        );
      if (bare > 0)
        notes.push(
          `${several(bare, 'such object has', 'such objects have')} no events and ${are(bare)} left out.`,
        );
      if (times > 0)
        notes.push(
          `${several(times, 'time', 'times')} could not be read, such as “${excerpt(time, 40)}”, and ${are(times)} left out.`,
        );
      return notes;
    },
  };
}

function refuseOther(names: ReadonlySet<string>): void {
  if (names.has('events') || names.has('objects') || names.has('eventTypes')) return;
  const isOlder = [...names].some((name) => name.startsWith('ocel:'));
  throw new HistoryFailure(
    'not-history',
    isOlder
      ? 'is OCEL of version 1; save it as OCEL 2.0, which every tool of object-centric logs can.'
      : 'is JSON and no event log: it has neither “events” nor “objects”.',
  );
}

/** Fields of a step, by the names of their attributes. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries(OCEL_ATTRIBUTES).map(([field, name]) => [name, field]),
);

/** An interaction as it was written. */
function ownRecord(log: OcelLog, id: string, events: readonly OcelEvent[]): JsonObject {
  const attributes = log.objects.get(id)?.attributes ?? [];
  const of = (name: string): JsonObject | Record<string, never> => {
    const found = attributes.find((one) => one.name === name);
    return found === undefined ? {} : { [name]: found.value };
  };
  const steps = events.map((event) => {
    const step: Record<string, JsonValue> = { nodeId: event.type };
    let sequence = Number.NaN;
    for (const { name, value } of event.attributes) {
      const field = FIELDS.get(name);
      if (field === 'sequence') sequence = Number(value);
      else if (field !== undefined) step[field] = field.startsWith('variables') ? parsed(value) : value;
    }
    return { step, sequence };
  });
  steps.sort((a, b) => (Number.isNaN(a.sequence - b.sequence) ? 0 : a.sequence - b.sequence));
  return {
    interactionId: idOfOcel(OCEL_OBJECTS.interaction, id),
    ...of(OCEL_WORKFLOW.id),
    ...of(OCEL_WORKFLOW.name),
    steps: steps.map(({ step }) => step),
  };
}

/** Variables; what is no JSON stays what it is, and the reader of records says so. */
function parsed(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  try {
    const exact = parseJson(value);
    // A number that we wrote is one, however long it is: an exact integer was written as text.
    return isObject(exact) && !isTooDeep(exact) ? JSON.parse(value) : exact;
  } catch {
    return value;
  }
}

/** Whether a value of it is nested more deeply than whatever walks it later can bear. */
function isDeep({ steps }: JsonObject): boolean {
  return (
    Array.isArray(steps) &&
    steps.some(
      (step: JsonValue) =>
        isObject(step) && Object.values(step).some((value) => isObject(value) && isTooDeep(value)),
    )
  );
}
