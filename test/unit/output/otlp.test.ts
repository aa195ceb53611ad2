/** OTLP exports, held against what the OpenTelemetry packages make of the same spans. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { writeExport } from '../../../server/src/output/exports/write.ts';
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';
import { interaction, step } from '../analysis/support.ts';
import { emptyFolder } from './events.ts';

const value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z.array(z.strictObject({ key: z.string(), value }));
const nanos = z.string().regex(/^\d+$/);
const spanSchema = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string(),
  kind: z.number().int().min(0).max(5),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  status: z.strictObject({ code: z.number().int().min(0).max(2) }),
});
type Span = z.infer<typeof spanSchema>;
const requestSchema = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(spanSchema) }),
      ),
    }),
  ),
});
type OtlpRequest = z.infer<typeof requestSchema>;

async function written(interactions: readonly Interaction[]): Promise<OtlpRequest> {
  const base = await emptyFolder();
  const items = interactions.map((one) => ({ interaction: one, steps: deriveSteps(one).steps }));
  const result = await writeExport('OTLP', items, { base, path: 'a.otlp' });
  if (!result.ok) throw new Error(result.error.message);
  return requestSchema.parse(JSON.parse(await readFile(join(base, 'a.otlp'), 'utf8')));
}

const spansOf = (request: OtlpRequest): Span[] =>
  request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

function attribute(span: Span | undefined, key: string): unknown {
  const found = span?.attributes.find((one) => one.key === key)?.value;
  return found === undefined ? undefined : Object.values(found)[0];
}

type SdkSpan = NonNullable<Parameters<typeof JsonTraceSerializer.serializeRequest>[0]>[number];
type SdkResource = SdkSpan['resource'];

const plain = (given: z.infer<typeof attributes>): Record<string, string | number | boolean> =>
  Object.fromEntries(
    given.map(({ key, value: one }) => [
      key,
      'intValue' in one ? Number(one.intValue) : (Object.values(one)[0] ?? ''),
    ]),
  );

/** A span of the file as the SDK has one, whose types say whether anything is missing. */
function sdkSpan(span: Span, resource: SdkResource, scope: string): SdkSpan {
  const time = (text: string): [number, number] => [
    Number(BigInt(text) / 1_000_000_000n),
    Number(BigInt(text) % 1_000_000_000n),
  ];
  const context = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: 1 });
  return {
    name: span.name,
    kind: span.kind - 1,
    spanContext: () => context(span.spanId),
    ...(span.parentSpanId === undefined ? {} : { parentSpanContext: context(span.parentSpanId) }),
    startTime: time(span.startTimeUnixNano),
    endTime: time(span.endTimeUnixNano),
    duration: [0, 0],
    ended: true,
    status: { code: span.status.code },
    attributes: plain(span.attributes),
    links: [],
    events: [],
    resource,
    instrumentationScope: { name: scope },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** What the packages write for the spans of a file. */
function byPackages(request: OtlpRequest): unknown {
  const spans = request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const held: SdkResource = {
      attributes: plain(resource.attributes),
      merge: () => held,
      getRawAttributes: () => [],
    };
    return scopeSpans.flatMap((one) => one.spans.map((span) => sdkSpan(span, held, one.scope.name)));
  });
  return JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans)));
}

/**
 * Numbers of attributes in one form: the packages write any whole one as an integer, and integers as numbers, which the
 * encoding takes beside text.
 */
function alike(request: unknown): unknown {
  return JSON.parse(
    JSON.stringify(request).replace(/"(?:intValue|doubleValue)":"?(-?[\d.e+-]+)"?/g, '"number":$1'),
  );
}

const routed: Partial<Step> = { nodeName: 'Route', nodeType: 'ROUTING', outcome: 'sales' };
const GIVEN: readonly Interaction[] = [
  {
    ...interaction(
      'int-1',
      step('menu', 1_795_330_800, 1_795_330_805.5, { errorState: false }),
      step('route', 1_795_330_806, null, { ...routed, variablesAfter: { queue: 'sales' } }),
      step('agent', 1_795_330_816, null, { errorState: true }),
    ),
    workflowId: 'wf',
    workflowName: 'Care',
  },
  interaction('int-2', step('menu', null, 1_795_330_805), step('none', null, null)),
  interaction('int-3', step('menu', 20, 10), step('old', -5, -1)),
  interaction('int-1', step('menu', 1, 2)),
  interaction('empty'),
];

describe('an OTLP export', () => {
  it('is what the packages write for the same spans', async () => {
    const request = await written(GIVEN);
    expect(alike(byPackages(request))).toMatchObject(Object(alike(request)));
    expect(await written([])).toEqual({ resourceSpans: [] });
  });

  it('has a trace an interaction, and in it a span a step', async () => {
    const request = await written(GIVEN);
    expect(request.resourceSpans.map(({ scopeSpans }) => scopeSpans[0]?.spans.length)).toEqual([
      4, 3, 3, 2, 1,
    ]);
    const [root, menu, route, agent] = spansOf(request);
    expect(root).toMatchObject({
      // The first 16 bytes of the SHA-256 of int-1, as anyone can work them out.
      traceId: '4ac333a03cd51295eeacfc4eb55ae408',
      name: 'Care',
      startTimeUnixNano: '1795330800000000000',
      endTimeUnixNano: '1795330816000000000',
      status: { code: 2 },
    });
    expect(root?.parentSpanId).toBeUndefined();
    for (const span of [menu, route, agent]) {
      expect([span?.traceId, span?.parentSpanId]).toEqual([root?.traceId, root?.spanId]);
    }
    expect(menu).toMatchObject({
      name: 'menu',
      kind: 1,
      endTimeUnixNano: '1795330805500000000',
      status: { code: 1 },
    });
    expect(route).toMatchObject({
      name: 'Route',
      endTimeUnixNano: '1795330816000000000',
      status: { code: 0 },
    });
    expect(attribute(route, 'cxq.step.end_derived')).toBe(true);
    expect(attribute(route, 'cxq.node.type')).toBe('ROUTING');
    expect(attribute(route, 'cxq.outcome')).toBe('sales');
    expect(attribute(route, 'cxq.step.sequence')).toBe('1');
    expect(attribute(route, 'cxq.step.wait_s')).toBe(0.5);
    expect(attribute(route, 'cxq.variables.after')).toBe('{"queue":"sales"}');
    expect(agent).toMatchObject({ endTimeUnixNano: '1795330816000000000', status: { code: 2 } });
    expect(attribute(agent, 'cxq.step.open')).toBe(true);
    expect(attribute(agent, 'error.type')).toBe('_OTHER');
    expect(request.resourceSpans[0]?.resource.attributes[0]).toEqual({
      key: 'service.name',
      value: { stringValue: 'Care' },
    });
  });

  it('says where a span cannot have the times of its step', async () => {
    const spans = spansOf(await written(GIVEN));
    const named = (trace: number, name: string): Span | undefined =>
      spans.filter((span) => span.name === name)[trace];
    expect(attribute(named(1, 'menu'), 'cxq.step.start_unknown')).toBe(true);
    expect(named(0, 'none')).toMatchObject({ startTimeUnixNano: '1795330805000000000' });
    expect(attribute(named(2, 'menu'), 'cxq.step.end')).toBe('1970-01-01T00:00:10.000Z');
    expect(named(0, 'old')).toMatchObject({ startTimeUnixNano: '0', endTimeUnixNano: '0' });
    expect(attribute(named(0, 'old'), 'cxq.step.start')).toBe('1969-12-31T23:59:55.000Z');
    expect(attribute(named(0, 'old'), 'cxq.step.end')).toBe('1969-12-31T23:59:59.000Z');
    for (const span of spans)
      expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
  });

  it('has no two spans of one id, and the same ones each time', async () => {
    const request = await written(GIVEN);
    const ids = spansOf(request).map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(spansOf(request).map(({ traceId }) => traceId)).size).toBe(4);
    expect(await written(GIVEN)).toEqual(request);
  });
});
