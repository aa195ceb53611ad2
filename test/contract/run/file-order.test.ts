/** Nobody sorts a history file: the order of a query, and what its LIMIT keeps, is made here. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHistoryQuerier } from '../../../server/src/index.ts';
import { folderOf, NOW_MICROS, step } from '../cli/support.ts';

const HOURS = { noon: '10', early: '07', late: '10', middle: '08' } as const;

describe('a history file', () => {
  it.each([
    ['LIMIT 2', ['noon', 'late']],
    ['ORDER BY nodeTimestamp ASC LIMIT 2', ['early', 'middle']],
    ['ORDER BY nodeTimestamp DESC LIMIT 3', ['noon', 'late', 'middle']],
    ['ORDER BY nodeTimestamp ASC OFFSET 1 LIMIT ALL', ['middle', 'late', 'noon']],
  ])('is sorted here: %s', async (clauses, expected) => {
    const folder = await folderOf();
    const path = join(folder, 'history.json');
    const minutes = { noon: '30', early: '00', late: '10', middle: '00' } as const;
    const records = (['early', 'noon', 'middle', 'late'] as const).map((interactionId) => ({
      interactionId,
      steps: [step('menu', 'DECISION', `${HOURS[interactionId]}:${minutes[interactionId]}:00`, '10:45:00')],
    }));
    await writeFile(path, JSON.stringify(records));
    const querier = createHistoryQuerier({
      profile: { query: { adapter: 'file', path }, auth: { kind: 'none' } },
      ...{ runsFolder: join(folder, 'runs'), exportFolder: folder },
      now: () => new Date(NOW_MICROS / 1000),
    });
    const [run] = await querier.run(clauses);
    expect(run?.records.map(({ interactionId }) => interactionId)).toEqual(expected);
  });
});
