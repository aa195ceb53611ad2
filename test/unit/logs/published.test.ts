/** The public logs as they were published, against results from an independent calculation. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import { createXesParser } from '../../../server/src/tenant/xes-reader.ts';
import { dataFolder, hasData, readExpected, readLog, report } from '../analysis/support.ts';
import { publishedLog, readWith } from './read.ts';

if (!hasData)
  process.stderr.write(
    `The public logs are not at ${dataFolder} (CXQ_TEST_DATA): their tests are skipped.\n`,
  );

const expectedSchema = z.object({
  cases: z.number(),
  events: z.number(),
  variants_sha256: z.string(),
  start_activities: z.record(z.string(), z.number()),
});

const namedSteps = ({ interactionId, steps }: Interaction): unknown => ({
  interactionId,
  steps: steps.map(({ nodeId, startTime, endTime }) => ({ nodeId, startTime, endTime })),
});

const byId = (a: Interaction, b: Interaction): number => (a.interactionId < b.interactionId ? -1 : 1);

describe.skipIf(!hasData)('published XES', () => {
  it.each(['running-example', 'teleclaims', 'receipt', 'reviewing'])(
    '%s',
    { timeout: 120_000 },
    async (name) => {
      const text = publishedLog(`${name}.xes.gz`).toString();
      // The expected results of this log count the start and the completion of a task as two steps.
      const each =
        name === 'reviewing' ? text.replaceAll(/<string key="lifecycle:transition" [^>]*>/g, '') : text;
      const log = await readWith(createXesParser, each, 65_536);
      expect(log.rejected).toEqual([]);
      expect(log.notes).toEqual([]);

      const history = readLog(name);
      expect(log.interactions.toSorted(byId).map(namedSteps)).toEqual(history.toSorted(byId).map(namedSteps));

      const expected = expectedSchema.parse(readExpected(name));
      const plain = log.interactions.map((one): Interaction => {
        const steps = one.steps.map((step) => ({ ...step, variablesBefore: null, variablesAfter: null }));
        return { ...one, steps };
      });
      const actual = report(plain, { top: 0 });
      expect([actual.interactions, actual.steps]).toEqual([expected.cases, expected.events]);
      const hash = createHash('sha256');
      for (const path of actual.paths) hash.update(`${JSON.stringify([path.nodes, path.count])}\n`);
      expect(hash.digest('hex')).toBe(expected.variants_sha256);
      const starts = actual.flow.starts.map(({ nodeId, count }) => [nodeId, count]);
      expect(Object.fromEntries(starts)).toEqual(expected.start_activities);
    },
  );

  it('tells variables as the history does, where both have them', { timeout: 60_000 }, async () => {
    const log = await readWith(createXesParser, publishedLog('receipt.xes.gz'), 65_536);
    const history = new Map(readLog('receipt').map((one) => [one.interactionId, one]));
    for (const { interactionId, steps } of log.interactions) {
      for (const [at, step] of steps.entries()) {
        const expected = history.get(interactionId)?.steps[at]?.variablesAfter ?? {};
        expect(step.variablesAfter).toMatchObject(expected);
      }
    }
  });

  it('pairs the starts and completions of reviewing', async () => {
    const log = await readWith(createXesParser, publishedLog('reviewing.xes.gz'), 65_536);
    const starts =
      publishedLog('reviewing.xes.gz')
        .toString()
        .match(/"lifecycle:transition" value="start"/g)?.length ?? 0;
    const steps = log.interactions.flatMap((one) => one.steps);
    expect(steps.length).toBe(3730 - starts);
    expect(
      steps.every(({ startTime, endTime }) => startTime !== null && endTime !== null && endTime >= startTime),
    ).toBe(true);
  });
});
