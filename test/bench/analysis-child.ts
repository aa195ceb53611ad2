/** One way to analyse so many steps, in a process of its own: `node analysis-child.ts own 1000000`. */
import { performance } from 'node:perf_hooks';
import { traceFlow } from '../../server/src/analysis/flow.ts';
import { createFrame } from '../../server/src/analysis/frame.ts';
import { analyse, createStore } from '../../server/src/analysis/index.ts';
import { StepClock } from '../../server/src/analysis/order.ts';
import { tracePaths } from '../../server/src/analysis/paths.ts';
import type { Interaction, JsonObject, Step } from '../../server/src/protocol/history.ts';
import type { AnalysisMeasured, AnalysisWay } from './analysis.ts';

const NODES = 16;
const SECOND = 1_000_000;
const START = Date.UTC(2026, 10, 1) * 1_000;
const NONE: JsonObject = {};

/** The same numbers for everybody: a linear congruential generator of 32 bits. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Interactions of 4 to 16 steps, in an order that is not theirs; with variables that change, or with none. */
function* interactions(steps: number, withVariables: boolean): Generator<Interaction> {
  const random = numbers(1);
  const queues = ['sales', 'support', 'billing', 'returns', 'vip'];
  let made = 0;
  for (let i = 0; made < steps; i += 1) {
    const count = 4 + random(13);
    const list: Step[] = [];
    let at = START + random(28 * 86_400) * SECOND;
    let node = 0;
    let variables: JsonObject = withVariables
      ? {
          priority: random(10) < 3 ? 'high' : 'low',
          queue: queues[random(5)] ?? '',
          waited: random(300),
          tries: 0,
        }
      : NONE;
    for (let k = 0; k < count; k += 1) {
      const end = at + (1 + random(20_000)) * 1_000;
      const after: JsonObject =
        withVariables && random(2) === 0 ? { ...variables, tries: k, waited: random(300) } : variables;
      list.push({
        nodeId: `node${node}`,
        nodeName: `Node ${node}`,
        nodeType: node % 4 === 0 ? 'ROUTING' : 'QUEUE',
        startTime: at,
        endTime: end,
        errorState: random(50) === 0,
        outcome: null,
        variablesBefore: variables,
        variablesAfter: after,
      });
      variables = after;
      at = end + random(5_000) * 1_000;
      // Two or three ways on from each node, so that paths repeat and decisions exist.
      node =
        (node * 3 + 1 + (random(8) === 0 ? random(3) : variables['priority'] === 'high' ? 1 : 0)) % NODES;
    }
    // Every fourth comes in another order than that of time.
    if (i % 4 === 0) list.reverse();
    made += count;
    yield { interactionId: `i${i}`, workflowId: 'w', workflowName: null, steps: list, raw: NONE };
  }
}

async function timed(rounds: number, run: () => unknown): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    await run();
    all.push((performance.now() - begin) / 1_000);
  }
  return all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

const megabytes = (): number => process.resourceUsage().maxRSS / 1_024;

/** Order of the steps of each interaction, flow and paths: from steps in memory as they came. */
async function own(steps: number, rounds: number): Promise<AnalysisMeasured> {
  const store = createStore({ reconcile: false });
  // The times alone, as they lie in memory: what a database has loaded as well.
  const clock = new StepClock();
  const begin = performance.now();
  let ordering = 0;
  for (const one of interactions(steps, false)) {
    const from = performance.now();
    clock.read(one.steps);
    ordering += performance.now() - from;
    store.add(one);
  }
  const load = (performance.now() - begin) / 1_000;
  const seconds = await timed(rounds, () => {
    const frame = createFrame(store);
    traceFlow(frame);
    tracePaths(frame);
  });
  const frame = createFrame(store);
  return {
    steps: frame.steps,
    load,
    seconds: seconds + ordering / 1_000,
    peak: megabytes(),
    edges: traceFlow(frame).edges.size,
    paths: tracePaths(frame).counts.filter((count) => count > 0).length,
  };
}

/** The same of an embedded analytical database, from its own table in memory. */
async function duckdb(steps: number, rounds: number): Promise<AnalysisMeasured> {
  const { BIGINT, DuckDBDataChunk, DuckDBInstance, INTEGER } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE steps (i INTEGER, node INTEGER, place INTEGER, began BIGINT, ended BIGINT)',
  );
  const types = [INTEGER, INTEGER, INTEGER, BIGINT, BIGINT];
  const appender = await connection.createAppender('steps');
  const begin = performance.now();
  let columns: [number[], number[], number[], bigint[], bigint[]] = [[], [], [], [], []];
  const flush = (): void => {
    const chunk = DuckDBDataChunk.create(types);
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
    columns = [[], [], [], [], []];
  };
  let made = 0;
  let i = 0;
  for (const one of interactions(steps, false)) {
    for (const [place, step] of one.steps.entries()) {
      columns[0].push(i);
      columns[1].push(Number(step.nodeId.slice(4)));
      columns[2].push(place);
      columns[3].push(BigInt(step.startTime ?? 0));
      columns[4].push(BigInt(step.endTime ?? 0));
      made += 1;
      if (columns[0].length === 2_048) flush();
    }
    i += 1;
  }
  if (columns[0].length > 0) flush();
  appender.closeSync();
  const load = (performance.now() - begin) / 1_000;
  const flow = `SELECT node, next, count(*) AS n, count(DISTINCT i) AS of, median(wait) FROM (
    SELECT i, node, lead(node) OVER w AS next, lead(began) OVER w - ended AS wait FROM steps
    WINDOW w AS (PARTITION BY i ORDER BY began, ended, place)) WHERE next IS NOT NULL GROUP BY node, next`;
  const paths = `SELECT path, count(*) AS n FROM (
    SELECT list(node ORDER BY began, ended, place) AS path FROM steps GROUP BY i) GROUP BY path ORDER BY n DESC`;
  let [edges, ways] = [0, 0];
  const seconds = await timed(rounds, async () => {
    edges = (await connection.runAndReadAll(flow)).currentRowCount;
    ways = (await connection.runAndReadAll(`SELECT count(*) FROM (${paths})`)).currentRowCount;
  });
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM (${paths})`);
  ways = Number(counted.getRows()[0]?.[0] ?? 0);
  return { steps: made, load, seconds, peak: megabytes(), edges, paths: ways };
}

/** Columns, then the whole report, and apart what drivers and rules take. */
async function report(steps: number, rounds: number): Promise<AnalysisMeasured> {
  const store = createStore({ reconcile: false });
  const begin = performance.now();
  for (const one of interactions(steps, true)) store.add(one);
  const load = (performance.now() - begin) / 1_000;
  const loaded = megabytes();
  // What one report takes; repeated ones leave more to be collected.
  analyse(store, { drivers: false });
  const peak = megabytes();
  const seconds = await timed(rounds, () => analyse(store, { drivers: false }));
  const whole = await timed(1, () => analyse(store));
  const { pathCount, flow } = analyse(store, { drivers: false });
  return {
    ...{ steps: createFrame(store).steps, load, seconds, peak, edges: flow.edges.length, paths: pathCount },
    ...{ drivers: whole - seconds, loaded },
  };
}

const WAYS: Readonly<Record<AnalysisWay, typeof own>> = { own, duckdb, report };
const [way = 'own', steps = '0', rounds = '3'] = process.argv.slice(2);
const isWay = (name: string): name is AnalysisWay => Object.hasOwn(WAYS, name);
if (!isWay(way)) throw new Error(`no way ${way}`);
process.stdout.write(JSON.stringify(await WAYS[way](Number(steps), Number(rounds))));
