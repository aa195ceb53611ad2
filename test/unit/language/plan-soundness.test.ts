/**
 * What is sent and what runs here, held against the meaning of the query: a model of the tenant's filter, written here,
 * and the evaluator of runs. For random predicates, interactions and profiles, what the tenant gives and the local part
 * leaves is what the whole predicate keeps: no more, no less. Seeded, so that a failure can be repeated.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { type Plan, parse, planQuery } from '../../../server/src/language/index.ts';
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import type { FilterField } from '../../../server/src/protocol/profile.ts';
import { compilePredicate } from '../../../server/src/run/evaluate.ts';
import { context, instant } from '../../language/markers.ts';

const IDS = ['a', 'b', 'c', 'd', 'e f'];
const TIMES = [
  '2026-11-20T00:00:00Z',
  '2026-11-20T06:00:00.0005Z',
  '2026-11-20T23:59:59.999999Z',
  '2026-11-21T00:00:00Z',
  '2026-11-21T12:00:00+02:00',
  '2026-11-22T06:00:00Z',
  '2026-11-22T07:59:59.999Z',
];
const quoted = (value: string) => `'${value}'`;
const time = fc.oneof(
  fc.constantFrom(...TIMES.map(quoted)),
  fc.constantFrom(
    "'2026-11-20'",
    "'2026-11-21'",
    'now() - 2h',
    'today()',
    'ago(1d)',
    "'2026-11-20' + 6h",
    '$when',
  ),
);
const order = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '<>');
const id = fc.constantFrom(...IDS);
const list = fc.array(id.map(quoted), { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(', ')}]`);
const not = fc.constantFrom('', 'NOT ');

const condition = fc.oneof(
  fc.tuple(fc.constantFrom('=', '!='), id).map(([is, value]) => `interactionId ${is} '${value}'`),
  fc.tuple(not, list).map(([negated, set]) => `interactionId ${negated}IN ${set}`),
  not.map((negated) => `interactionId ${negated}IN other`),
  fc
    .tuple(not, fc.constantFrom('$ids', '$strange'))
    .map(([negated, set]) => `interactionId ${negated}IN ${set}`),
  fc.tuple(order, time).map(([is, value]) => `nodeTimestamp ${is} ${value}`),
  fc.tuple(time, order).map(([value, is]) => `${value} ${is} nodeTimestamp`),
  fc
    .tuple(not, time, time)
    .map(([negated, low, high]) => `nodeTimestamp ${negated}BETWEEN ${low} AND ${high}`),
  fc
    .tuple(not, fc.array(fc.constantFrom(...TIMES.map(quoted)), { minLength: 1, maxLength: 3 }))
    .map(([negated, times]) => `nodeTimestamp ${negated}IN [${times.join(', ')}]`),
  fc.constantFrom(
    'errorState',
    'errorState = true',
    'errorState != true',
    'errorState = false',
    'false != errorState',
    'errorState = $yes',
    'errorState = $nothing',
    'errorState IS NULL',
    'errorState IS NOT NULL',
    'nodeTimestamp IS NULL',
    'nodeTimestamp >= $nothing',
  ),
  fc.constantFrom(
    "nodeId = 'x'",
    'dwell > 10s',
    'stepCount > 1',
    'errorCount = 0',
    'ANY(errorState)',
    "NONE(nodeId = 'x')",
    'EVERY(errorState)',
    "SEQUENCE(nodeId = 'x', errorState)",
    'TRUE',
    'FALSE',
    '1 = 2',
    "'a' = 'a'",
  ),
);
const predicate = fc.letrec<{ tree: string; inner: string }>((tie) => ({
  inner: fc.oneof(
    { withCrossShrink: true },
    condition,
    tie('tree').map((text) => `(${text})`),
  ),
  tree: fc.oneof(
    { withCrossShrink: true, depthSize: 'small' },
    condition,
    fc.array(tie('inner'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' AND ')),
    fc.array(tie('inner'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' OR ')),
    tie('inner').map((text) => `NOT ${text}`),
  ),
})).tree;

const clauses = fc.constantFrom(
  '',
  ' LAST 1d',
  " SINCE '2026-11-20'",
  " SINCE '2026-11-21' UNTIL now() - 2h",
);
const startTime = fc.oneof(
  { arbitrary: fc.constantFrom(...TIMES).map(instant), weight: 8 },
  { arbitrary: fc.constant(null), weight: 1 },
);
const step: fc.Arbitrary<Step> = fc.record({
  nodeId: fc.constantFrom('x', 'y'),
  nodeName: fc.constant(null),
  nodeType: fc.constant(null),
  startTime,
  endTime: fc.constant(null),
  errorState: fc.constantFrom(true, false, null),
  outcome: fc.constant(null),
  variablesBefore: fc.constant(null),
  variablesAfter: fc.constant(null),
});
const interaction: fc.Arbitrary<Interaction> = fc.record({
  interactionId: id,
  workflowId: fc.constant(null),
  workflowName: fc.constant(null),
  raw: fc.constant({}),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
});
const fields = fc.subarray<FilterField>(['interactionId', 'nodeTimestamp', 'errorState']);
const timeZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati');
const dialect = fc.record({
  fields: fc.oneof(fc.constant<FilterField[]>(['interactionId', 'nodeTimestamp', 'errorState']), fields),
  booleans: fc.constantFrom('lower' as const, 'title' as const),
  stringEscape: fc.constantFrom('reject' as const, 'double' as const, 'backslash' as const),
});

const PARAMS =
  "PARAM when = '2026-11-21T00:00:00Z' PARAM ids = ['b', 'c'] PARAM strange = ['a', 'e f'] PARAM yes = true PARAM nothing = NULL";

/** The tenant's filter, condition by condition: some step has to satisfy all of them. */
function tenantKeeps(filter: string, kept: Interaction): boolean {
  if (filter === '') return true;
  const tests = filter.split(' AND ').map((text): ((one: Step) => boolean) => {
    const ids = /^interactionId IN \[(.*)\]$/.exec(text)?.[1];
    if (ids !== undefined) return () => ids.split(', ').includes(quoted(kept.interactionId));
    const bound = /^nodeTimestamp ([<>]=) '(.*)'$/.exec(text);
    const micros = parseInstant(bound?.[2] ?? '')?.micros;
    if (micros !== undefined) {
      const lower = bound?.[1] === '>=';
      return ({ startTime: at }) => at !== null && (lower ? at >= micros : at <= micros);
    }
    const state = /^errorState = (true|false|True|False)$/.exec(text)?.[1]?.toLowerCase();
    if (state === undefined) throw new Error(`not the tenant's dialect: ${text}`);
    return ({ errorState }) => String(errorState) === state;
  });
  return kept.steps.some((one) => tests.every((test) => test(one)));
}

function keeps(predicate: Plan['whole'], made: Plan, subject: Interaction, set: readonly string[]): boolean {
  if (predicate === null) return true;
  const test = compilePredicate(predicate, { environment: made.environment, ids: () => new Set(set) });
  return test(subject, deriveSteps(subject, made.environment.now)).length > 0;
}

describe('the tenant’s answer and the local part', () => {
  it('keep what the whole predicate keeps', () => {
    let sentIds = 0;
    let alone = 0;
    let untouched = 0;
    fc.assert(
      fc.property(
        predicate,
        clauses,
        dialect,
        timeZone,
        fc.subarray(IDS),
        fc.array(interaction, { minLength: 1, maxLength: 12 }),
        (text, clause, filter, zone, set, interactions) => {
          const document = parse(`${PARAMS} QUERY other LAST 1h QUERY q WHERE ${text}${clause}`);
          const query = document.queries.at(-1);
          const using = context({}, { filter, timeZone: zone, limits: { maxIdsPerRequest: 2 } });
          const planned =
            query === undefined
              ? undefined
              : planQuery(document, query, using, { sets: new Map([['other', set]]) });
          if (planned?.ok !== true) throw new Error(`not planned: ${text}`);
          const made = planned.plan;
          const ids = made.batches.flatMap((batch) => batch.ids ?? []);
          expect(new Set(ids).size).toBe(ids.length);
          if (ids.length > 0) sentIds += 1;
          if (made.local === null) alone += 1;
          if (made.batches.length === 0) untouched += 1;
          const pinned = [made.bounds.from, made.bounds.to].some(
            (bound) =>
              bound !== null && (bound.clamped || bound.origin === 'run' || bound.origin === 'retention'),
          );
          for (const subject of interactions) {
            // The pinned window drops steps without a time, which the predicate alone may keep.
            if (pinned && subject.steps.some((one) => one.startTime === null)) continue;
            const came = made.batches.some((batch) => tenantKeeps(batch.filter, subject));
            const wanted = keeps(made.whole, made, subject, set);
            if (wanted) expect(came, `${text}${clause} sends ${made.sent}`).toBe(true);
            expect(came && keeps(made.asked, made, subject, set), `${text}${clause} sends ${made.sent}`).toBe(
              wanted,
            );
          }
        },
      ),
      { seed: 20_261_122, numRuns: Number(process.env['CXQ_RUNS'] ?? 1500) },
    );
    // The cases that the property is about do occur.
    expect(Math.min(sentIds, alone, untouched)).toBeGreaterThan(50);
  });
});
