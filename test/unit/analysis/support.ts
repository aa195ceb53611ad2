/** Makes interactions for the tests of the analysis: short forms, and a reader for the public logs. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AnalyseOptions, analyse, createStore } from '../../../server/src/analysis/index.ts';
import type { Interaction, JsonObject, Step } from '../../../server/src/protocol/history.ts';
import { parseInstant } from '../../../server/src/protocol/instant.ts';
import { type AnalysisReport, analysisReportSchema } from '../../../server/src/protocol/report.ts';

export const SECOND = 1_000_000;

/** A step with its times in seconds. */
export function step(
  nodeId: string,
  start: number | null,
  end: number | null,
  more: Partial<Omit<Step, 'nodeId' | 'startTime' | 'endTime'>> = {},
): Step {
  return {
    nodeId,
    nodeName: null,
    nodeType: null,
    startTime: start === null ? null : start * SECOND,
    endTime: end === null ? null : end * SECOND,
    errorState: null,
    outcome: null,
    variablesBefore: {},
    variablesAfter: {},
    ...more,
  };
}

export function interaction(interactionId: string, ...steps: Step[]): Interaction {
  const raw: JsonObject = {
    interactionId,
    steps: steps.map((one): JsonObject => ({ ...one })),
  };
  return { interactionId, workflowId: null, workflowName: null, steps, raw };
}

export function report(interactions: readonly Interaction[], options: AnalyseOptions = {}): AnalysisReport {
  const store = createStore();
  for (const one of interactions) store.add(one);
  return analysisReportSchema.parse(analyse(store, options));
}

/** A table of a report by a key of its rows. */
export function by<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

export const dataFolder = resolve(process.env['CXQ_TEST_DATA'] ?? '../shared/data');
export const hasData = existsSync(resolve(dataFolder, 'history'));

interface HistoryStep {
  nodeId: string;
  nodeType?: string;
  startTime?: string;
  endTime?: string;
  variablesBefore?: JsonObject;
  variablesAfter?: JsonObject;
}

/** Only what the public logs hold; the product's own reader is tested elsewhere. */
export function readLog(name: string): Interaction[] {
  const text = gunzipSync(readFileSync(resolve(dataFolder, 'history', `${name}.ndjson.gz`))).toString('utf8');
  const instant = (value: string | undefined): number | null =>
    value === undefined ? null : (parseInstant(value)?.micros ?? null);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Interaction => {
      const raw: { interactionId: string; steps: HistoryStep[] } = JSON.parse(line);
      return {
        interactionId: raw.interactionId,
        workflowId: null,
        workflowName: null,
        steps: raw.steps.map((one) => ({
          ...step(one.nodeId, null, null),
          nodeType: one.nodeType ?? null,
          startTime: instant(one.startTime),
          endTime: instant(one.endTime),
          variablesBefore: one.variablesBefore ?? {},
          variablesAfter: one.variablesAfter ?? {},
        })),
        raw: JSON.parse(line),
      };
    });
}

export function readExpected(name: string): unknown {
  return JSON.parse(readFileSync(resolve(dataFolder, 'expected', `${name}.json`), 'utf8'));
}
