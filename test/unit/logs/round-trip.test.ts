/** What is exported as XES or OCEL and read again is the same history, and its analysis the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnalyseOptions, analyse, createStore } from '../../../server/src/analysis/index.ts';
import { OcelWriter } from '../../../server/src/output/exports/ocel.ts';
import { XES_TAIL, xesHead, xesTrace } from '../../../server/src/output/exports/xes.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import type { CreateParser } from '../../../server/src/tenant/history-parser.ts';
import { createOcelParser } from '../../../server/src/tenant/ocel-reader.ts';
import { createXesParser } from '../../../server/src/tenant/xes-reader.ts';
import { dataFolder, hasData, readLog } from '../analysis/support.ts';
import { essence, interactions, items } from '../output/logs.ts';
import { readWith } from './read.ts';

function xes(list: readonly Interaction[]): string {
  return xesHead() + items(list).map(xesTrace).join('') + XES_TAIL;
}

function ocel(list: readonly Interaction[]): string {
  const writer = new OcelWriter();
  const events = items(list).map((item) => writer.item(item));
  return writer.head + events.join('') + [...writer.tail()].join('');
}

function report(list: readonly Interaction[], options: AnalyseOptions): ReturnType<typeof analyse> {
  const store = createStore();
  for (const one of list) store.add(one);
  return analyse(store, options);
}

const FORMATS: [string, (list: readonly Interaction[]) => string, CreateParser][] = [
  ['XES', xes, createXesParser],
  ['OCEL', ocel, createOcelParser],
];

describe.each(FORMATS)('%s', (_name, write, create) => {
  it('brings back every interaction, whatever is in it, and wherever the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(interactions, fc.integer({ min: 1, max: 3000 }), async (list, piece) => {
        const back = await readWith(create, write(list), piece);
        expect(back.rejected).toEqual([]);
        expect(back.notes).toEqual([]);
        expect(back.interactions.map(essence)).toEqual(list.map(essence));
      }),
      { numRuns: 400, seed: 7 },
    );
  });

  it('gives the same analysis', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(interactions, async (list) => {
        const back = await readWith(create, write(list));
        expect(report(back.interactions, { top: 0 })).toEqual(report(list, { top: 0 }));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('writes the same file again from what it brings back', async () => {
    await fc.assert(
      fc.asyncProperty(interactions, async (list) => {
        const file = write(list);
        expect(write((await readWith(create, file)).interactions)).toBe(file);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('brings back both of two interactions of one id', async () => {
    const [first, second] = [1, 2].map((at): Interaction => {
      const step = {
        nodeId: `n${at}`,
        startTime: at * 1_000_000,
        endTime: null,
        nodeName: null,
        nodeType: null,
      };
      const more = { errorState: null, outcome: null, variablesBefore: null, variablesAfter: null };
      return {
        interactionId: 'same',
        workflowId: null,
        workflowName: null,
        steps: [{ ...step, ...more }],
        raw: {},
      };
    });
    if (first === undefined || second === undefined) throw new Error('two');
    const back = await readWith(create, write([first, second]));
    expect(back.interactions.map(essence)).toEqual([first, second].map(essence));
  });
});

if (!hasData)
  process.stderr.write(
    `The public logs are not at ${dataFolder} (CXQ_TEST_DATA): their tests are skipped.\n`,
  );

describe
  .skipIf(!hasData)
  .each(['running-example', 'teleclaims', 'receipt', 'sepsis', 'traffic_fines', 'interval', 'reviewing'])(
  'the log %s',
  (name) => {
    it.each(FORMATS)('is the same from %s', { timeout: 240_000 }, async (_format, write, create) => {
      const log = readLog(name);
      const back = await readWith(create, write(log), 65_536);
      expect(back.rejected).toEqual([]);
      expect(back.notes).toEqual([]);
      expect(back.interactions.map(essence)).toEqual(log.map(essence));
      // Equal history has equal analysis; that it is asked for at all is shown by the smaller logs.
      if (log.length > 200) return;
      const options = { types: ['TASK'], top: 0 };
      expect(report(back.interactions, options)).toEqual(report(log, options));
    });
  },
);
