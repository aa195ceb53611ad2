/** XES after IEEE 1849-2016, in XML: a trace an interaction, and two events a step. */
import type { JsonObject, Step } from '../../protocol/history.ts';
import { formatInstant, type Micros } from '../../protocol/instant.ts';
import { CXQ_KEYS, XES_EXTENSION, XES_KEYS, XES_NAMESPACE } from '../../protocol/xes.ts';
import type { ExportInteraction, ExportStep } from './item.ts';
import { isXmlInstant, xesBoolean, xesDate, xesObject, xesString, xesVariables } from './xes-attributes.ts';

const EXTENSIONS = [
  ...['Concept', 'Time', 'Lifecycle'].map((name) => ({ name, prefix: name.toLowerCase() })),
  { name: 'Organizational', prefix: 'org' },
].map(({ name, prefix }) => ({ name, prefix, uri: `${XES_NAMESPACE}${prefix}.xesext` }));

/**
 * What stands before the traces. Only what every trace and event has is a global attribute: `time:timestamp` is none,
 * for a step may have no times.
 */
export function xesHead(): string {
  const unknown = (key: string): string => xesString(key, 'UNKNOWN');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<log xes.version="1849.2016" xes.features="nested-attributes" xmlns="${XES_NAMESPACE}">`,
    ...[...EXTENSIONS, XES_EXTENSION].map(
      ({ name, prefix, uri }) => `\t<extension name="${name}" prefix="${prefix}" uri="${uri}"/>`,
    ),
    `\t<global scope="trace">${unknown(XES_KEYS.name)}</global>`,
    `\t<global scope="event">${[XES_KEYS.name, XES_KEYS.instance, XES_KEYS.transition].map(unknown).join('')}</global>`,
    `\t<classifier name="Activity" scope="event" keys="${XES_KEYS.name}"/>`,
    `\t${xesString('lifecycle:model', 'standard')}`,
    '',
  ].join('\n');
}

export const XES_TAIL = '</log>\n';

export function xesTrace({ interaction, steps }: ExportInteraction): string {
  const { interactionId, workflowId, workflowName } = interaction;
  const parts = [
    '\t<trace>',
    `\t\t${xesString(XES_KEYS.name, interactionId)}`,
    ...optional(CXQ_KEYS.workflowId, workflowId).map((text) => `\t\t${text}`),
    ...optional(CXQ_KEYS.workflowName, workflowName).map((text) => `\t\t${text}`),
  ];
  for (const event of inTimeOrder(steps.flatMap(eventsOf))) parts.push(eventText(event));
  parts.push('\t</trace>', '');
  return parts.join('\n');
}

interface Event {
  readonly step: Step;
  readonly sequence: number;
  readonly transition: 'start' | 'complete';
  readonly time: Micros | null;
  /** The step has no other event. */
  readonly isOnly: boolean;
}

function eventsOf({ step, sequence }: ExportStep): Event[] {
  const { startTime, endTime } = step;
  const isOnly = startTime === null || endTime === null;
  const start = { step, sequence, transition: 'start', time: startTime, isOnly } as const;
  const complete = { step, sequence, transition: 'complete', time: endTime, isOnly } as const;
  if (!isOnly) return [start, complete];
  return [startTime === null ? complete : start];
}

/** Tools take the order of the file as that of time. What has no time stays behind what it came after. */
function inTimeOrder(events: readonly Event[]): Event[] {
  let last = Number.NEGATIVE_INFINITY;
  const timed = events.map((event) => {
    last = event.time ?? last;
    return { event, at: last };
  });
  // Both begin with what has no time, where anything does.
  return timed.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ event }) => event);
}

function eventText({ step, sequence, transition, time, isOnly }: Event): string {
  const isStart = transition === 'start';
  const attributes = [
    xesString(XES_KEYS.name, step.nodeId),
    xesString(XES_KEYS.instance, String(sequence)),
    xesString(XES_KEYS.transition, transition),
    ...(time === null ? [] : [timeOf(time)]),
    ...optional(CXQ_KEYS.nodeName, step.nodeName),
    ...optional(CXQ_KEYS.nodeType, step.nodeType),
  ];
  if (!isStart || isOnly) {
    attributes.push(...optional(CXQ_KEYS.outcome, step.outcome));
    if (step.errorState !== null) attributes.push(xesBoolean(CXQ_KEYS.errorState, step.errorState));
  }
  const own = isStart ? step.variablesBefore : step.variablesAfter;
  const other = isStart ? step.variablesAfter : step.variablesBefore;
  if (isOnly && other !== null) attributes.push(xesObject(isStart ? CXQ_KEYS.after : CXQ_KEYS.before, other));
  attributes.push(...variablesOf(own));
  return `\t\t<event>\n${attributes.map((text) => `\t\t\t${text}\n`).join('')}\t\t</event>`;
}

/** A time of the year 0, which XML Schema does not have, stands there as text. */
function timeOf(time: Micros): string {
  const text = formatInstant(time);
  return isXmlInstant(text) ? xesDate(XES_KEYS.time, text) : xesString(XES_KEYS.time, text);
}

function variablesOf(values: JsonObject | null): string[] {
  if (values === null) return [];
  const attributes = xesVariables(values);
  return attributes.length === 0 ? [xesBoolean(CXQ_KEYS.none, true)] : attributes;
}

function optional(key: string, text: string | null): string[] {
  return text === null ? [] : [xesString(key, text)];
}
