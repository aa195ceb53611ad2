/** Where the arrow keys lead on the map. */
import type { Point } from './geometry.ts';

export const ARROWS = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
} as const satisfies Readonly<Record<string, Point>>;
export type Arrow = keyof typeof ARROWS;

export function isArrow(key: string): key is Arrow {
  return Object.hasOwn(ARROWS, key);
}

/** Places of all boxes from top to bottom, and from left to right in a row: every one is come by. */
export function readingOrder(boxes: readonly Point[]): number[] {
  return boxes
    .map(({ x, y }, at) => ({ x, y, at }))
    .sort((a, b) => a.y - b.y || a.x - b.x)
    .map(({ at }) => at);
}

/** How much more a step aside counts than one ahead. */
const ASIDE = 2;

/**
 * The nearest box in a direction: of those that a line leads to or comes from first, then of all. −1 where there is
 * none.
 */
export function nextIn(
  key: Arrow,
  from: number,
  boxes: readonly Point[],
  linked: ReadonlySet<number> | undefined,
): number {
  const start = boxes[from];
  if (start === undefined) return -1;
  const towards = ARROWS[key];
  const cost = (to: Point, cone: number): number => {
    const x = to.x - start.x;
    const y = to.y - start.y;
    const ahead = x * towards.x + y * towards.y;
    const aside = Math.abs(x * towards.y) + Math.abs(y * towards.x);
    return ahead > 0.5 && aside <= ahead * cone ? ahead + ASIDE * aside : Number.POSITIVE_INFINITY;
  };
  const nearest = (cone: number, among: (at: number) => boolean): number => {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    boxes.forEach((box, at) => {
      if (at === from || !among(at)) return;
      const costs = cost(box, cone);
      if (costs < least) [best, least] = [at, costs];
    });
    return best;
  };
  // A line leads on to a box though it is well aside; what no line leads to has to be ahead.
  for (const [cone, among] of [
    [4, (at: number) => linked?.has(at) === true],
    [1.2, () => true],
    [Number.POSITIVE_INFINITY, () => true],
  ] as const) {
    const found = nearest(cone, among);
    if (found >= 0) return found;
  }
  return -1;
}
