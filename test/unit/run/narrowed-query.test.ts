/** The query of what a filter leaves: it has no errors, and finds the same interactions. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deriveSteps } from '../../../server/src/analysis/index.ts';
import { check, clauseOf, parse } from '../../../server/src/language/index.ts';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { MICROS_PER_MILLI } from '../../../server/src/protocol/instant.ts';
import type { Condition, Filter } from '../../../server/src/protocol/panel-filter.ts';
import { analysisSettingsSchema, type RunManifest } from '../../../server/src/protocol/run.ts';
import { compilePredicate } from '../../../server/src/run/evaluate.ts';
import { openResults, type Results } from '../../../server/src/run/index.ts';
import { createReader } from '../../../server/src/tenant/index.ts';
import { context as contextOf } from '../../language/markers.ts';
import { ask } from './ask.ts';
import { keepRun, manifestOf, RUN_ID, step } from './kept.ts';

const environment = {
  now: Date.UTC(2026, 10, 22, 8) * MICROS_PER_MILLI,
  timeZone: 'UTC',
  parameter: () => undefined,
};

const context = contextOf();

/** Ids of the records that satisfy the predicate of a text's last query, with the matching steps of each. */
function found(text: string, records: readonly JsonObject[]): Map<string, number[]> {
  const query = parse(text).queries.at(-1);
  const where = query === undefined ? undefined : clauseOf(query, 'where');
  if (where === undefined) throw new Error(`no condition in ${text}`);
  const test = compilePredicate(where.predicate, { environment, ids: () => undefined });
  const reader = createReader(manifestOf().response);
  return new Map(
    records.flatMap((record) => {
      const interaction = reader.read(record);
      if (typeof interaction === 'string') throw new Error(interaction);
      const matching = test(interaction, deriveSteps(interaction));
      return matching.length === 0 ? [] : [[interaction.interactionId, matching] as const];
    }),
  );
}

function errorsOf(text: string): string[] {
  return check(parse(text), context)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`);
}

/** A run of what its query finds among some records. */
async function runOf(text: string, records: readonly JsonObject[], more: Partial<RunManifest> = {}) {
  const hasWhere = /WHERE/.test(text);
  const matching = hasWhere ? found(text, records) : new Map<string, number[]>();
  const kept = records.filter(({ interactionId }) => !hasWhere || matching.has(String(interactionId)));
  const { runs } = await keepRun(
    kept.map((raw) => ({ raw, matching: matching.get(String(raw['interactionId'])) ?? [] })),
    { manifest: manifestOf({ text, ...more }) },
  );
  const results = await openResults(runs, RUN_ID);
  if (results === undefined) throw new Error('the run is not there');
  return { results, kept };
}

const idsOf = async (results: Results, filter: Filter): Promise<string[]> => {
  const request = { kind: 'timeline', offset: 0, count: 500, order: 'run', resolution: 0 } as const;
  return (await ask(results, { ...request, filter })).rows.map((row) => row.interactionId);
};

const narrowedBy = async (results: Results, filter: Filter) => {
  const narrowed = await results.narrowed(filter);
  if (!narrowed.ok) throw new Error(narrowed.error.message);
  return narrowed.value;
};

const NODES = ['menu', "it's", 'agent'];
const TYPES = ['DECISION', 'ROUTING', 'AGENT', null];
const VALUES = ['sales', 3, true, null, { tier: 'gold' }];

const variables = fc.dictionary(fc.constantFrom('queue', 'a b'), fc.constantFrom(...VALUES), { maxKeys: 2 });
const oneStep = fc.record({
  node: fc.constantFrom(...NODES),
  type: fc.constantFrom(...TYPES),
  start: fc.integer({ min: 0, max: 20 }),
  dwell: fc.integer({ min: 0, max: 40 }),
  open: fc.integer({ min: 0, max: 5 }),
  error: fc.constantFrom(true, false, null),
  outcome: fc.constantFrom('sales', 'Billing', null),
  variablesBefore: variables,
  variablesAfter: variables,
});
const record = fc.array(oneStep, { minLength: 1, maxLength: 4 }).map((steps): JsonObject => {
  const made = steps.map(({ node, type, start, dwell, open, error, outcome, ...more }) =>
    step(node, 'x', start, start + dwell, {
      ...more,
      nodeType: type,
      errorState: error,
      outcome,
      ...(open === 0 ? { endTime: null } : {}),
    }),
  );
  return { steps: made };
});
const recordsOf = fc
  .array(record, { minLength: 1, maxLength: 12 })
  .map((records) => records.map((one, index): JsonObject => ({ interactionId: `Id-${index}`, ...one })));

const bound = fc.option(fc.integer({ min: 0, max: 40 }));
const at = (second: number | null): string | null =>
  second === null ? null : new Date(Date.UTC(2026, 10, 22, 7, 0, second)).toISOString();
const json = fc.option(fc.constantFrom(...VALUES).map((value) => JSON.stringify(value)));
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant('mark'), mark: fc.constantFrom('bottleneck', 'error', 'matching', 'open') }),
  fc.record({ kind: fc.constant('node'), nodeId: fc.constantFrom(...NODES, 'nowhere') }),
  fc.record({
    kind: fc.constant('outcome'),
    nodeId: fc.constantFrom(...NODES),
    outcome: fc.constantFrom('sales', 'agent', 'END'),
  }),
  fc.record({ kind: fc.constant('dwell'), from: bound, to: bound }),
  fc.record({ kind: fc.constant('time'), from: bound.map(at), to: bound.map(at) }),
  fc.record({
    kind: fc.constant('variable'),
    name: fc.constantFrom('queue', 'a b', 'queue/tier'),
    change: fc.constantFrom(null, 'added', 'removed', 'changed', 'typeChanged', 'outside'),
    before: json,
    after: json,
  }),
  fc.record({ kind: fc.constant('search'), text: fc.constantFrom('SALES', 'id-1', "it's", 'a', '.', 'é') }),
  fc.record({
    kind: fc.constant('edge'),
    from: fc.constantFrom(...NODES, null),
    to: fc.constantFrom(...NODES, null),
  }),
  fc.record({ kind: fc.constant('path'), nodes: fc.array(fc.constantFrom(...NODES), { maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('interactions'),
    ids: fc.uniqueArray(
      fc.integer({ min: 0, max: 12 }).map((index) => `Id-${index}`),
      { minLength: 1 },
    ),
    label: fc.constant('some'),
  }),
);
const filters = fc.uniqueArray(conditions, { selector: ({ kind }) => kind, minLength: 1, maxLength: 3 });

const TEXTS = [
  'QUERY every_one LAST 2h',
  "QUERY some 'Some of it'\nWHERE dwell > 5s -- long\nLAST 2h LIMIT ALL",
  "WHERE nodeId = 'agent' OR errorState = TRUE\nORDER BY duration DESC",
  "QUERY two WHERE any(nodeId = 'menu') AND stepCount > 1",
];

describe('the query of what a filter leaves', () => {
  it('has no errors, and finds the same interactions', async () => {
    await fc.assert(
      fc.asyncProperty(
        recordsOf,
        fc.constantFrom(...TEXTS),
        fc.constantFrom<string[] | null>(null, ['AGENT', 'ROUTING'], ['', 'AGENT'], ['']),
        fc.constantFrom({}, { nodeThresholds: { agent: 3 }, typeThresholds: { ROUTING: 8 } }),
        filters,
        async (records, text, types, more, filter) => {
          const { results, kept } = await runOf(text, records, {
            threshold: { over: 15, types },
            analysis: analysisSettingsSchema.parse(more),
          });
          const { text: narrowed, notes } = await narrowedBy(results, filter);
          expect(errorsOf(narrowed)).toEqual([]);
          expect([...found(narrowed, kept).keys()]).toEqual(await idsOf(results, filter));
          results.close();
          expect(notes.every((note) => note.endsWith('.'))).toBe(true);
        },
      ),
      { numRuns: 80 },
    );
  });

  const RECORDS: JsonObject[] = [
    { interactionId: 'a1', steps: [step('menu', 'DECISION', 0, 20), step('agent', 'AGENT', 20, 25)] },
    { interactionId: 'b2', steps: [step('menu', 'DECISION', 0, 30), step('robot', 'AGENT', 30, 35)] },
  ];

  async function textOf(text: string, filter: Filter): Promise<{ text: string; notes: readonly string[] }> {
    const { results } = await runOf(text, RECORDS);
    onTestFinished(() => results.close());
    const { text: narrowed, notes } = await narrowedBy(results, filter);
    return { text: narrowed.trimEnd(), notes };
  }

  it('says what the filter says', async () => {
    const filter: Filter = [
      { kind: 'mark', mark: 'bottleneck' },
      { kind: 'node', nodeId: 'menu' },
      { kind: 'dwell', from: 20, to: 30 },
    ];
    expect(await textOf('QUERY every_one\nLAST 2h', filter)).toEqual({
      text: "QUERY every_one\nWHERE nodeType IN ['DECISION', 'ROUTING', 'CONDITION']\n  AND dwell > 15s\n  AND nodeId = 'menu'\n  AND dwell >= 20s\n  AND dwell < 30s\nLAST 2h",
      notes: [],
    });
  });

  it('asks of any step where the query has conditions of its own, but for its matching steps', async () => {
    const own = "WHERE nodeId = 'menu' OR nodeId = 'robot'";
    expect((await textOf(own, [{ kind: 'node', nodeId: 'agent' }])).text).toContain("ANY(nodeId = 'agent')");
    const same = await textOf(own, [
      { kind: 'mark', mark: 'matching' },
      { kind: 'dwell', from: 10, to: null },
    ]);
    expect(same.text).toContain('dwell >= 10s');
    expect(same.text).not.toContain('ANY');
  });

  it('lists ids where the language cannot say it, and says so', async () => {
    const { text, notes } = await textOf('QUERY every_one\nLAST 2h', [
      { kind: 'edge', from: 'menu', to: 'robot' },
    ]);
    expect(text).toBe("QUERY every_one\nWHERE interactionId IN ['b2']");
    expect(notes).toEqual([expect.stringMatching(/cannot say which node follows which/)]);
    const named = await textOf('QUERY every_one', [{ kind: 'interactions', ids: ['a1'], label: 'slow' }]);
    expect(named.notes).toEqual([]);
  });

  it('writes a period as dates where the filter has one, for the one of the query moves on', async () => {
    const time: Filter = [{ kind: 'time', from: '2026-11-22T07:00:00Z', to: '2026-11-22T07:30:00Z' }];
    const bounds =
      "nodeTimestamp >= '2026-11-22T07:00:00.000Z' AND nodeTimestamp < '2026-11-22T07:30:00.000Z'";
    const plain = await textOf('QUERY every_one\nLAST 2h', time);
    expect(plain.text.replace(/\s+/g, ' ')).toBe(`QUERY every_one WHERE ${bounds}`);
    expect(plain.notes).toEqual([expect.stringMatching(/written as dates/)]);
    const { results } = await runOf('QUERY slow\nWHERE dwell > 1s\nLAST 2h', RECORDS, {
      window: { from: '2026-11-22T06:00:00Z', to: '2026-11-22T08:00:00Z' },
    });
    onTestFinished(() => results.close());
    expect(
      (await narrowedBy(results, time)).text
        .replace(/\s+/g, ' ')
        .replace(/(?<=\() | (?=\))/g, '')
        .trim(),
    ).toBe(
      `QUERY slow WHERE dwell > 1s AND nodeTimestamp >= '2026-11-22T06:00:00.000Z' AND nodeTimestamp <= '2026-11-22T08:00:00.000Z' AND ANY(${bounds})`,
    );
  });

  it('lists a thousand ids at most, and says how many it leaves out', async () => {
    const many = Array.from(
      { length: 1_204 },
      (_, index): JsonObject => ({
        interactionId: `m${index}`,
        steps: [step('menu', 'DECISION', 0, 20)],
      }),
    );
    const { results } = await runOf('QUERY every_one', many);
    onTestFinished(() => results.close());
    const { text, notes } = await narrowedBy(results, [{ kind: 'path', nodes: ['menu'] }]);
    expect(found(text, many).size).toBe(1_000);
    expect(notes[1]).toMatch(/^204 of the 1,204 interactions are left out/);
  });

  it('keeps parameters, comments and everything else of the text', async () => {
    const text =
      "PARAM least = 1s;\nQUERY slow 'Slow' -- of today\nLAST 2h WITH pageSize = 50\nEXPECT COUNT > 3";
    const narrowed = await textOf(text, [{ kind: 'node', nodeId: 'menu' }]);
    for (const part of ['PARAM least = 1s', "QUERY slow 'Slow'", '-- of today', 'pageSize = 50']) {
      expect(narrowed.text).toContain(part);
    }
    expect(await textOf(text, [])).toEqual({ text, notes: [] });
  });
});
