/** Order, flow, paths and the whole report, beside an embedded analytical database on the same steps. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { digits, type Row, type Section } from './table.ts';

export type AnalysisWay = 'own' | 'duckdb' | 'report';

const measuredSchema = z.object({
  steps: z.number(),
  /** Seconds: until the steps lie in columns, and for what is measured (the median). */
  load: z.number(),
  seconds: z.number(),
  /** Megabytes that the process held at most; without the database's own, those of `loaded` before the report. */
  peak: z.number(),
  edges: z.number(),
  paths: z.number(),
  drivers: z.number().optional(),
  loaded: z.number().optional(),
});
export type AnalysisMeasured = z.infer<typeof measuredSchema>;

const CHILD = fileURLToPath(new URL('./analysis-child.ts', import.meta.url));
const SIZES = [300_000, 1_000_000, 3_400_000, 10_000_000];
const ROUNDS = 5;
const PEER = '@duckdb/node-api';

async function measure(way: AnalysisWay, steps: number): Promise<AnalysisMeasured> {
  const rounds = steps > 5_000_000 ? 3 : ROUNDS;
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, way, String(steps), String(rounds)]);
  return measuredSchema.parse(JSON.parse(stdout));
}

const millions = (steps: number): string => `${digits(steps / 1e6)} million steps`;
const speed = ({ steps, seconds }: AnalysisMeasured): number => steps / seconds / 1e6;
const shown = (measured: AnalysisMeasured): string =>
  `${digits(speed(measured))} million steps/s, ${measured.peak.toFixed(0)} MB`;

export async function analysisSection(root: string, say: (text: string) => void): Promise<Section> {
  const text = readFileSync(join(root, 'node_modules', PEER, 'package.json'), 'utf8');
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(text));
  const rows: Row[] = [];
  for (const steps of SIZES) {
    say(`  ${millions(steps)} …\n`);
    const [own, peer] = [await measure('own', steps), await measure('duckdb', steps)];
    if (own.steps !== peer.steps || own.edges !== peer.edges || own.paths !== peer.paths) {
      throw new Error(`Not the same result: ${JSON.stringify([own, peer])}`);
    }
    rows.push(
      {
        what: `order + flow + paths, ${millions(own.steps)}`,
        measured: shown(own),
        against: shown(peer),
        bar: '≥ 5 million steps/s',
        reached: speed(own) >= 5,
      },
      {
        what: 'the same, beside the database',
        measured: `${digits(peer.seconds / own.seconds)} times as fast`,
        against: `${digits(peer.seconds)} s`,
        bar: '≥ 2 times',
        reached: peer.seconds / own.seconds >= 2,
      },
    );
  }
  const growth: string[] = [];
  for (const steps of SIZES) {
    say(`  whole report, ${millions(steps)} …\n`);
    const { steps: made, load, seconds, peak, drivers = 0, loaded = 0 } = await measure('report', steps);
    growth.push(`${digits((seconds / made) * 1e6)} s`);
    const isBar = steps === 1_000_000;
    rows.push({
      what: `whole report, ${millions(made)}`,
      measured: `${digits(seconds)} s, at most ${peak.toFixed(0)} MB`,
      against: `columns filled in ${digits(load)} s, ${loaded.toFixed(0)} MB`,
      bar: isBar ? '< 2 s, < 500 MB' : '',
      reached: isBar ? seconds < 2 && peak < 500 : null,
    });
    rows.push({
      what: 'drivers and rules, apart',
      measured: `${digits(drivers)} s`,
      against: '',
      bar: isBar ? '< 5 s' : '',
      reached: isBar ? drivers < 5 : null,
    });
  }
  return {
    title: 'Analysis',
    text: `Interactions of 4 to 16 steps over 16 nodes, every fourth in another order than that of time; each size and way in a process of its own, the median of ${ROUNDS} runs (three of the largest); megabytes are the most that the process held, what made the steps included. Ours takes one core, ${PEER} ${version} all; it has the steps in its own table before the clock starts, as ours has them in memory; both order the steps, count the flow with the interactions of each edge, and the paths, and come to the same counts (the database works out the median wait of each edge as well, ours does in the report). The whole report has exact quantiles, outcomes, rules, trends and four variables a step. A million steps of it take ${growth.join(', ')} by size: more than linear, the less of it fits the caches.`,
    rows,
  };
}
