/** Records of a run as they come: read, told apart from those that came before, kept in order. */
import type { Interaction, JsonValue, RejectedRecord } from '../protocol/history.ts';
import { compareRecords, digestOf } from './duplicates.ts';
import { textOfJson } from './json.ts';
import type { Reader } from './reader.ts';

/** What one stretch of rows gave that was not known before. */
export interface Gathered {
  readonly interactions: readonly Interaction[];
  /** Fuller versions of interactions that an earlier page had given. */
  readonly replaced: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
  /** It repeated a record of another page: rows may have shifted here. */
  readonly shifted: boolean;
}

/** Counts of one batch. */
export interface BatchTally {
  /** Distinct readable records. */
  readable: number;
  rejected: number;
  /** Of the readable ones, those that an earlier batch had given already. */
  shared: number;
  /** Segments without anything new, one after another. */
  useless: number;
}

export interface Collector {
  /**
   * Takes pages of a batch, at most until `limit` distinct readable records of it have been seen. `late` ones
   * were read once more on purpose: what they repeat is no duplicate of the tenant's.
   */
  take(
    batch: number,
    offset: number,
    pages: readonly (readonly JsonValue[])[],
    limit: number | null,
    late?: boolean,
  ): Gathered;
  tally(batch: number): BatchTally;
  /** All distinct records, in the order of batch and row. */
  records(): Interaction[];
  rejected(): readonly RejectedRecord[];
  readonly totals: { readable: number; duplicates: number; replaced: number; conflicts: number };
}

interface Version {
  interaction: Interaction;
}

interface Known {
  /** More than one where they contradict each other. */
  readonly versions: Version[];
  /** Digests of all that came with this id, from the second on. */
  digests: Set<string> | undefined;
  readonly page: number;
  /** Last batch that gave it. */
  lastBatch: number;
}

interface Row {
  readonly batch: number;
  readonly row: number;
  /** Read once more: on equal rows it stands before those that had moved up into its place. */
  readonly late: boolean;
  readonly of: Version;
}

/** An id under which more than these contradict each other names no interaction: only equal ones are then found. */
const MAX_COMPARED = 100;

export function createCollector(reader: Reader): Collector {
  const known = new Map<string, Known>();
  const rows: Row[] = [];
  const rejected: RejectedRecord[] = [];
  const refused = new Set<string>();
  const tallies = new Map<number, BatchTally>();
  const totals = { readable: 0, duplicates: 0, replaced: 0, conflicts: 0 };
  let sorted = true;
  let pageCount = 0;
  let recordCount = 0;

  const tally = (batch: number): BatchTally => {
    let found = tallies.get(batch);
    if (found === undefined) {
      found = { readable: 0, rejected: 0, shared: 0, useless: 0 };
      tallies.set(batch, found);
    }
    return found;
  };

  const add = (row: Row): void => {
    const last = rows.at(-1);
    if (last !== undefined && (last.batch > row.batch || (last.batch === row.batch && last.row > row.row))) {
      sorted = false;
    }
    rows.push(row);
  };

  return {
    totals,
    tally,
    take(batch, offset, pages, limit, late = false) {
      const counts = tally(batch);
      const interactions: Interaction[] = [];
      const replaced: Interaction[] = [];
      const fresh: RejectedRecord[] = [];
      let shifted = false;
      let row = offset;

      const again = (before: Known, interaction: Interaction): void => {
        if (before.lastBatch !== batch) {
          before.lastBatch = batch;
          counts.readable += 1;
          counts.shared += 1;
        } else {
          if (before.page !== pageCount) shifted = true;
        }
        before.digests ??= new Set(before.versions.map((version) => digestOf(version.interaction)));
        const digest = digestOf(interaction);
        if (before.digests.has(digest)) {
          if (!late) totals.duplicates += 1;
          return;
        }
        before.digests.add(digest);
        for (const version of before.versions.slice(0, MAX_COMPARED)) {
          const comparison = compareRecords(version.interaction, interaction);
          if (comparison === 'conflict') continue;
          if (!late) totals.duplicates += 1;
          if (comparison !== 'later') return;
          totals.replaced += 1;
          const waiting = interactions.indexOf(version.interaction);
          if (waiting >= 0) interactions[waiting] = interaction;
          else replaced.push(interaction);
          version.interaction = interaction;
          return;
        }
        totals.conflicts += 1;
        const version = { interaction };
        before.versions.push(version);
        interactions.push(interaction);
        add({ batch, row, late, of: version });
      };

      const refuse = (reason: string, raw: JsonValue): void => {
        const text = textOfJson(raw);
        if (text !== undefined && refused.has(text)) return;
        if (text !== undefined) refused.add(text);
        const record = { index: recordCount - 1, reason, raw: text === undefined ? null : raw };
        rejected.push(record);
        fresh.push(record);
        counts.rejected += 1;
      };

      for (const page of pages) {
        pageCount += 1;
        for (const raw of page) {
          if (limit !== null && counts.readable >= limit) break;
          recordCount += 1;
          const interaction = reader.read(raw);
          if (typeof interaction === 'string') {
            refuse(interaction, raw);
          } else {
            const before = known.get(interaction.interactionId);
            if (before === undefined) {
              const version = { interaction };
              known.set(interaction.interactionId, {
                versions: [version],
                digests: undefined,
                page: pageCount,
                lastBatch: batch,
              });
              add({ batch, row, late, of: version });
              interactions.push(interaction);
              counts.readable += 1;
              totals.readable += 1;
            } else {
              again(before, interaction);
            }
          }
          row += 1;
        }
      }
      if (interactions.length + fresh.length > 0) counts.useless = 0;
      else if (row > offset) counts.useless += 1;
      return { interactions, replaced, rejected: fresh, shifted };
    },
    records() {
      if (!sorted) rows.sort((a, b) => a.batch - b.batch || a.row - b.row || Number(b.late) - Number(a.late));
      sorted = true;
      return rows.map(({ of }) => of.interaction);
    },
    rejected: () => rejected,
  };
}
