/** Parquet exports, read back by DuckDB, which shares no code with what writes them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CSV_COLUMNS } from '../../../server/src/output/exports/csv.ts';
import type { ExportInteraction } from '../../../server/src/output/exports/item.ts';
import { writeExport } from '../../../server/src/output/exports/write.ts';
import type { Step } from '../../../server/src/protocol/history.ts';
import { emptyFolder } from './events.ts';

const STEP: Step = {
  nodeId: 'menu-1',
  nodeName: '=Main menu',
  nodeType: 'DECISION',
  startTime: 1_795_330_800_000_001,
  endTime: 1_795_330_812_500_000,
  errorState: false,
  outcome: '',
  variablesBefore: {},
  variablesAfter: { queue: 'ü𝄞', 'a\nb': [1, null] },
};
const NOTHING: Step = {
  nodeId: 'end',
  nodeName: null,
  nodeType: null,
  startTime: null,
  endTime: null,
  errorState: null,
  outcome: null,
  variablesBefore: null,
  variablesAfter: null,
};

function exported(interactionId: string, steps: readonly Step[]): ExportInteraction {
  return {
    interaction: { interactionId, workflowId: null, workflowName: 'Care', steps, raw: {} },
    steps: steps.map((step, sequence) => ({
      step,
      sequence,
      dwell: sequence === 0 ? 1_500_000 : null,
      wait: null,
    })),
  };
}

async function written(items: Iterable<ExportInteraction>) {
  const base = await emptyFolder();
  const result = await writeExport('PARQUET', items, { base, path: 'a.parquet' });
  if (!result.ok) throw new Error(result.error.message);
  const file = join(base, 'a.parquet');
  return { file, result: result.value, bytes: await readFile(file) };
}

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function asked(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

const quoted = (file: string): string => `'${file.replaceAll("'", "''")}'`;

describe('a Parquet export', () => {
  it('has the columns of CSV, with their types', async () => {
    const { file } = await written([]);
    const columns = await asked(`DESCRIBE SELECT * FROM read_parquet(${quoted(file)})`);
    expect(columns.map((column) => [column['column_name'], column['column_type']])).toEqual(
      CSV_COLUMNS.map((name) => [
        name,
        {
          start_timestamp: 'TIMESTAMP WITH TIME ZONE',
          timestamp: 'TIMESTAMP WITH TIME ZONE',
          error: 'BOOLEAN',
          dwell_s: 'DOUBLE',
          wait_s: 'DOUBLE',
          sequence: 'INTEGER',
        }[String(name)] ?? 'VARCHAR',
      ]),
    );
    expect(await asked(`SELECT count(*)::INTEGER AS rows FROM read_parquet(${quoted(file)})`)).toEqual([
      { rows: 0 },
    ]);
  });

  it('holds every value as it is, empty and missing ones apart', async () => {
    const { file } = await written([exported('a', [STEP, NOTHING]), exported('none', [])]);
    const rows = await asked(
      `SELECT * REPLACE (epoch_us(start_timestamp)::VARCHAR AS start_timestamp, epoch_us("timestamp")::VARCHAR AS "timestamp") FROM read_parquet(${quoted(file)})`,
    );
    expect(rows).toEqual([
      {
        case_id: 'a',
        activity: 'menu-1',
        start_timestamp: '1795330800000001',
        timestamp: '1795330812500000',
        node_name: '=Main menu',
        node_type: 'DECISION',
        outcome: '',
        error: false,
        dwell_s: 1.5,
        wait_s: null,
        sequence: 0,
        workflow_id: null,
        workflow_name: 'Care',
        variables_before: '{}',
        variables_after: JSON.stringify(STEP.variablesAfter),
      },
      expect.objectContaining({
        case_id: 'a',
        activity: 'end',
        start_timestamp: null,
        error: null,
        sequence: 1,
      }),
    ]);
  });

  it('is written in groups of rows, the same bytes each time', async () => {
    const items = Array.from({ length: 1_300 }, (_, at) => exported(`i${at}`, Array<Step>(100).fill(STEP)));
    const one = await written(items);
    const other = await written(items);
    expect(one.result.records).toBe(1_300);
    expect(one.bytes.equals(other.bytes)).toBe(true);
    const [groups] = await asked(
      `SELECT count(DISTINCT row_group_id)::INTEGER AS count, any_value(compression) AS packing FROM parquet_metadata(${quoted(one.file)})`,
    );
    expect(groups).toEqual({ count: 3, packing: 'SNAPPY' });
    const [sums] = await asked(
      `SELECT count(*)::INTEGER AS rows, count(DISTINCT case_id)::INTEGER AS cases, sum(dwell_s)::DOUBLE AS dwell FROM read_parquet(${quoted(one.file)})`,
    );
    expect(sums).toEqual({ rows: 130_000, cases: 1_300, dwell: 1_950 });
  });

  it('gives any text and any time back', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const time = fc.option(fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 }));
    const step = fc.record({ nodeId: text, outcome: fc.option(text), startTime: time, endTime: time });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 4 }), async (given) => {
        const items = given.map((steps, at) =>
          exported(
            `i${at}`,
            steps.map((one) => ({ ...NOTHING, ...one })),
          ),
        );
        const { file } = await written(items);
        const rows = await asked(
          `SELECT case_id, activity, outcome, epoch_us(start_timestamp)::VARCHAR AS started, epoch_us("timestamp")::VARCHAR AS ended FROM read_parquet(${quoted(file)})`,
        );
        const shown = (micros: number | null): string | null => (micros === null ? null : String(micros));
        expect(rows).toEqual(
          given.flatMap((steps, at) =>
            steps.map((one) => ({
              case_id: `i${at}`,
              activity: one.nodeId,
              outcome: one.outcome,
              started: shown(one.startTime),
              ended: shown(one.endTime),
            })),
          ),
        );
      }),
      { numRuns: 30 },
    );
  });
});
