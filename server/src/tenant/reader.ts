/** A tenant's record → an interaction, or the reason why it cannot be read. Tolerant, and losing nothing. */
import type { Interaction, JsonObject, JsonValue, Step } from '../protocol/history.ts';
import { isWritable, MICROS_PER_MILLI, MICROS_PER_SECOND, type Micros } from '../protocol/instant.ts';
import type { Profile } from '../protocol/profile.ts';
import { excerpt } from './errors.ts';
import { type Getter, getter, isObject, isTooDeep, MAX_DEPTH } from './json.ts';
import { fastInstant, readDuration, readEpoch, readInstant } from './times.ts';

export interface Reader {
  /** The interaction, or why the record cannot be read. */
  read(record: JsonValue): Interaction | string;
  /** Sentences about what was assumed in the records read so far. */
  notes(): string[];
  /** How often, by the name of the assumption: what another reader goes on from. */
  assumed(): Readonly<Record<Assumption, number>>;
}

export type Assumption = 'utc' | 'milliseconds' | 'seconds';

/** Why a value cannot be read; never leaves this file. */
class Unreadable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * A reader for a profile's response mapping. Ids may be numbers, booleans may be text, 0 or 1, a time without a zone
 * is UTC, a time may be a number (see `readEpoch`), `duration` (seconds; milliseconds where the mapped name ends in
 * Ms) may stand in for `endTime`.
 */
export function createReader(
  response: Profile['response'],
  assumed: Readonly<Record<string, number>> = {},
): Reader {
  const { map } = response;
  const place = (field: keyof typeof map): Getter => getter(map[field] ?? field);
  const getId = place('interactionId');
  const getWorkflowId = place('workflowId');
  const getWorkflowName = place('workflowName');
  const getSteps = getter(response.steps);
  const getNodeId = place('nodeId');
  const getNodeName = place('nodeName');
  const getNodeType = place('nodeType');
  const getStart = place('startTime');
  const getEnd = place('endTime');
  const getDuration = place('duration');
  const durationUnit = /(ms|millis)$/i.test(map['duration'] ?? '') ? MICROS_PER_MILLI : MICROS_PER_SECOND;
  const getError = place('errorState');
  const getOutcome = place('outcome');
  const getBefore = place('variablesBefore');
  const getAfter = place('variablesAfter');
  const counts: Record<Assumption, number> = {
    utc: assumed['utc'] ?? 0,
    milliseconds: assumed['milliseconds'] ?? 0,
    seconds: assumed['seconds'] ?? 0,
  };

  const time = (value: JsonValue | undefined, field: string, index: number): Micros | null => {
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'string') {
      const fast = fastInstant(value);
      if (fast !== undefined) return fast;
      const parsed = readInstant(value);
      if (parsed !== undefined && isWritable(parsed.micros)) {
        if (!parsed.zoned) counts.utc += 1;
        return parsed.micros;
      }
    }
    if (typeof value === 'number') {
      const read = readEpoch(value);
      if (!read.ok)
        throw new Unreadable(`step ${index + 1}: ${field} is a number ${read.why}: ${shown(value)}`);
      counts[read.unit] += 1;
      return read.micros;
    }
    throw new Unreadable(`step ${index + 1}: ${field} is not a time: ${shown(value)}`);
  };

  const end = (step: JsonObject, start: Micros | null, index: number): Micros | null => {
    const endTime = time(getEnd(step), 'endTime', index);
    if (endTime !== null || start === null) return endTime;
    const duration = getDuration(step);
    if (duration === undefined || duration === null || duration === '') return null;
    const length =
      typeof duration === 'number' || typeof duration === 'string'
        ? readDuration(duration, durationUnit)
        : undefined;
    if (length === undefined) {
      throw new Unreadable(`step ${index + 1}: duration is not a number of seconds: ${shown(duration)}`);
    }
    const ended = start + length;
    if (!isWritable(ended)) {
      throw new Unreadable(`step ${index + 1}: duration leads beyond the year 9999: ${shown(duration)}`);
    }
    return ended;
  };

  const readStep = (step: JsonValue, index: number): Step => {
    if (!isObject(step)) throw new Unreadable(`step ${index + 1} is not an object: ${shown(step)}`);
    const nodeId = id(getNodeId(step));
    if (nodeId === null) throw new Unreadable(`step ${index + 1} has no nodeId`);
    const startTime = time(getStart(step), 'startTime', index);
    return {
      nodeId,
      nodeName: text(getNodeName(step)),
      nodeType: text(getNodeType(step)),
      startTime,
      endTime: end(step, startTime, index),
      errorState: boolean(getError(step), index),
      outcome: text(getOutcome(step)),
      variablesBefore: variables(getBefore(step), 'variablesBefore', index),
      variablesAfter: variables(getAfter(step), 'variablesAfter', index),
    };
  };

  const readRecord = (record: JsonValue): Interaction => {
    if (!isObject(record)) throw new Unreadable(`is not an object: ${shown(record)}`);
    const interactionId = id(getId(record));
    if (interactionId === null) throw new Unreadable('has no interactionId');
    const steps = getSteps(record);
    if (steps === undefined || steps === null) throw new Unreadable(`has no ${response.steps}`);
    if (!Array.isArray(steps)) throw new Unreadable(`${response.steps} is not a list: ${shown(steps)}`);
    // Whatever walks a record later does so by recursion.
    if (isTooDeep(record)) throw new Unreadable(`is nested more than ${MAX_DEPTH} levels deep`);
    return {
      interactionId,
      workflowId: text(getWorkflowId(record)),
      workflowName: text(getWorkflowName(record)),
      steps: steps.map(readStep),
      raw: record,
    };
  };

  return {
    read(record) {
      try {
        return readRecord(record);
      } catch (error) {
        if (error instanceof Unreadable) return error.reason;
        throw error;
      }
    },
    notes() {
      const notes: string[] = [];
      const { utc } = counts;
      if (utc > 0) {
        notes.push(
          `${utc === 1 ? '1 time had' : `${utc} times had`} no time zone and ${utc === 1 ? 'was' : 'were'} read as UTC.`,
        );
      }
      for (const unit of ['milliseconds', 'seconds'] as const) {
        const count = counts[unit];
        if (count === 0) continue;
        notes.push(
          `${count === 1 ? '1 time was a number and was' : `${count} times were numbers and were`} read as ${unit} since 1970.`,
        );
      }
      return notes;
    },
    assumed: () => ({ ...counts }),
  };
}

/** An id as text; null where there is none. Numbers beyond 2^53 have come as their exact text (see json.ts). */
function id(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  // A number too large for one cannot be told from others, nor be written again.
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : null;
}

function text(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function boolean(value: JsonValue | undefined, index: number): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null || value === '') return null;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === 'true' || word === 1 || word === '1') return true;
  if (word === 'false' || word === 0 || word === '0') return false;
  throw new Unreadable(`step ${index + 1}: errorState is neither true nor false: ${shown(value)}`);
}

function variables(value: JsonValue | undefined, field: string, index: number): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (isObject(value)) return value;
  throw new Unreadable(`step ${index + 1}: ${field} is not an object: ${shown(value)}`);
}

function shown(value: JsonValue): string {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : excerpt(JSON.stringify(value), 60);
}
