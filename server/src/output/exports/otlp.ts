/**
 * OTLP traces in JSON: a trace an interaction, its root span the interaction, a span a step. As the encoding has them,
 * ids are hexadecimal, enumerations integers, and integers of 64 bits text.
 */
import { createHash } from 'node:crypto';
import { formatInstant, type Micros, toSeconds } from '../../protocol/instant.ts';
import type { ExportInteraction, ExportStep } from './item.ts';
import type { ExportWriter } from './writer.ts';

/** Span kinds and status codes of the protocol. */
const INTERNAL = 1;
const STATUS = { unset: 0, ok: 1, error: 2 } as const;

type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number };

interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number };
}

export function createOtlpWriter(): ExportWriter {
  const counts = new Map<string, number>();
  return {
    head: '{"resourceSpans":[',
    item(exported, first) {
      const { interactionId } = exported.interaction;
      const count = (counts.get(interactionId) ?? 0) + 1;
      counts.set(interactionId, count);
      return `${first ? '' : ','}${JSON.stringify(resourceSpans(exported, count))}`;
    },
    tail: () => [']}\n'],
  };
}

function resourceSpans({ interaction, steps }: ExportInteraction, count: number): object {
  const { interactionId, workflowId, workflowName } = interaction;
  const trace = digest(interactionId, 16);
  /** One that comes again, changed meanwhile, is of the same trace, and has spans of its own. */
  const spanId = (of: string): string => digest(JSON.stringify([interactionId, count, of]), 8);
  const rootId = spanId('');
  const span = (given: Omit<Span, 'traceId' | 'kind'>): Span => ({
    traceId: trace,
    ...given,
    kind: INTERNAL,
  });
  const [from, to] = extent(steps);
  const errors = steps.map(({ step }) => step.errorState);
  const root = span({
    spanId: rootId,
    name: workflowName ?? workflowId ?? 'interaction',
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(to),
    attributes: [
      ...text('cxq.interaction.id', interactionId),
      ...text('cxq.workflow.id', workflowId),
      ...text('cxq.workflow.name', workflowName),
      integer('cxq.steps', steps.length),
    ],
    status: statusOf(errors.includes(true) ? true : (errors.find((error) => error !== null) ?? null)),
  });
  let before = from;
  const spans = steps.map((exported): Span => {
    const { step, sequence, dwell, wait } = exported;
    const start = step.startTime ?? step.endTime ?? before;
    before = start;
    const end = endOf(exported, start);
    return span({
      spanId: spanId(String(sequence)),
      parentSpanId: rootId,
      name: step.nodeName ?? step.nodeId,
      startTimeUnixNano: nanos(start),
      endTimeUnixNano: nanos(end),
      attributes: [
        ...text('cxq.interaction.id', interactionId),
        ...text('cxq.node.id', step.nodeId),
        ...text('cxq.node.name', step.nodeName),
        ...text('cxq.node.type', step.nodeType),
        ...text('cxq.outcome', step.outcome),
        integer('cxq.step.sequence', sequence),
        ...double('cxq.step.dwell_s', dwell),
        ...double('cxq.step.wait_s', wait),
        ...timing(exported, start, end),
        ...text('cxq.variables.before', json(step.variablesBefore)),
        ...text('cxq.variables.after', json(step.variablesAfter)),
        ...(step.errorState === true ? text('error.type', '_OTHER') : []),
      ],
      status: statusOf(step.errorState),
    });
  });
  return {
    resource: {
      attributes: [
        ...text('service.name', workflowName ?? workflowId ?? 'workflow'),
        ...text('service.namespace', 'cxq'),
      ],
    },
    scopeSpans: [{ scope: { name: 'cxq' }, spans: [root, ...spans] }],
  };
}

/** Where a span ends: where its step did, or where its dwell does; an open step ends where it began. */
function endOf({ step, dwell }: ExportStep, start: Micros): Micros {
  return Math.max(start, step.endTime ?? start + (dwell ?? 0));
}

/** What a reader has to know where a span does not have the times that the tenant gave. */
function timing({ step, dwell }: ExportStep, start: Micros, end: Micros): Attribute[] {
  const { startTime, endTime } = step;
  const told: Attribute[] = [];
  if (startTime === null) told.push(flag('cxq.step.start_unknown'));
  if (endTime === null) told.push(flag(dwell === null ? 'cxq.step.open' : 'cxq.step.end_derived'));
  // A span cannot say these: it may neither end before it starts nor lie before 1970.
  if (startTime !== null && start < 0) told.push(...text('cxq.step.start', formatInstant(startTime)));
  if (endTime !== null && (endTime !== end || end < 0))
    told.push(...text('cxq.step.end', formatInstant(endTime)));
  return told;
}

/** From the earliest time of the steps to the latest; 0 where they have none. */
function extent(steps: readonly ExportStep[]): readonly [Micros, Micros] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const exported of steps) {
    const start = exported.step.startTime ?? exported.step.endTime;
    if (start === null) continue;
    from = Math.min(from, start);
    to = Math.max(to, endOf(exported, start));
  }
  return from <= to ? [from, to] : [0, 0];
}

function statusOf(error: boolean | null): { readonly code: number } {
  return { code: error === null ? STATUS.unset : error ? STATUS.error : STATUS.ok };
}

/** The first bytes of a SHA-256, in hexadecimal. */
function digest(of: string, bytes: number): string {
  return createHash('sha256')
    .update(of)
    .digest('hex')
    .slice(0, bytes * 2);
}

function nanos(micros: Micros): string {
  return String(BigInt(Math.max(0, micros)) * 1000n);
}

function text(key: string, value: string | null): Attribute[] {
  return value === null ? [] : [{ key, value: { stringValue: value } }];
}

function integer(key: string, value: number): Attribute {
  return { key, value: { intValue: String(value) } };
}

function double(key: string, value: Micros | null): Attribute[] {
  return value === null ? [] : [{ key, value: { doubleValue: toSeconds(value) } }];
}

function flag(key: string): Attribute {
  return { key, value: { boolValue: true } };
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
