/** How long the language server hears nobody while the panel asks of a large kept run. */
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MICROS_PER_MILLI } from '../../server/src/protocol/instant.ts';
import { METHODS, panelQueryResultSchema, panelResultSchema } from '../../server/src/protocol/lsp.ts';
import type { PanelResponse } from '../../server/src/protocol/panel.ts';
import type { Filter } from '../../server/src/protocol/panel-filter.ts';
import type { PanelRequest } from '../../server/src/protocol/panel-requests.ts';
import { profileSchema } from '../../server/src/protocol/profile.ts';
import type { RunManifest } from '../../server/src/protocol/run.ts';
import { generateInteractions } from '../../server/src/sandbox/index.ts';
import { startWatched } from './watched.ts';

export const PANEL_STEPS = 200_000;
const RUN_ID = '20261122T080000Z-00aa11';
const OTHER = '20261121T080000Z-00bb22';

/** A request with the time that its answer took, and the longest stretch of the main thread meanwhile. */
export interface PanelBlock {
  readonly request: string;
  readonly ms: number;
  readonly took: number;
}

const manifestOf = (runId: string): RunManifest => ({
  ...{ schemaVersion: 1, runId, query: 'slow', title: null, text: 'QUERY slow\nLAST 29d', source: null },
  ...{ connection: 'default', tenant: 'http://127.0.0.1:1', timeZone: 'UTC' },
  ...{ startedAt: '2026-11-22T08:00:00.000Z', endedAt: '2026-11-22T08:00:01.000Z', outcome: 'complete' },
  ...{ window: { from: null, to: null }, filter: '', response: profileSchema.parse({}).response },
  ...{ threshold: { over: 15, types: null }, process: { pid: process.pid, host: hostname() } },
  files: {
    ...{ interactions: 'interactions.ndjson', rejected: 'rejected.ndjson' },
    ...{ report: 'report.json', matches: 'matches.ndjson' },
  },
});

/** Two runs with so many steps each. */
async function keepRuns(runs: string): Promise<void> {
  const folder = join(runs, RUN_ID);
  await mkdir(folder, { recursive: true });
  const matches: string[] = [];
  const now = Date.UTC(2026, 10, 22, 8) * MICROS_PER_MILLI;
  const lines = function* (): Generator<string> {
    let steps = 0;
    for (const record of generateInteractions({ interactions: PANEL_STEPS, seed: 1, now })) {
      if (steps >= PANEL_STEPS) return;
      steps += Array.isArray(record['steps']) ? record['steps'].length : 0;
      matches.push('[0]\n');
      yield `${JSON.stringify(record)}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'interactions.ndjson')));
  await writeFile(join(folder, 'matches.ndjson'), matches.join(''));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifestOf(RUN_ID)));
  await cp(folder, join(runs, OTHER), { recursive: true });
  await writeFile(join(runs, OTHER, 'manifest.json'), JSON.stringify(manifestOf(OTHER)));
}

/** Each view in turn, cold, the first one opening the run; then what a person does with a filter. */
export async function panelBlocks(server: string): Promise<PanelBlock[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'cxq-bench-'));
  await keepRuns(join(dataFolder, 'runs'));
  const session = await startWatched(server, { dataFolder });
  const found: PanelBlock[] = [];
  const measure = async (request: string, method: string, params: object): Promise<unknown> => {
    let result: unknown;
    const begin = performance.now();
    const ms = await session.longest(method, params, (answer) => {
      result = answer;
    });
    found.push({ request, ms, took: performance.now() - begin });
    return result;
  };
  const filter: Filter = [{ kind: 'mark', mark: 'bottleneck' }];
  const timeline = { kind: 'timeline', offset: 0, count: 200, order: 'duration', resolution: 1 } as const;
  const table = {
    kind: 'table',
    offset: 0,
    count: 500,
    sort: { column: 'dwell', descending: true },
  } as const;
  const requests: readonly (readonly [name: string, request: PanelRequest])[] = [
    ['opening', { kind: 'overview', filter: [] }],
    ['timeline', { ...timeline, filter: [] }],
    ['density', { kind: 'density', filter: [], axis: 'clock', bins: 600 }],
    ['table', { ...table, filter: [] }],
    ['flow', { kind: 'flow', filter: [], hidden: 0 }],
    ['paths', { kind: 'paths', filter: [], offset: 0, count: 500 }],
    ['decisions', { kind: 'decisions', filter: [] }],
    ['variables', { kind: 'variables', filter: [] }],
    ['compare', { kind: 'compare', with: OTHER }],
    ['runs', { kind: 'runs' }],
    ['filtered overview', { kind: 'overview', filter }],
    ['filtered timeline', { ...timeline, filter }],
    ['filtered table', { ...table, filter }],
    ['filtered flow', { kind: 'flow', filter, hidden: 0.5 }],
    ['filtered decisions', { kind: 'decisions', filter }],
    ['searched table', { ...table, filter: [{ kind: 'search', text: 'rout' }] }],
  ];
  try {
    const ask = async (name: string, request: PanelRequest): Promise<PanelResponse> => {
      const answer = panelResultSchema.parse(await measure(name, METHODS.panel, { runId: RUN_ID, request }));
      if ('error' in answer) throw new Error(`${name}: ${answer.error.message}`);
      return answer.response;
    };
    for (const [name, request] of requests) {
      const response = await ask(name, request);
      if (request.kind !== 'decisions' || response.kind !== 'decisions') continue;
      // Of the most visited one, which is in front at first.
      const nodeId = response.decisions[0]?.nodeId ?? '';
      await ask(name.replace('decisions', 'drivers'), { ...request, kind: 'drivers', nodeId });
    }
    const query = await measure('query of the filter', METHODS.panelQuery, { runId: RUN_ID, filter });
    if ('error' in panelQueryResultSchema.parse(query)) throw new Error('no query of the filter');
  } finally {
    await session.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
  return found;
}
