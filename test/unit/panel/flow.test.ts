/** The process map: what is drawn is what happened, nothing stands alone, and the picture is the same each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowOf } from '../../../server/src/panel/flow.ts';
import { MOST_EDGES, MOST_NODES } from '../../../server/src/panel/thinning.ts';
import type { Interaction } from '../../../server/src/protocol/history.ts';
import type { Filter } from '../../../server/src/protocol/panel-filter.ts';
import type { RequestOf } from '../../../server/src/protocol/panel-requests.ts';
import { flowSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, step } from '../analysis/support.ts';
import { dataOf, leftOf, visiting } from './made.ts';

type Picture = Awaited<ReturnType<typeof flowOf>>;
type Node = Picture['nodes'][number];

async function flow(interactions: readonly Interaction[], hidden = 0, filter: Filter = []): Promise<Picture> {
  const data = dataOf(interactions);
  const picture = await flowOf(data, leftOf(data, filter), { kind: 'flow', filter, hidden });
  return flowSchema.parse(picture);
}

const edge = ({ from, to, count, interactions }: Picture['edges'][number]) => [from, to, count, interactions];

/** The node at an end of an edge. */
function endOf({ nodes }: Picture, nodeId: string | null, none: 'start' | 'end'): Node {
  const found = nodes.find((node) =>
    nodeId === null ? node.kind === none : node.nodeId === nodeId && node.kind === 'node',
  );
  if (found === undefined) throw new Error(`nothing is drawn for ${nodeId ?? none}`);
  return found;
}

function isOnBorder({ x, y, width, height, kind }: Node, point: { x: number; y: number }): boolean {
  const [dx, dy] = [Math.abs(point.x - x), Math.abs(point.y - y)];
  if (kind !== 'node') return Math.abs(Math.hypot(dx, dy) - width / 2) < 0.3;
  const [right, top] = [Math.abs(dx - width / 2), Math.abs(dy - height / 2)];
  return dx <= width / 2 + 0.2 && dy <= height / 2 + 0.2 && Math.min(right, top) < 0.2;
}

/** Nodes that can be come to from the start, or, the other way round, from the end. */
function reached({ edges }: Picture, backwards: boolean): Set<string> {
  const found = new Set<string>();
  const ends = edges.map(({ from, to }) => (backwards ? { from: to, to: from } : { from, to }));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const { from, to } of ends) if (to !== null && (from === null || found.has(from))) found.add(to);
  }
  return found;
}

const logs = fc.array(fc.array(fc.constantFrom(...'abcdefghij'), { maxLength: 12 }), { maxLength: 40 });

describe('the process map', () => {
  it('counts what follows what, with the start and the end', async () => {
    const picture = await flow(visiting('abc', 'abbc', 'ac'));
    expect(picture.edges.map(edge)).toEqual([
      [null, 'a', 3, 3],
      ['c', null, 3, 3],
      ['a', 'b', 2, 2],
      ['b', 'c', 2, 2],
      ['a', 'c', 1, 1],
      ['b', 'b', 1, 1],
    ]);
    expect(picture.edges.map(({ share }) => share)).toEqual([1, 1, 2 / 3, 2 / 3, 1 / 3, 1 / 3]);
    expect([picture.hiddenNodes, picture.hiddenEdges, picture.hidden]).toEqual([0, 0, 0]);
    expect(picture.nodes.map(({ kind, nodeId, visits }) => [kind, nodeId, visits])).toEqual(
      expect.arrayContaining([
        ['start', '', 3],
        ['node', 'b', 3],
        ['end', '', 3],
      ]),
    );
  });

  it('says of nodes and edges how long they take', async () => {
    const [first, second] = [
      interaction(
        'i',
        step('a', 0, 4, { errorState: true, nodeName: 'Ask' }),
        step('b', 10, 30, { nodeType: 'ROUTING' }),
      ),
      interaction('j', step('a', 0, 8, { errorState: false, nodeName: 'Ask' })),
    ];
    const picture = await flow([first, second]);
    expect(endOf(picture, 'a', 'start')).toMatchObject({
      ...{ nodeName: 'Ask', visits: 2, interactions: 2, p50: 6, total: 12, share: 12 / 32 },
      ...{ errors: 1, errorRate: 0.5, bottlenecks: 0 },
    });
    expect(endOf(picture, 'b', 'start')).toMatchObject({ nodeType: 'ROUTING', p50: 20, bottlenecks: 1 });
    expect(picture.edges.find(({ from, to }) => from === 'a' && to === 'b')).toMatchObject({
      p50: 6,
      total: 6,
    });
  });

  it('is of what the filter leaves', async () => {
    const picture = await flow(visiting('ab', 'ac', 'ad'), 0, [{ kind: 'node', nodeId: 'c' }]);
    expect(picture.edges.map(edge)).toEqual([
      [null, 'a', 1, 1],
      ['a', 'c', 1, 1],
      ['c', null, 1, 1],
    ]);
    expect(picture.hiddenNodes).toBe(0);
  });

  it('is empty where nothing is left', async () => {
    for (const log of [[], visiting('')]) {
      expect(await flow(log)).toMatchObject({ width: 0, height: 0, nodes: [], edges: [], hidden: 0 });
    }
  });

  it('hides the rarest edges', async () => {
    const log = visiting(...Array.from({ length: 9 }, () => 'abcd'), 'acbd', 'adcb');
    const picture = await flow(log, 0.5);
    expect(picture.edges.map(edge)).toEqual([
      [null, 'a', 11, 11],
      ['d', null, 10, 10],
      ['a', 'b', 9, 9],
      ['b', 'c', 9, 9],
      ['c', 'd', 9, 9],
      ['c', 'b', 2, 2],
    ]);
    expect([picture.hiddenEdges, picture.hidden]).toEqual([5, 5 / 11]);
  });

  it('has more than can be drawn cut to the commonest', async () => {
    const often = visiting(
      ...Array.from({ length: 3 }, () => Array.from({ length: 60 }, (_, at) => `often${at}`)),
    );
    const rare = visiting(Array.from({ length: 600 }, (_, at) => `rare${at}`));
    const picture = await flow([...often, ...rare]);
    expect(picture.nodes.filter(({ kind }) => kind === 'node').length).toBeLessThanOrEqual(MOST_NODES);
    expect(picture.edges.length).toBeLessThanOrEqual(MOST_EDGES);
    expect(picture.nodes.length - 2 + picture.hiddenNodes).toBe(660);
    expect(picture.hidden).toBeCloseTo(picture.hiddenEdges / (picture.edges.length + picture.hiddenEdges));
    expect(endOf(picture, 'often59', 'start').visits).toBe(3);
  });

  it('shows everything unless some is hidden, and leaves nothing alone', async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.constantFrom(0, 0.3, 0.8, 1), async (paths, hidden) => {
        const log = visiting(...paths);
        const [whole, picture] = [await flow(log), await flow(log, hidden)];
        const pairs = new Map<string, number>();
        for (const path of paths.filter(({ length }) => length > 0)) {
          for (const [at, node] of [...path, null].entries()) {
            const key = JSON.stringify([path[at - 1] ?? null, node]);
            pairs.set(key, (pairs.get(key) ?? 0) + 1);
          }
        }
        expect(
          new Map(whole.edges.map(({ from, to, count }) => [JSON.stringify([from, to]), count])),
        ).toEqual(pairs);
        expect(picture.edges.length + picture.hiddenEdges).toBe(whole.edges.length);
        expect(picture.nodes).toHaveLength(whole.nodes.length);
        const visited = new Set(paths.flat());
        expect(reached(picture, false)).toEqual(visited);
        expect(reached(picture, true)).toEqual(visited);
      }),
      { numRuns: 60 },
    );
  });

  it('has its boxes apart, within the picture, and its lines from border to border', async () => {
    await fc.assert(
      fc.asyncProperty(logs, async (paths) => {
        const picture = await flow(visiting(...paths));
        const { nodes, edges, width, height } = picture;
        const isInside = (x: number, y: number) => x >= 0 && y >= 0 && x <= width && y <= height;
        for (const [index, one] of nodes.entries()) {
          expect([one.width, one.height]).toEqual(one.kind === 'node' ? [168, 48] : [28, 28]);
          expect(isInside(one.x - one.width / 2, one.y - one.height / 2)).toBe(true);
          expect(isInside(one.x + one.width / 2, one.y + one.height / 2)).toBe(true);
          for (const other of nodes.slice(index + 1)) {
            const isApart =
              Math.abs(one.x - other.x) >= (one.width + other.width) / 2 ||
              Math.abs(one.y - other.y) >= (one.height + other.height) / 2;
            expect(isApart).toBe(true);
          }
        }
        for (const { from, to, points } of edges) {
          expect(points.length).toBeGreaterThan(1);
          expect(points.every(({ x, y }) => isInside(x, y))).toBe(true);
          const [first, last] = [points[0] ?? { x: 0, y: 0 }, points.at(-1) ?? { x: 0, y: 0 }];
          expect(isOnBorder(endOf(picture, from, 'start'), first)).toBe(true);
          expect(isOnBorder(endOf(picture, to, 'end'), last)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('runs from the top to the bottom, with what leads back turned round', async () => {
    const picture = await flow(visiting('abc', 'abc', 'abcabc'));
    const heights = ['a', 'b', 'c'].map((nodeId) => endOf(picture, nodeId, 'start').y);
    expect(heights).toEqual(heights.toSorted((a, b) => a - b));
    const start = endOf(picture, null, 'start');
    const end = endOf(picture, null, 'end');
    expect(picture.nodes.every(({ y }) => y >= start.y && y <= end.y)).toBe(true);
    const back = picture.edges.find(({ from, to }) => from === 'c' && to === 'a');
    expect(back?.points[0]?.y).toBeGreaterThan(back?.points.at(-1)?.y ?? Number.POSITIVE_INFINITY);
    const loop = (await flow(visiting('aa'))).edges.find(({ from, to }) => from === to);
    expect(Math.max(...(loop?.points ?? []).map(({ x }) => x))).toBeGreaterThan(loop?.points[0]?.x ?? 1e9);
  });

  it('is the same whatever the order of the records, and when it is asked for again', async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.constantFrom(0, 0.5), async (paths, hidden) => {
        const log = visiting(...paths);
        const data = dataOf(log);
        const left = leftOf(data);
        const request: RequestOf<'flow'> = { kind: 'flow', filter: [], hidden };
        const first = await flowOf(data, left, request);
        expect(await flowOf(data, left, request)).toBe(first);
        expect(await flow(log, hidden)).toEqual(first);
        expect(await flow(log.toReversed(), hidden)).toEqual(first);
      }),
      { numRuns: 25 },
    );
  });
});
