import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../server/src/protocol/history.ts';
import { KNOWN_LIMITS, readKnownValues } from '../../../server/src/run/known-values.ts';
import { createRunWriter } from '../../../server/src/run/writer.ts';
import { createReader } from '../../../server/src/tenant/index.ts';
import { folderOf, manifestOf } from './kept.ts';

const NEVER = new AbortController().signal;

function record(id: string, steps: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    interactionId: id,
    ...more,
    steps: steps.map((step) => ({ startTime: '2026-11-22T07:00:00Z', ...step })),
  };
}

/** Runs of one folder, each with an hour of its own. */
async function keep(runs: readonly (readonly JsonObject[])[], ended = true): Promise<string> {
  const folder = await folderOf();
  for (const [index, records] of runs.entries()) {
    const manifest = manifestOf({ runId: `20261122T0${index}0000Z-00aa1${index}` });
    const reader = createReader(manifest.response);
    const writer = await createRunWriter(folder, manifest);
    const kept = records.map((raw) => {
      const interaction = reader.read(raw);
      if (typeof interaction === 'string') throw new Error(interaction);
      return { interaction, matching: [] };
    });
    await writer.append({ kept });
    if (ended) await writer.finish(manifest);
    await writer.close();
  }
  return folder;
}

describe('values of the latest runs', () => {
  it('are ids, names, types, outcomes and variables, the commonest first', async () => {
    const folder = await keep([
      [
        record(
          'a1',
          [
            { nodeId: 'menu', nodeName: 'Menu', nodeType: 'DECISION', outcome: 'billing' },
            {
              nodeId: 'auth',
              nodeType: 'ROUTING',
              variablesBefore: { queue: 'sales', order: { id: 17, lines: [1, 2] }, big: 1e300, none: null },
              variablesAfter: { queue: 'billing', vip: true },
            },
            { nodeId: 'auth', variablesAfter: { queue: 'billing' } },
          ],
          { workflowId: 'w1', workflowName: 'Support' },
        ),
      ],
    ]);
    const { fields, variables } = await readKnownValues(folder, NEVER);
    expect(Object.fromEntries(fields)).toEqual({
      interactionId: ['a1'],
      workflowId: ['w1'],
      workflowName: ['Support'],
      nodeId: ['auth', 'menu'],
      nodeName: ['Menu'],
      nodeType: ['DECISION', 'ROUTING'],
      outcome: ['billing'],
    });
    expect(Object.fromEntries(variables.map(({ path, values }) => [path.join('/'), values]))).toEqual({
      queue: ['billing', 'sales'],
      order: [],
      'order/id': [17],
      'order/lines': [],
      big: [],
      none: [],
      vip: [true],
    });
  });

  it('never are masked ones, long ones, or ones that hide what they are', async () => {
    const folder = await keep([
      [
        record('***12345678', [
          {
            nodeId: 'n\u202Eevil',
            outcome: 'x'.repeat(500),
            variablesAfter: { card: '***0a1b2c3d', note: 'two\nlines', ok: 'yes' },
          },
        ]),
      ],
    ]);
    const { fields, variables } = await readKnownValues(folder, NEVER);
    expect([...fields]).toEqual([]);
    expect(variables).toEqual([
      { path: ['card'], values: [] },
      { path: ['note'], values: [] },
      { path: ['ok'], values: ['yes'] },
    ]);
  });

  it('are of the newest runs that have ended, within bounds', async () => {
    const runs = [0, 1, 2].map((run) =>
      Array.from({ length: 4 }, (_, index) =>
        record(`r${run}-${index}`, [{ nodeId: `n${run}` }, { nodeId: 'same' }]),
      ),
    );
    const folder = await keep(runs);
    const ids = async (limits: object, signal = NEVER) =>
      (await readKnownValues(folder, signal, { ...KNOWN_LIMITS, ...limits })).fields.get('interactionId') ??
      [];
    expect(await ids({})).toHaveLength(12);
    expect(await ids({ runs: 1 })).toEqual(['r2-0', 'r2-1', 'r2-2', 'r2-3']);
    expect(await ids({ steps: 4 })).toEqual(['r2-0', 'r2-1']);
    expect(await ids({ values: 5 })).toHaveLength(5);
    expect(await ids({}, AbortSignal.abort())).toEqual([]);
    const going = await keep(runs, false);
    expect((await readKnownValues(going, NEVER)).fields.size).toBe(0);
  });

  it('pass over what cannot be read', async () => {
    const folder = await keep([[record('a1', [{ nodeId: 'n' }])]]);
    const file = join(folder, '20261122T000000Z-00aa10', 'interactions.ndjson');
    await appendFile(file, '{"interactionId": "cut of\nnull\n[1]\n{"interactionId":"a2","steps":[]}\n');
    expect((await readKnownValues(folder, NEVER)).fields.get('interactionId')).toEqual(
      expect.arrayContaining(['a1']),
    );
    expect((await readKnownValues(join(folder, 'nowhere'), NEVER)).fields.size).toBe(0);
  });
});
