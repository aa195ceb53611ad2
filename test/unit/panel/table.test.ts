import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftBy } from '../../../server/src/panel/left.ts';
import { tableOf } from '../../../server/src/panel/table.ts';
import { formatInstant } from '../../../server/src/protocol/instant.ts';
import {
  type RequestOf,
  type Sort,
  TABLE_COLUMNS,
  type TableColumn,
} from '../../../server/src/protocol/panel-requests.ts';
import { type TableRow, tableSchema } from '../../../server/src/protocol/panel-views.ts';
import { interaction, SECOND, step } from '../analysis/support.ts';
import { flagsOf, madeFilter, madeInteractions, type Plain, plain, plainLeft } from './reference.ts';

const madeSort = fc.option(
  fc.record({ column: fc.constantFrom(...TABLE_COLUMNS), descending: fc.boolean() }),
  { nil: null, freq: 9 },
);

/** All rows in the order of the run. */
function plainRows(run: Plain, filter: Parameters<typeof plainLeft>[1]): TableRow[] {
  const { kept, found } = plainLeft(run, filter);
  const instant = (micros: number | null): string | null => (micros === null ? null : formatInstant(micros));
  const seconds = (micros: number | null): number | null => (micros === null ? null : micros / SECOND);
  return kept.flatMap((place) => {
    const { name = '', workflowName = null, steps = [] } = run.interactions[place] ?? {};
    return steps
      .filter((one) => found === undefined || found.has(one))
      .map(
        (one): TableRow => ({
          interactionId: name,
          sequence: one.sequence,
          nodeId: one.step.nodeId,
          nodeName: one.step.nodeName,
          nodeType: one.step.nodeType,
          startTime: instant(one.start),
          endTime: instant(one.end),
          dwell: seconds(one.dwell),
          wait: seconds(one.wait),
          outcome: one.step.outcome,
          workflowName,
          ...flagsOf(one),
          ...(found === undefined ? {} : { found: true }),
        }),
      );
  });
}

function comparable(row: TableRow, column: TableColumn): readonly (number | string)[] | null {
  const value = row[column];
  if (value === null) return null;
  return typeof value === 'string' ? [value.normalize('NFC').toLowerCase(), value] : [Number(value)];
}

function compareRows(a: TableRow, b: TableRow, { column, descending }: NonNullable<Sort>): number {
  const [x, y] = [comparable(a, column), comparable(b, column)];
  if (x === null || y === null) return Number(x === null) - Number(y === null);
  const at = x.findIndex((part, place) => part !== y[place]);
  const [one = 0, other = 0] = [x[at], y[at]];
  return (one < other ? -1 : one > other ? 1 : 0) * (descending ? -1 : 1);
}

describe('table', () => {
  it('is the steps that satisfy the filter, sorted, whatever the pages', () => {
    fc.assert(
      fc.property(
        madeInteractions,
        madeFilter,
        madeSort,
        fc.integer({ min: 1, max: 9 }),
        (made, filter, sort, count) => {
          const run = plain(made);
          const left = leftBy(run.data, filter);
          const expected = plainRows(run, filter);
          // Sorting is stable.
          if (sort !== null) expected.sort((a, b) => compareRows(a, b, sort));
          const rows: TableRow[] = [];
          for (let offset = 0; offset < expected.length + count; offset += count) {
            const page = tableSchema.parse(
              tableOf(run.data, left, { kind: 'table', filter, offset, count, sort }),
            );
            expect(page.total).toBe(expected.length);
            expect(page.rows.length).toBeLessThanOrEqual(count);
            rows.push(...page.rows);
          }
          expect(rows).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('turns to the page that has a step', () => {
    fc.assert(
      fc.property(
        madeInteractions,
        madeSort,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        (made, sort, count, place) => {
          const run = plain(made);
          const left = leftBy(run.data, []);
          const all = plainRows(run, []);
          fc.pre(all.length > 0);
          const { interactionId = '', sequence = 0 } = all[place % all.length] ?? {};
          const request: RequestOf<'table'> = { kind: 'table', filter: [], offset: 3, count, sort };
          const page = tableOf(run.data, left, { ...request, at: { interactionId, sequence } });
          expect(page.offset % count).toBe(0);
          expect(page.rows.map((row) => [row.interactionId, row.sequence])).toContainEqual([
            interactionId,
            sequence,
          ]);
        },
      ),
    );
  });

  it('stays at its offset for a step that is not in it', () => {
    const run = plain([interaction('a', step('A', 0, 1), step('B', 1, 2), step('B', 2, 3))]);
    const filter = [{ kind: 'node', nodeId: 'B' }] as const;
    const left = leftBy(run.data, [...filter]);
    const pageAt = (interactionId: string, sequence: number): number =>
      tableOf(run.data, left, {
        ...{ kind: 'table', filter: [...filter], offset: 1, count: 1, sort: null },
        at: { interactionId, sequence },
      }).offset;
    expect([pageAt('a', 0), pageAt('a', 1), pageAt('a', 3), pageAt('b', 0)]).toEqual([1, 0, 1, 1]);
  });

  it('sorts more rows than are compared one by one, the unknown last either way', () => {
    const many = Array.from({ length: 3_000 }, (_, i) =>
      step('A', i % 7 === 0 ? null : 10_000 - 3 * i, i % 7 === 0 ? null : 10_000 - 3 * i + (i % 5)),
    );
    const run = plain(many.map((one, i) => interaction(`i${i}`, one)));
    const left = leftBy(run.data, []);
    for (const descending of [false, true]) {
      const rows = Array.from(
        { length: 6 },
        (_, page) =>
          tableOf(run.data, left, {
            ...{ kind: 'table', filter: [], offset: page * 500, count: 500 },
            sort: { column: 'dwell', descending },
          }).rows,
      ).flat();
      const known = rows.filter(({ dwell }) => dwell !== null);
      expect(rows.slice(0, known.length)).toEqual(known);
      expect(known).toEqual(
        known.toSorted(
          (a, b) =>
            ((a.dwell ?? 0) - (b.dwell ?? 0)) * (descending ? -1 : 1) ||
            Number(a.interactionId.slice(1)) - Number(b.interactionId.slice(1)),
        ),
      );
    }
  });
});
