/** The table: the steps that satisfy the filter, in any order. */
import type { PanelResponse } from '../protocol/panel.ts';
import type { RequestOf, Sort, TableColumn } from '../protocol/panel-requests.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';
import { ordered, pageOf, Recent } from './ordering.ts';
import { stepAt, tableRowOf } from './steps.ts';

type TablePage = Extract<PanelResponse, { kind: 'table' }>;

/** Orders of one filter that are kept: scrolling asks for the same one again and again. */
const KEPT = 2;
const known = new WeakMap<Left, Recent<Int32Array>>();

export function tableOf(_: PanelData, left: Left, request: RequestOf<'table'>): TablePage {
  const orders = known.get(left) ?? new Recent<Int32Array>(KEPT);
  known.set(left, orders);
  const { sort } = request;
  const key = sort === null ? '' : `${sort.column} ${sort.descending}`;
  const steps = orders.get(key, () =>
    sorted(
      left,
      orders.get('', () => stepsOf(left)),
      sort,
    ),
  );
  const at = request.at === undefined ? undefined : stepAt(left, request.at);
  const { offset, rows } = pageOf(steps, request, at);
  return { kind: 'table', total: steps.length, offset, rows: Array.from(rows, (s) => tableRowOf(left, s)) };
}

/** In the order of the run. */
function stepsOf({ frame, found, matchingSteps }: Left): Int32Array {
  const { columns, live } = frame;
  const offsets = columns.firstStep.values;
  const steps = new Int32Array(matchingSteps);
  let next = 0;
  for (const i of live) {
    const to = offsets[i + 1] ?? 0;
    for (let s = offsets[i] ?? 0; s < to; s += 1) {
      if (found !== undefined && found[s] !== 1) continue;
      steps[next] = s;
      next += 1;
    }
  }
  return steps;
}

function sorted(left: Left, steps: Int32Array, sort: Sort): Int32Array {
  return sort === null ? steps : ordered(steps, keyOf(left, sort.column), sort.descending);
}

/** What a column is sorted by: a number, or the place of a text among all; NaN where there is none. */
function keyOf({ whole, frame }: Left, column: TableColumn): (step: number) => number {
  const { columns, stepInteraction } = frame;
  const { data, isBottleneck } = whole;
  const rank = (texts: readonly string[], ids: Int32Array): ((step: number) => number) => {
    const ranks = whole.ranks(texts);
    return (s) => ranks[ids[s] ?? -1] ?? Number.NaN;
  };
  const value = (values: Float64Array) => (s: number) => values[s] ?? Number.NaN;
  switch (column) {
    case 'interactionId':
      return rank(columns.ids, stepInteraction);
    case 'sequence':
      return (s) => s - (columns.firstStep.values[stepInteraction[s] ?? 0] ?? 0);
    case 'nodeId':
      return rank(columns.nodes.texts, columns.node.values);
    case 'nodeName':
      return rank(columns.texts.texts, columns.name.values);
    case 'nodeType':
      return rank(columns.texts.texts, columns.type.values);
    case 'outcome':
      return rank(columns.texts.texts, columns.outcome.values);
    case 'workflowName': {
      const ranks = whole.ranks(columns.texts.texts);
      const { values } = columns.workflowName;
      return (s) => ranks[values[stepInteraction[s] ?? 0] ?? -1] ?? Number.NaN;
    }
    case 'startTime':
      return value(columns.start.values);
    case 'endTime':
      return value(columns.end.values);
    case 'dwell':
      return value(columns.dwell.values);
    case 'wait':
      return value(columns.wait.values);
    case 'error':
      return (s) => (columns.error.values[s] === 1 ? 1 : 0);
    case 'bottleneck':
      return (s) => isBottleneck[s] ?? 0;
    case 'matching':
      return (s) => data.matching[s] ?? 0;
  }
}
