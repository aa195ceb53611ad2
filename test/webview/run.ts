/** A made run and the editor's side of the conversation about it: answers as the contract says, from plain arrays. */
import type { PanelResponse } from '../../server/src/protocol/panel.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import type { TableRow, VariableChange } from '../../server/src/protocol/panel-views.ts';
import type { MadeOptions, MadeRun, MadeStep } from './made.ts';
import { compareOf, runsOf } from './made-compare.ts';
import { leftOf } from './made-filter.ts';
import { MADE_NODES as NODES } from './made-nodes.ts';
import { overviewOf, THRESHOLD } from './made-overview.ts';
import { densityAnswer, timelineAnswer } from './timeline-answers.ts';

export type { MadeOptions, MadeRun };

const START = Date.parse('2025-03-10T08:00:00Z');

/** The same numbers every time: a small generator with a fixed seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function longId(next: () => number): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(next() * 16).toString(16)).join('');
  return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`;
}

const change = (
  path: string,
  kind: VariableChange['kind'],
  before: string | null,
  after: string | null,
): VariableChange => ({ path, kind, before, after });

/** Interactions with eight or nine steps each; about every fourth is held up by a decision node. */
export function makeRun(options: MadeOptions = {}): MadeRun {
  const total = options.interactions ?? 40;
  const next = random(7);
  const interactions = Array.from({ length: total }, (_, at) => {
    const id = options.longIds === true ? longId(next) : `int-${String(100_000 + at)}`;
    const endless = options.endlessEvery !== undefined && at % options.endlessEvery === 2;
    let time = START + at * 37_000;
    const steps: MadeStep[] = [];
    for (const node of NODES) {
      if (node.id === 'n-survey' && next() < 0.35) continue;
      const slow = node.id === 'n-prio' ? next() < 0.24 : node.id === 'n-fraud' && next() < 0.08;
      const times = endless && node.id === 'n-agent' ? 110 : slow ? 6 : 1;
      const dwell = Math.round(node.dwell * (0.5 + next()) * times * 1000) / 1000;
      const wait = steps.length === 0 ? null : Math.round(next() * 900) / 1000;
      time += (wait ?? 0) * 1000;
      const open = node.id === 'n-survey' && next() < 0.12;
      const held =
        (node.type === 'ROUTING' || node.type === 'CONDITION' || node.type === 'DECISION') &&
        dwell > THRESHOLD;
      steps.push({
        interactionId: id,
        sequence: steps.length,
        nodeId: node.id,
        nodeName: node.name,
        nodeType: node.type,
        startTime: new Date(time).toISOString(),
        endTime: open ? null : new Date(time + dwell * 1000).toISOString(),
        dwell: open ? null : dwell,
        wait,
        workflowName: null,
        outcome: node.type === 'DECISION' ? (next() < 0.3 ? 'gold' : 'standard') : null,
        bottleneck: held,
        error: node.id === 'n-ident' && next() < 0.07,
        matching: node.id === 'n-tier' && next() < 0.4,
        open,
        variables: [
          change('/queue', 'changed', '"general"', '"billing"'),
          change('/customer/tier', 'added', null, '"gold"'),
          change('/menuChoice', 'removed', '2', null),
          change('/attempts', 'typeChanged', '1', '"1"'),
          change('/language', 'same', '"en"', '"en"'),
          change('/callerId', 'same', '"***"', '"***"'),
        ],
        outside: node.id === 'n-agent' ? [change('/priority', 'changed', '3', '1')] : [],
        raw: JSON.stringify({ nodeId: node.id, nodeType: node.type, errorState: false }, null, 2),
      });
      time += dwell * 1000;
    }
    return { id, steps };
  });
  return { options, interactions, overview: overviewOf(interactions, options) };
}

/** Answers every request about `run` from its arrays. */
export function answerer(run: MadeRun): (request: PanelRequest) => PanelResponse {
  return (request) => {
    switch (request.kind) {
      case 'overview':
        return request.filter.length === 0
          ? run.overview
          : overviewOf(run.interactions, run.options, request.filter);
      case 'compare':
        return compareOf(request.with);
      case 'runs':
        return runsOf();
      case 'timeline':
        return timelineAnswer(run, request);
      case 'density':
        return densityAnswer(run, request);
      case 'table': {
        const { interactions, found } = leftOf(run, request.filter);
        const kept = interactions.flatMap(({ steps }) => steps).filter(found);
        const { sort } = request;
        if (sort !== null) {
          const sign = sort.descending ? -1 : 1;
          kept.sort((a, b) => {
            const [left, right] = [a[sort.column] ?? '', b[sort.column] ?? ''];
            return left < right ? -sign : left > right ? sign : 0;
          });
        }
        const { at } = request;
        const offset = pageOf(
          at === undefined
            ? -1
            : kept.findIndex(
                (step) => step.interactionId === at.interactionId && step.sequence === at.sequence,
              ),
          request,
        );
        return {
          kind: 'table',
          total: kept.length,
          offset,
          rows: kept.slice(offset, offset + request.count).map(tableRow),
        };
      }
      case 'step': {
        const found = run.interactions.find((interaction) => interaction.id === request.interactionId);
        const step = found?.steps[request.sequence];
        if (step === undefined) throw new Error('There is no such step in this run.');
        return {
          kind: 'step',
          interactionId: request.interactionId,
          steps: found?.steps.length ?? 0,
          step: tableRow(step),
          variables: [...step.variables],
          outside: [...step.outside],
          raw: step.raw,
        };
      }
      default:
        throw new Error('This made run has no answer to that.');
    }
  };
}

function pageOf(index: number, request: { readonly offset: number; readonly count: number }): number {
  return index < 0 ? request.offset : Math.floor(index / request.count) * request.count;
}

function tableRow({ variables: _, outside: __, raw: ___, ...row }: MadeStep): TableRow {
  return row;
}

/** The `answer` of the harness for a run: shows it when the view is ready, then answers its requests. */
export function hostOf(
  run: MadeRun,
  delay: (request: PanelRequest) => number = () => 0,
): (message: unknown) => Promise<unknown> {
  const answer = answerer(run);
  return async (message) => {
    const asked = message as { type: string; id: number; body: PanelRequest };
    if (asked.type === 'ready') {
      return { type: 'show', state: { runId: run.overview.header.runId, tab: 'overview', selection: null } };
    }
    if (asked.type !== 'request') return undefined;
    const wait = delay(asked.body);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      return { type: 'response', id: asked.id, body: answer(asked.body) };
    } catch (error) {
      return {
        type: 'failed',
        id: asked.id,
        message: error instanceof Error ? error.message : String(error),
      };
    }
  };
}
