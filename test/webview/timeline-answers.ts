/** What the editor answers the timeline of a made run: rows, as fine as asked for, and how much there is when. */
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import type { RequestOf } from '../../server/src/protocol/panel-requests.ts';
import type { Density, TimelineRow } from '../../server/src/protocol/panel-views.ts';
import type { MadeRun, MadeStep } from './made.ts';

type Timeline = {
  kind: 'timeline';
  total: number;
  offset: number;
  maxDuration: number;
  typicalDuration: number;
  from: string | null;
  to: string | null;
  rows: TimelineRow[];
};
type Step = TimelineRow['steps'][number];

const instantOf = (text: string | null | undefined): number => Date.parse(text ?? '');

/** Whether a step satisfies the conditions on steps; undefined where there is none. */
function finds(step: MadeStep, filter: Filter): boolean | undefined {
  let found: boolean | undefined;
  for (const condition of filter) {
    let holds: boolean;
    if (condition.kind === 'mark') holds = step[condition.mark];
    else if (condition.kind === 'node') holds = step.nodeId === condition.nodeId;
    else if (condition.kind === 'search') {
      const words = condition.text.toLowerCase();
      const of = [step.interactionId, step.nodeId, step.nodeName, step.nodeType, step.outcome];
      holds = of.some((text) => (text ?? '').toLowerCase().includes(words));
    } else continue;
    found = (found ?? true) && holds;
  }
  return found;
}

const rowsBefore = new WeakMap<MadeRun, Map<string, TimelineRow[]>>();

/** All rows that a filter leaves, in the order of the run. */
function rowsOf(run: MadeRun, filter: Filter): TimelineRow[] {
  const known = rowsBefore.get(run) ?? new Map<string, TimelineRow[]>();
  rowsBefore.set(run, known);
  const key = JSON.stringify(filter);
  const before = known.get(key);
  if (before !== undefined) return before;
  const named = filter.find((condition) => condition.kind === 'interactions');
  const rows = run.interactions
    .filter(({ id }) => named === undefined || named.ids.includes(id))
    .map((interaction) => rowOf(interaction, filter))
    .filter(({ steps }) => steps.length === 0 || steps.some(({ found }) => found !== false));
  known.set(key, rows);
  return rows;
}

function rowOf({ id, steps }: MadeRun['interactions'][number], filter: Filter): TimelineRow {
  const first =
    steps.map((step) => instantOf(step.startTime)).find((time) => !Number.isNaN(time)) ?? Number.NaN;
  const ends = steps
    .map((step) => instantOf(step.endTime ?? step.startTime))
    .filter((time) => !Number.isNaN(time));
  return {
    interactionId: id,
    startTime: Number.isNaN(first) ? null : new Date(first).toISOString(),
    duration: Number.isNaN(first) ? null : (Math.max(first, ...ends) - first) / 1000,
    stepCount: steps.length,
    bottlenecks: steps.filter((step) => step.bottleneck).length,
    errors: steps.filter((step) => step.error).length,
    steps: steps.map((step) => {
      const { sequence, nodeId, nodeName, nodeType, dwell, wait, bottleneck, error, matching, open } = step;
      const found = finds(step, filter);
      return {
        ...{ sequence, nodeId, nodeName, nodeType, dwell, wait, bottleneck, error, matching, open },
        start: step.startTime === null ? null : (instantOf(step.startTime) - first) / 1000,
        ...(found === undefined ? {} : { found }),
      };
    }),
  };
}

/** Neighbours that are shorter than a pixel as one. */
function thin(steps: readonly Step[], resolution: number): Step[] {
  const made: Step[] = [];
  for (const step of steps) {
    const before = made.at(-1);
    const isShort = (one: Step): boolean =>
      one.start !== null &&
      one.dwell !== null &&
      !one.bottleneck &&
      !one.error &&
      !one.matching &&
      one.dwell < resolution;
    if (before !== undefined && isShort(step) && (before.steps !== undefined || isShort(before))) {
      const end = (step.start ?? 0) + (step.dwell ?? 0);
      const from = before.start ?? 0;
      made[made.length - 1] = { ...before, steps: (before.steps ?? 1) + 1, dwell: end - from };
    } else made.push(step);
  }
  return made;
}

export function timelineAnswer(run: MadeRun, request: RequestOf<'timeline'>): Timeline {
  const kept = [...rowsOf(run, request.filter)];
  if (request.order === 'duration') kept.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
  if (request.order === 'bottlenecks') kept.sort((a, b) => b.bottlenecks - a.bottlenecks);
  if (request.order === 'start') kept.sort((a, b) => instantOf(a.startTime) - instantOf(b.startTime));
  const durations = kept.map((row) => row.duration ?? 0).sort((a, b) => a - b);
  const at = kept.findIndex(({ interactionId }) => interactionId === request.at);
  const offset = at < 0 ? request.offset : Math.floor(at / request.count) * request.count;
  return {
    kind: 'timeline',
    total: kept.length,
    offset,
    maxDuration: durations.at(-1) ?? 0,
    typicalDuration: durations[Math.ceil(durations.length * 0.9) - 1] ?? 0,
    ...windowOf(kept),
    rows: kept
      .slice(offset, offset + request.count)
      .map((row) => ({ ...row, steps: thin(row.steps, request.resolution) })),
  };
}

function windowOf(rows: readonly TimelineRow[]): { from: string | null; to: string | null } {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startTime, duration } of rows) {
    if (startTime === null) continue;
    first = Math.min(first, instantOf(startTime));
    last = Math.max(last, instantOf(startTime) + (duration ?? 0) * 1000);
  }
  if (first > last) return { from: null, to: null };
  return { from: new Date(first).toISOString(), to: new Date(last).toISOString() };
}

export function densityAnswer(run: MadeRun, request: RequestOf<'density'>): Density {
  const rows = rowsOf(run, request.filter);
  const { from, to } = windowOf(rows);
  const isClock = request.axis === 'clock';
  const length = isClock
    ? Math.max(0, (instantOf(to) - instantOf(from)) / 1000) || 0
    : Math.max(0, ...rows.map((row) => row.duration ?? 0));
  const empty = (): number[] => new Array<number>(request.bins).fill(0);
  const [steps, bottlenecks, errors] = [empty(), empty(), empty()];
  const spans: { from: number; to: number }[] = [];
  for (const row of rows) {
    const shift = isClock ? (instantOf(row.startTime) - instantOf(from)) / 1000 : 0;
    for (const step of row.steps) {
      if (step.start === null) continue;
      const start = shift + step.start;
      const bin = Math.min(request.bins - 1, Math.floor((start / length) * request.bins));
      steps[bin] = (steps[bin] ?? 0) + 1;
      if (step.bottleneck) bottlenecks[bin] = (bottlenecks[bin] ?? 0) + 1;
      if (step.error) errors[bin] = (errors[bin] ?? 0) + 1;
      spans.push({ from: start, to: start + (step.dwell ?? 0) });
    }
  }
  return {
    kind: 'density',
    length,
    from: isClock ? from : null,
    ...{ steps, bottlenecks, errors },
    idle: idleOf(spans.sort((a, b) => a.from - b.from)),
  };
}

/** Between them, where none goes on, the longest hundred in order. */
function idleOf(spans: readonly { readonly from: number; readonly to: number }[]): Density['idle'] {
  const idle: Density['idle'] = [];
  let end = 0;
  for (const { from, to } of spans) {
    if (from > end) idle.push({ from: end, to: from });
    end = Math.max(end, to);
  }
  const longest = idle.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, 100);
  return longest.sort((a, b) => a.from - b.from);
}
