/**
 * CXQ2014 and CXQ2015 held against the evaluator of runs: what can never be true, no step of random interactions
 * satisfies, and what is always true, every step does. Seeded, so that a failure can be repeated.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { clauseOf, type Literal, parse } from '../../../server/src/language/index.ts';
import { aloneIn } from '../../../server/src/language/logic/alone.ts';
import { likeTest } from '../../../server/src/language/logic/like.ts';
import { Logic } from '../../../server/src/language/logic/truth.ts';
import type { Interaction, JsonValue, Step } from '../../../server/src/protocol/history.ts';
import { compilePredicate } from '../../../server/src/run/evaluate.ts';
import { patterns } from '../../../server/src/run/patterns.ts';
import { fixed, instant, NOW } from '../../language/markers.ts';

const DAY = [
  "'2026-11-21T00:00:00Z'",
  "'2026-11-21T12:00:00Z'",
  "'2026-11-21T12:00:00.000001Z'",
  "'2026-11-22T00:00:00Z'",
];
const order = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const same = fc.constantFrom('=', '!=');
const not = fc.constantFrom('', 'NOT ');
const text = fc.constantFrom("'x'", "'y'", "'xy'", "''", '$word');
const pattern = fc.constantFrom("'x'", "'x%'", "'%'", "'_'", "'%y'", "'x\\%'", "'y%'", "'x_%'", "'%%'");
const number = fc.constantFrom('0', '1', '2', '-1', '0.5', '$count');
const length = fc.constantFrom('0s', '12h', '1d', '1ms', '$length');
const time = fc.constantFrom(
  ...DAY,
  "'2026-11-21'",
  'now()',
  'now() - 12h',
  'ago(1d)',
  'today()',
  'today() - 1d',
  '$when',
  "'2026-11-21' + 12h",
);
const textField = fc.constantFrom('nodeId', 'outcome', 'interactionId', 'workflowName');
const numberField = fc.constantFrom('stepCount', 'errorCount', 'sequence');
const lengthField = fc.constantFrom('dwell', 'wait', 'elapsed', 'duration', 'dwell + 5s', 'wait - 1ms');
const timeField = fc.constantFrom(
  'nodeTimestamp',
  'startTime',
  'endTime',
  'interactionStart',
  'interactionEnd',
  'endTime + 1h',
);
const flag = fc.constantFrom(
  'errorState',
  'open',
  'isLast',
  'changed(v)',
  'added(v)',
  'removed(v)',
  'after.v',
  'TRUE',
  'FALSE',
  '$flag',
);
const variable = fc.constantFrom('before.v', 'after.v', 'after.w');
const anything = fc.oneof(text, number, length, fc.constantFrom('true', 'false', 'now()'));
const listOf = (items: fc.Arbitrary<string>) =>
  fc.array(items, { minLength: 1, maxLength: 3 }).map((all) => `[${all.join(', ')}]`);

function ranged(field: fc.Arbitrary<string>, value: fc.Arbitrary<string>, item = value) {
  return fc.oneof(
    fc.tuple(field, order, value).map((parts) => parts.join(' ')),
    fc.tuple(value, order, field).map((parts) => parts.join(' ')),
    fc.tuple(field, not, value, value).map(([a, n, low, high]) => `${a} ${n}BETWEEN ${low} AND ${high}`),
    fc.tuple(field, not, listOf(item)).map(([a, n, list]) => `${a} ${n}IN ${list}`),
    fc.tuple(field, order, field).map((parts) => parts.join(' ')),
    fc.tuple(field, not).map(([a, n]) => `${a} IS ${n}NULL`),
  );
}

const condition = fc.oneof(
  ranged(numberField, number),
  ranged(lengthField, length),
  ranged(timeField, time, fc.constantFrom(...DAY, '$when', 'NULL')),
  ranged(variable, anything, fc.oneof(text, number, fc.constantFrom('true', 'NULL', '5s'))),
  fc.tuple(textField, same, text).map((parts) => parts.join(' ')),
  fc.tuple(fc.oneof(textField, variable), not, listOf(text)).map(([a, n, list]) => `${a} ${n}IN ${list}`),
  fc.tuple(fc.oneof(textField, variable), not, pattern).map(([a, n, like]) => `${a} ${n}LIKE ${like}`),
  fc
    .tuple(textField, not, fc.constantFrom("'^x'", "'y$'", "'.'"))
    .map(([a, n, re]) => `${a} ${n}MATCHES ${re}`),
  fc.tuple(textField, not).map(([a, n]) => `${a} IS ${n}NULL`),
  not.map((n) => `interactionId ${n}IN other`),
  flag,
  fc.tuple(flag, same, fc.constantFrom('true', 'false')).map((parts) => parts.join(' ')),
);
const predicate = fc.letrec<{ tree: string; inner: string }>((tie) => ({
  inner: fc.oneof(
    { withCrossShrink: true },
    condition,
    tie('tree').map((one) => `(${one})`),
  ),
  tree: fc.oneof(
    { withCrossShrink: true, depthSize: 'small' },
    condition,
    fc.array(tie('inner'), { minLength: 2, maxLength: 4 }).map((parts) => parts.join(' AND ')),
    fc.array(tie('inner'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join(' OR ')),
    tie('inner').map((one) => `NOT ${one}`),
    fc.tuple(fc.constantFrom('ANY', 'NONE', 'EVERY'), tie('tree')).map(([name, one]) => `${name}(${one})`),
    fc.tuple(tie('tree'), order, number).map(([one, is, count]) => `COUNT(${one}) ${is} ${count}`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `SEQUENCE(${a}, ${b})`),
    // Fields that depend on each other.
    fc
      .array(
        fc.oneof(
          ranged(lengthField, length),
          ranged(numberField, number),
          ranged(timeField, time, fc.constantFrom(...DAY)),
          flag,
        ),
        { minLength: 2, maxLength: 3 },
      )
      .map((parts) => parts.join(' AND ')),
    // A condition beside its like: where contradictions and tautologies are.
    tie('inner').map((one) => `${one} AND NOT ${one}`),
    fc.tuple(tie('inner'), tie('inner')).map(([a, b]) => `${a} OR ${b} OR NOT ${a}`),
  ),
})).tree;

const instants = [...DAY.map((one) => instant(one.slice(1, -1))), NOW, NOW - 43_200_000_000, null];
const value: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(
  null,
  'x',
  'y',
  '',
  0,
  1,
  10_000_000,
  true,
  false,
  [1],
  { a: 1 },
);
const variables = fc.oneof(
  fc.constant(null),
  fc.dictionary(fc.constantFrom('v', 'w'), value, { noNullPrototype: true }),
);
const step: fc.Arbitrary<Step> = fc.record({
  nodeId: fc.constantFrom('x', 'y', 'xy', ''),
  nodeName: fc.constant(null),
  nodeType: fc.constant(null),
  startTime: fc.constantFrom(...instants),
  endTime: fc.constantFrom(...instants),
  errorState: fc.constantFrom(true, false, null),
  outcome: fc.constantFrom('x', 'y', '', null),
  variablesBefore: variables,
  variablesAfter: variables,
});
const interaction: fc.Arbitrary<Interaction> = fc.record({
  interactionId: fc.constantFrom('x', 'y', 'z'),
  workflowId: fc.constant(null),
  workflowName: fc.constantFrom('x', null),
  raw: fc.constant({}),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
});

const span = { start: 0, end: 0 };
const VALUES: Readonly<Record<string, Literal>> = {
  word: { kind: 'string', ...span, value: 'x', quote: "'", closed: true },
  count: { kind: 'number', ...span, value: 1 },
  length: { kind: 'duration', ...span, text: '12h', micros: 43_200_000_000 },
  when: { kind: 'string', ...span, value: '2026-11-21T12:00:00Z', quote: "'", closed: true },
  flag: { kind: 'boolean', ...span, value: true },
};
const NOTHING: Literal = { kind: 'null', ...span };

describe('the logic of predicates', () => {
  it('says never and always only where the evaluator agrees', () => {
    let [never, always, lone] = [0, 0, 0];
    fc.assert(
      fc.property(
        predicate,
        fc.array(interaction, { minLength: 1, maxLength: 25 }),
        fc.boolean(),
        fc.subarray(['x', 'y']),
        (source, interactions, isNull, set) => {
          const [query] = parse(`WHERE ${source}`).queries;
          const where = query === undefined ? undefined : clauseOf(query, 'where')?.predicate;
          if (where === undefined || query?.broken !== false) throw new Error(`no predicate: ${source}`);
          const alone = aloneIn(where);
          const logic = new Logic({ timeZone: 'UTC', patterns }, alone.conditions);
          const isNever = logic.isNever(where);
          const isAlways = logic.isAlways(where);
          if (alone.conditions.size > 0) lone += 1;
          if (alone.isAll) expect([isNever, isAlways], source).toEqual([false, false]);
          // What stands alone is left out; nothing that is found with it is lost.
          const all = new Logic({ timeZone: 'UTC', patterns });
          if (all.isNever(where)) expect(isNever, source).toBe(true);
          if (all.isAlways(where)) expect(isAlways, source).toBe(true);
          if (isNever) never += 1;
          if (isAlways) always += 1;
          if (!isNever && !isAlways) return;
          const test = compilePredicate(where, {
            environment: {
              now: NOW,
              timeZone: 'UTC',
              parameter: (name) => (isNull ? NOTHING : VALUES[name]),
            },
            ids: () => new Set(set),
          });
          for (const subject of interactions) {
            const satisfied = test(subject, deriveSteps(subject, NOW)).length;
            expect(satisfied, source).toBe(isNever ? 0 : subject.steps.length);
          }
        },
      ),
      { seed: 20_261_122, numRuns: Number(process.env['CXQ_RUNS'] ?? 2000) },
    );
    // Both occur, or the property would say nothing.
    expect(Math.min(never, always, lone)).toBeGreaterThan(30);
  });

  it('takes away what is always true without changing what is kept', () => {
    const head = `PARAM word = 'x' PARAM count = 1 PARAM length = 12h PARAM when = '2026-11-21T12:00:00Z' PARAM flag = TRUE
QUERY other LAST 1h QUERY q `;
    const environment = { now: NOW, timeZone: 'UTC', parameter: (name: string) => VALUES[name] };
    const matching = (text: string, subject: Interaction) => {
      const query = parse(text).queries.at(-1);
      if (query?.broken !== false) throw new Error(`broken: ${text}`);
      const where = clauseOf(query, 'where')?.predicate;
      const derived = deriveSteps(subject, NOW);
      if (where === undefined) return derived.steps.map((one) => one.sequence);
      return compilePredicate(where, { environment, ids: () => new Set(['x']) })(subject, derived);
    };
    let fixes = 0;
    fc.assert(
      fc.property(
        predicate,
        fc.array(interaction, { minLength: 1, maxLength: 5 }),
        (source, interactions) => {
          const before = `${head}WHERE ${source} LAST 2h`;
          const after = fixed('CXQ2015', before);
          if (after === undefined) return;
          fixes += 1;
          for (const subject of interactions)
            expect(matching(after, subject), after).toEqual(matching(before, subject));
        },
      ),
      { seed: 20_261_122, numRuns: Number(process.env['CXQ_RUNS'] ?? 1500) },
    );
    expect(fixes).toBeGreaterThan(30);
  });

  it('knows what fields say of each other', () => {
    fc.assert(
      fc.property(interaction, (subject) => {
        const { steps, stepCount, errorCount, duration, start: earliest } = deriveSteps(subject, NOW);
        expect(stepCount).toBeGreaterThanOrEqual(errorCount);
        for (const { step: own, sequence, start, end, dwell, wait, open, isLast, elapsed } of steps) {
          if (open) expect([isLast, end, dwell]).toEqual([true, null, null]);
          if (own.errorState === true) expect(errorCount).toBeGreaterThanOrEqual(1);
          if (wait !== null) expect(sequence).toBeGreaterThanOrEqual(1);
          expect(stepCount).toBeGreaterThanOrEqual(sequence + (isLast ? 1 : 2));
          for (const one of [dwell, wait, elapsed, duration]) expect(one ?? 0).toBeGreaterThanOrEqual(0);
          expect(earliest ?? 0).toBeLessThanOrEqual(start ?? earliest ?? 0);
        }
      }),
      { seed: 20_261_122, numRuns: 2000 },
    );
  });

  it('reads LIKE as the evaluator does', () => {
    const char = fc.constantFrom('%', '_', '\\', 'a', 'b', '😀');
    fc.assert(
      fc.property(fc.array(char, { maxLength: 6 }), fc.array(char, { maxLength: 6 }), (like, word) => {
        const outcome = word.join('');
        const [query] = parse(`WHERE outcome LIKE '${like.join('')}'`).queries;
        const where = query === undefined ? undefined : clauseOf(query, 'where')?.predicate;
        if (where === undefined) throw new Error('no predicate');
        const environment = { now: NOW, timeZone: 'UTC', parameter: () => undefined };
        const [subject] = fc.sample(interaction, { numRuns: 1, seed: 1 });
        const [first] = subject?.steps ?? [];
        if (subject === undefined || first === undefined) throw new Error('no step');
        const asked: Interaction = { ...subject, steps: [{ ...first, outcome }] };
        const test = compilePredicate(where, { environment, ids: () => undefined });
        const { inside } = likeTest(like.join(''));
        const { only, except, tests } = inside.texts;
        const passes =
          (only?.has(outcome) ?? !except.has(outcome)) && tests.every((one) => one.holds(outcome));
        expect(passes).toBe(test(asked, deriveSteps(asked, NOW)).length === 1);
      }),
      { seed: 20_261_122, numRuns: 2000 },
    );
  });
});
