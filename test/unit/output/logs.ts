/** Interactions of every kind that an export may meet, hostile ones among them. */
import fc from 'fast-check';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import type { ExportInteraction } from '../../../server/src/output/exports/item.ts';
import type { Interaction, JsonObject, JsonValue, Step } from '../../../server/src/protocol/history.ts';

/** Names that XML, JSON or JavaScript might take for something else. */
const NAMES = [
  'queue',
  'a b',
  'a_b',
  '_',
  '',
  '1st',
  'größe',
  'Ω',
  '漢字',
  'cxq:key',
  'cxq:before',
  'concept:name',
  'time:timestamp',
  'org:resource',
  'org:role',
  'start_timestamp',
  'a:b',
  '__proto__',
  'constructor',
  'values',
  'item',
  '<b>&amp;"\'',
  'tab\tline\r\nend',
  '\u0000\u001b\ufffe',
  '\ud800',
  '😀',
  '𝒳',
  ' ',
  '-x',
  'x.y-z',
  'ÿ×÷',
  'º',
] as const;

const TEXTS = [
  '',
  ' padded ',
  '2026-11-22T07:00:00.000Z',
  '2026-02-30T07:00:00Z',
  '2026-11-22T07:00:00+14:30',
  '0000-01-01T00:00:00Z',
  '2026-11-22 07:00',
  '2026-11-22T07:00:00.123456789+01:00',
  '\\u0041 \\\\',
  'C:\\temp\\u0000',
  '\\u0000\u0000\\',
  '\u0085\u2028\u00a0',
  ']]>',
  '<![CDATA[x]]>',
  '&lol;',
  '***0123abcd',
  '=1+1',
  'true',
  '5',
] as const;

const text = fc.oneof(
  fc.constantFrom<string>(...TEXTS, ...NAMES),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 })
    .map((codes) => String.fromCharCode(...codes)),
);
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<string>(...NAMES) },
  { weight: 1, arbitrary: text },
);
const number = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 2 ** 53 - 1, 2 ** 53, 1e21, 1e-7, -1.5, 1.2345678901234568e20, Number.MAX_VALUE, 5e-324),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);

const { value } = fc.letrec<{ value: JsonValue; list: JsonValue[]; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), number, text),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: objectOf(tie('value')),
}));

function objectOf(members: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(name, members), { maxLength: 5, selector: ([key]) => key })
    .map((entries): JsonObject => Object.fromEntries(entries));
}

const variables = fc.option(objectOf(value));
const SECOND = 1_000_000;
const time = fc.option(
  fc.oneof(
    fc.integer({ min: 1_790_000_000, max: 1_790_000_020 }).map((seconds) => seconds * SECOND),
    fc.integer({ min: -2_000_000_000_000_000, max: 9_000_000_000_000_000 }),
    // The first moments of the years 0 and 1.
    fc.constantFrom(-62_167_219_200_000_000, -62_135_596_800_000_000),
  ),
);
const filled = text.filter((one) => one !== '');

const step: fc.Arbitrary<Step> = fc.record({
  nodeId: fc.oneof(fc.constantFrom('menu', 'queue', 'agent'), filled),
  nodeName: fc.option(text),
  nodeType: fc.option(fc.oneof(fc.constantFrom('ROUTING', 'TASK'), text)),
  startTime: time,
  endTime: time,
  errorState: fc.option(fc.boolean()),
  outcome: fc.option(text),
  variablesBefore: variables,
  variablesAfter: variables,
});

const interaction: fc.Arbitrary<Interaction> = fc
  .record({
    interactionId: filled,
    workflowId: fc.option(text),
    workflowName: fc.option(text),
    steps: fc.array(step, { maxLength: 6 }),
  })
  .map((given) => ({ ...given, raw: { interactionId: given.interactionId } }));

/** Interactions with ids of their own. */
export const interactions = fc.uniqueArray(interaction, {
  maxLength: 4,
  selector: ({ interactionId }) => interactionId,
});

export function items(list: readonly Interaction[]): ExportInteraction[] {
  return list.map((one) => ({ interaction: one, steps: deriveSteps(one).steps }));
}

/** What an export of an interaction has to bring back: its steps in time order. */
export function essence({ interactionId, workflowId, workflowName, ...rest }: Interaction): unknown {
  const steps = deriveSteps({ interactionId, workflowId, workflowName, ...rest }).steps.map(
    (derived) => derived.step,
  );
  return { interactionId, workflowId, workflowName, steps };
}
