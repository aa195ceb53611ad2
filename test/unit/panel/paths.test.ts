import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathsOf } from '../../../server/src/panel/paths.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import type { RequestOf } from '../../../server/src/protocol/panel-requests.ts';
import { pathsSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, step } from '../analysis/support.ts';
import { dataOf, leftOf, visiting } from './made.ts';

const PAGE: RequestOf<'paths'> = { kind: 'paths', filter: [], offset: 0, count: 100 };

describe('the paths', () => {
  it('are all of them, page by page, whatever the size of a page', () => {
    const texts = fc.array(fc.array(fc.constantFrom(...'abc'), { maxLength: 5 }), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (paths, count) => {
        const data = dataOf(visiting(...paths));
        const left = leftOf(data);
        const rows = [];
        for (let offset = 0; offset < paths.length; offset += count) {
          const page = pathsSchema.parse(pathsOf(data, left, { ...PAGE, offset, count }));
          expect(page).toMatchObject({ offset, interactions: paths.length });
          expect(page.rows.length).toBeLessThanOrEqual(count);
          expect(new Set(page.names.map(({ nodeId }) => nodeId))).toEqual(
            new Set(page.rows.flatMap(({ nodes }) => nodes)),
          );
          rows.push(...page.rows);
          expect(page.total).toBe(new Set(paths.map((path) => path.join(' '))).size);
        }
        const counted = new Map<string, number>();
        for (const path of paths) counted.set(path.join(), (counted.get(path.join()) ?? 0) + 1);
        expect(new Map(rows.map(({ nodes, count: times }) => [nodes.join(), times]))).toEqual(counted);
        expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, index) => index + 1));
        const counts = rows.map((row) => row.count);
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      }),
      { numRuns: 60 },
    );
  });

  it('are those of the interactions that the filter leaves, with the names of their nodes', () => {
    const log = [
      interaction('i', step('a', 0, 1, { nodeName: 'Ask' }), step('b', 1, 2)),
      interaction('j', step('a', 0, 1, { nodeName: 'Ask' })),
    ];
    const data = dataOf(log);
    const filter: Filter = [{ kind: 'node', nodeId: 'b' }];
    const page = pathsOf(data, leftOf(data, filter), { ...PAGE, filter });
    expect(page).toMatchObject({
      total: 1,
      interactions: 1,
      rows: [{ nodes: ['a', 'b'], count: 1, share: 1 }],
    });
    expect(page.names).toEqual([
      { nodeId: 'a', nodeName: 'Ask' },
      { nodeId: 'b', nodeName: null },
    ]);
    expect(pathsOf(data, leftOf(data), { ...PAGE, offset: 7 }).rows).toEqual([]);
  });
});
