/** Parquet: the columns of CSV with their types, a row a step, in time order. */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { toSeconds } from '../../protocol/instant.ts';
import type { CSV_COLUMNS } from './csv.ts';
import type { ExportInteraction, ExportStep } from './item.ts';
import type { ExportWriter } from './writer.ts';

type Name = (typeof CSV_COLUMNS)[number];
type Value = string | number | boolean | null;

/** So many rows of a group are held before they are written, or so many characters of variables. */
const GROUP_ROWS = 50_000;
const GROUP_CHARACTERS = 32 * 2 ** 20;

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const instant = {
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
} as const;
const number = { type: 'DOUBLE' } as const;

interface Column {
  readonly kind: Omit<SchemaElement, 'name' | 'repetition_type'>;
  readonly isRequired?: true;
  /** Instants are microseconds since the epoch. */
  readonly value: (step: ExportStep, interaction: ExportInteraction['interaction']) => Value;
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** In the order of CSV. Nothing here is run by whoever opens it, so no text is changed. */
const COLUMNS = {
  case_id: { kind: text, isRequired: true, value: (_, { interactionId }) => interactionId },
  activity: { kind: text, isRequired: true, value: ({ step }) => step.nodeId },
  start_timestamp: { kind: instant, value: ({ step }) => step.startTime },
  timestamp: { kind: instant, value: ({ step }) => step.endTime },
  node_name: { kind: text, value: ({ step }) => step.nodeName },
  node_type: { kind: text, value: ({ step }) => step.nodeType },
  outcome: { kind: text, value: ({ step }) => step.outcome },
  error: { kind: { type: 'BOOLEAN' }, value: ({ step }) => step.errorState },
  dwell_s: { kind: number, value: ({ dwell }) => (dwell === null ? null : toSeconds(dwell)) },
  wait_s: { kind: number, value: ({ wait }) => (wait === null ? null : toSeconds(wait)) },
  sequence: { kind: { type: 'INT32' }, isRequired: true, value: ({ sequence }) => sequence },
  workflow_id: { kind: text, value: (_, { workflowId }) => workflowId },
  workflow_name: { kind: text, value: (_, { workflowName }) => workflowName },
  variables_before: { kind: text, value: ({ step }) => json(step.variablesBefore) },
  variables_after: { kind: text, value: ({ step }) => json(step.variablesAfter) },
} satisfies Readonly<Record<Name, Column>>;

export function createParquetWriter(): ExportWriter {
  const columns: readonly (readonly [string, Column])[] = Object.entries(COLUMNS);
  const bytes = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'schema', num_children: columns.length },
      ...columns.map(
        ([name, { kind, isRequired }]): SchemaElement => ({
          name,
          ...kind,
          repetition_type: isRequired ? 'REQUIRED' : 'OPTIONAL',
        }),
      ),
    ],
    createdBy: 'cxq',
  });
  let group = columns.map((): Value[] => []);
  let rows = 0;
  let characters = 0;

  const writeGroup = (): void => {
    if (rows === 0) return;
    void parquet.write({
      columnData: columns.map(([name], at) => ({ name, data: group[at] ?? [] })),
      rowGroupSize: rows,
    });
    group = columns.map(() => []);
    rows = 0;
    characters = 0;
  };
  /** What has been written since, of which the writer keeps the place alone. */
  const taken = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };

  return {
    head: '',
    item({ interaction, steps }) {
      for (const step of steps) {
        for (const [at, [, column]] of columns.entries()) {
          const value = column.value(step, interaction);
          group[at]?.push(value);
          if (typeof value === 'string') characters += value.length;
        }
        rows += 1;
        if (rows === GROUP_ROWS || characters >= GROUP_CHARACTERS) writeGroup();
      }
      return taken();
    },
    tail() {
      writeGroup();
      void parquet.finish();
      return [taken()];
    },
  };
}
