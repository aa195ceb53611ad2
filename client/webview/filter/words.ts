/** What is filtered by, in words: for the bar, for announcements, for captions of pictures. */
import type { Condition, Filter, StepMark } from '../../../server/src/protocol/panel-filter.ts';
import { brief, duration, instant, plural } from '../format.ts';
import type { NameOf } from '../names.ts';

/** Characters of a name, a value or a search that are told. */
const LONG = 60;

export const MARK_WORDS: Readonly<Record<StepMark, string>> = {
  bottleneck: 'bottlenecks',
  error: 'errors',
  matching: 'matching the query',
  open: 'open steps',
};

/** One condition: "node Priority routing", "dwell 10–20 s", "priority changed to 'high'". */
export function conditionWords(condition: Condition, nameOf: NameOf, timeZone: string): string {
  const node = (nodeId: string): string => brief(nameOf(nodeId), LONG);
  switch (condition.kind) {
    case 'mark':
      return MARK_WORDS[condition.mark];
    case 'node':
      return `node ${node(condition.nodeId)}`;
    case 'outcome':
      return `outcome ${node(condition.outcome)} of ${node(condition.nodeId)}`;
    case 'dwell':
      return dwellWords(condition.from, condition.to);
    case 'time':
      return timeWords(condition.from, condition.to, timeZone);
    case 'variable':
      return variableWords(condition);
    case 'search':
      return `search “${brief(condition.text, LONG)}”`;
    case 'edge':
      if (condition.from === null && condition.to === null) return 'without steps';
      if (condition.from === null) return `begin with ${node(condition.to ?? '')}`;
      if (condition.to === null) return `end with ${node(condition.from)}`;
      return `from ${node(condition.from)} to ${node(condition.to)}`;
    case 'path':
      return condition.nodes.length === 0
        ? 'empty path'
        : `path of ${plural(condition.nodes.length, 'node')}`;
    case 'interactions':
      return condition.label.trim() === ''
        ? plural(condition.ids.length, 'interaction')
        : brief(condition.label, 2 * LONG);
  }
}

/** The whole filter in one phrase: "node Priority routing and errors"; "all interactions" without a condition. */
export function filterWords(filter: Filter, nameOf: NameOf, timeZone: string): string {
  const words = filter.map((condition) => conditionWords(condition, nameOf, timeZone));
  const last = words.pop();
  if (last === undefined) return 'all interactions';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

function dwellWords(from: number | null, to: number | null): string {
  if (from === null && to === null) return 'dwell known';
  if (to === null) return `dwell from ${duration(from)}`;
  if (from === null || from === 0) return `dwell below ${duration(to)}`;
  const [low, high] = [duration(from), duration(to)];
  const unit = / \S+$/.exec(high)?.[0] ?? '';
  const simple = /^\S+ \S+$/;
  return simple.test(low) && simple.test(high) && low.endsWith(unit)
    ? `dwell ${low.slice(0, -unit.length)}–${high}`
    : `dwell ${low} – ${high}`;
}

/** To the minute where the seconds are none, to the day where it is whole days. */
function timeWords(from: string | null, to: string | null, zone: string): string {
  const [start, end] = [moment(from, zone), moment(to, zone)];
  if (start === undefined && end === undefined) return 'any time';
  if (end === undefined) return `since ${start?.day} ${start?.time}`;
  if (start === undefined) return `until ${end.day} ${end.time}`;
  const other = start.zone === end.zone ? '' : ` ${end.zone}`;
  const first = `${start.day} ${start.time}${other === '' ? '' : ` ${start.zone}`}`;
  if (start.day === end.day) return `${first}–${end.time}${other}`;
  if (start.time === '00:00' && end.time === '00:00' && nextDay(start.day) === end.day) return start.day;
  return `${first} – ${end.day} ${end.time}${other}`;
}

interface Moment {
  readonly day: string;
  readonly time: string;
  readonly zone: string;
}

function moment(text: string | null, timeZone: string): Moment | undefined {
  if (text === null) return undefined;
  const [day = '', time = '', ...zone] = instant(text, timeZone).split(' ');
  return { day, time: time.replace(/^(\d\d:\d\d):00$/, '$1'), zone: zone.join(' ') };
}

function nextDay(day: string): string {
  const millis = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(millis) ? '' : new Date(millis + 86_400_000).toISOString().slice(0, 10);
}

const CHANGED: Readonly<
  Record<NonNullable<Extract<Condition, { kind: 'variable' }>['change']> | 'any', string>
> = {
  any: 'changed',
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  typeChanged: 'changed its type',
  outside: 'changed outside a step',
};

function variableWords({ name, change, before, after }: Extract<Condition, { kind: 'variable' }>): string {
  const from = before === null ? '' : ` from ${valueWords(before)}`;
  const to = after === null ? '' : `${change === 'added' ? ' as' : ' to'} ${valueWords(after)}`;
  return `${brief(name, LONG)} ${CHANGED[change ?? 'any']}${from}${to}`;
}

/** JSON text as a query writes it: strings in single quotes. */
function valueWords(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return brief(json, LONG);
  }
  return typeof value === 'string' ? `'${brief(value, LONG)}'` : brief(json, LONG);
}
