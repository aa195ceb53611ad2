/** Lines of the process map: smooth through their corners, with heads that say where they lead. Units of the layout. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

interface Bend {
  readonly out: Point;
  readonly in: Point;
  readonly to: Point;
}

export interface Curve {
  readonly from: Point;
  readonly bends: readonly Bend[];
}

/** Share of a stretch that the handles at its ends take. */
const HANDLE = 1 / 3;
/** Of a loop beside its box. */
const LOOP = 26;

const number = (value: number): string => String(Math.round(value * 100) / 100);
const pair = ({ x, y }: Point): string => `${number(x)} ${number(y)}`;
const distance = (a: Point, b: Point): number => Math.hypot(b.x - a.x, b.y - a.y);
const along = (from: Point, by: Point, length: number): Point => ({
  x: from.x + by.x * length,
  y: from.y + by.y * length,
});

function direction(from: Point, to: Point): Point {
  const length = distance(from, to);
  return length === 0 ? { x: 0, y: 0 } : { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

/**
 * Goes through all points, without a kink. A handle is never longer than a third of its stretch, so the line does not
 * leave its corners behind. Points that are not numbers or stand twice are passed over; undefined for less than two.
 */
export function curveThrough(points: readonly Point[]): Curve | undefined {
  const kept = points.filter(({ x, y }, at) => {
    const before = points[at - 1];
    return Number.isFinite(x) && Number.isFinite(y) && !(before?.x === x && before.y === y);
  });
  const from = kept[0];
  if (from === undefined || kept.length < 2) return undefined;
  const tangents = kept.map((point, at) => direction(kept[at - 1] ?? point, kept[at + 1] ?? point));
  const bends: Bend[] = [];
  for (const [at, to] of kept.entries()) {
    const before = kept[at - 1];
    const leaves = tangents[at - 1];
    const comes = tangents[at];
    if (before === undefined || leaves === undefined || comes === undefined) continue;
    const handle = distance(before, to) * HANDLE;
    bends.push({ out: along(before, leaves, handle), in: along(to, comes, -handle), to });
  }
  return { from, bends };
}

/** As the data of an SVG path. */
export function pathOf(curve: Curve): string {
  const bends = curve.bends.map((bend) => `C${pair(bend.out)} ${pair(bend.in)} ${pair(bend.to)}`);
  return `M${pair(curve.from)}${bends.join('')}`;
}

/** The line without the length of its head, and the head: both as data of SVG paths. */
export function withHead(curve: Curve, size: number): { readonly line: string; readonly head: string } {
  const last = curve.bends.at(-1);
  if (last === undefined) return { line: pathOf(curve), head: '' };
  const before = distance(last.in, last.to) > 0 ? last.in : curve.from;
  const ahead = direction(before, last.to);
  const base = along(last.to, ahead, -size);
  const aside = { x: -ahead.y, y: ahead.x };
  const head = `M${pair(last.to)}L${pair(along(base, aside, size * 0.45))}L${pair(along(base, aside, -size * 0.45))}Z`;
  const shift = -Math.min(size * 0.8, distance(curve.bends.at(-2)?.to ?? curve.from, last.to) * 0.9);
  const end = { ...last, in: along(last.in, ahead, shift), to: along(last.to, ahead, shift) };
  return { line: pathOf({ ...curve, bends: [...curve.bends.slice(0, -1), end] }), head };
}

/** Where the curve is after a share of its bends' parameter: near enough to its middle for a label. */
export function pointAt(curve: Curve, share: number): Point {
  const place = share * curve.bends.length;
  const at = Math.min(curve.bends.length - 1, Math.floor(place));
  const bend = curve.bends[at];
  if (bend === undefined) return curve.from;
  const start = curve.bends[at - 1]?.to ?? curve.from;
  const t = place - at;
  const rest = 1 - t;
  const mixed = (axis: 'x' | 'y'): number =>
    rest ** 3 * start[axis] +
    3 * rest ** 2 * t * bend.out[axis] +
    3 * rest * t ** 2 * bend.in[axis] +
    t ** 3 * bend.to[axis];
  return { x: mixed('x'), y: mixed('y') };
}

/** Corners of a line that the layout gave none for: straight from border to border, or a loop at a box's right side. */
export function cornersBetween(from: Box, to: Box): Point[] {
  if (from === to) {
    const right = from.x + from.width / 2;
    const half = Math.min(from.height / 4, LOOP / 2);
    return [
      { x: right, y: from.y - half },
      { x: right + LOOP, y: from.y - half },
      { x: right + LOOP, y: from.y + half },
      { x: right, y: from.y + half },
    ];
  }
  return [border(from, to), border(to, from)];
}

/** Where the straight line from a box's middle to a point leaves the box. */
function border(box: Box, towards: Point): Point {
  const x = towards.x - box.x;
  const y = towards.y - box.y;
  const share = Math.min(
    x === 0 ? Number.POSITIVE_INFINITY : box.width / 2 / Math.abs(x),
    y === 0 ? Number.POSITIVE_INFINITY : box.height / 2 / Math.abs(y),
  );
  return Number.isFinite(share) ? { x: box.x + x * share, y: box.y + y * share } : { x: box.x, y: box.y };
}

/** A box with round corners as the data of an SVG path. */
export function boxPath({ x, y, width, height }: Box, radius: number): string {
  const left = x - width / 2;
  const top = y - height / 2;
  const r = Math.min(radius, width / 2, height / 2);
  if (r === 0) return `M${pair({ x: left, y: top })}h${number(width)}v${number(height)}h${number(-width)}Z`;
  const arc = (to: Point): string => `A${number(r)} ${number(r)} 0 0 1 ${pair(to)}`;
  return [
    `M${pair({ x: left + r, y: top })}`,
    `L${pair({ x: left + width - r, y: top })}`,
    arc({ x: left + width, y: top + r }),
    `L${pair({ x: left + width, y: top + height - r })}`,
    arc({ x: left + width - r, y: top + height }),
    `L${pair({ x: left + r, y: top + height })}`,
    arc({ x: left, y: top + height - r }),
    `L${pair({ x: left, y: top + r })}`,
    `${arc({ x: left + r, y: top })}Z`,
  ].join('');
}
