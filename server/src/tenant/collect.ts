/**
 * Records of a run as they come: read, told apart from those that came before, numbered in the order in which they
 * are handed on. What stays here of a record is its id and a digest; the record itself is the caller's.
 */
import type { BatchProgress, Checkpoint, SeenRecord } from '../protocol/checkpoint.ts';
import type { Interaction, JsonValue, RejectedRecord } from '../protocol/history.ts';
import { compareRecords, digestOfText } from './duplicates.ts';
import { textOfJson } from './json.ts';
import type { Reader } from './reader.ts';
import type { ScannedRecord } from './records.ts';

/** What one block of rows gave that was not known before. */
export interface Gathered {
  readonly interactions: readonly Interaction[];
  /** Number of the first of them. */
  readonly first: number;
  /** Fuller versions of interactions that came before, and the numbers of these. */
  readonly replaced: readonly Interaction[];
  readonly replaces: readonly number[];
  readonly rejected: readonly RejectedRecord[];
  readonly seen: readonly SeenRecord[];
  /** It repeated a record of another page: rows may have shifted here. */
  readonly shifted: boolean;
  /** A record came again with other content, and what it was before cannot be had: nobody can say what that means. */
  readonly undecided: boolean;
}

export interface Block {
  readonly batch: number;
  /** Row of its first record. */
  readonly row: number;
  readonly records: readonly ScannedRecord[];
  /** At most so many distinct readable records of the batch. */
  readonly limit: number | null;
  /** Read once more on purpose: what it repeats is no duplicate of the tenant's. */
  readonly late: boolean;
}

export type Tally = BatchProgress['tally'];

export interface Totals {
  /** Distinct readable records. */
  readable: number;
  rejected: number;
  duplicates: number;
  replaced: number;
  conflicts: number;
  /** Interactions handed on: the number of the next one. */
  versions: number;
  seen: number;
  /** Records that came, those read once more left out. */
  records: number;
}

export interface CollectorOptions {
  readonly reader: Reader;
  /** An interaction that was handed on, by its number; undefined where it cannot be had any more. */
  readonly recall: (version: number) => Interaction | undefined;
  /** Tells records apart; by default SHA-256 over a record's text. */
  readonly digest?: (record: JsonValue) => string;
  /** Where another process had come to; what it had seen follows by `restore`. */
  readonly resumed?: Checkpoint;
}

export interface Collector {
  /** Takes a row that another process had seen, in order. */
  restore(seen: SeenRecord): void;
  /** A page begins: only what repeats a row of another page tells that rows have moved. */
  page(): void;
  take(block: Block): Gathered;
  /** What a record would be seen as, by a reader of its own: nothing is counted. */
  look(record: ScannedRecord, reader: Reader): Pick<SeenRecord, 'id' | 'digest'>;
  tally(batch: number): Tally;
  /** The numbers in the order of batch and row; null where they were handed on in it. */
  order(): readonly number[] | null;
  readonly totals: Totals;
}

/** What is kept of an id. */
interface Known {
  readonly version: number;
  digest: string;
  page: number;
  /** Last batch that gave it. */
  batch: number;
  /** Once it has come with other content: all digests, and the numbers of those that contradict the first. */
  more: { readonly digests: Set<string>; readonly versions: number[] } | undefined;
}

/** An id under which more than these contradict each other names no interaction: only equal ones are then found. */
const MAX_COMPARED = 100;

/** Batch, row, and on equal rows those read once more before those that had moved up into their place. */
const ROWS = 2 ** 31;
const orderKey = (batch: number, row: number, late: boolean): number =>
  (batch * ROWS + row) * 2 + (late ? 0 : 1);

export function createCollector(options: CollectorOptions): Collector {
  const { reader, recall, resumed } = options;
  const known = new Map<string, Known>();
  const refused = new Set<string>();
  const tallies = new Map<number, Tally>();
  const totals: Totals = {
    ...{
      readable: 0,
      rejected: 0,
      duplicates: 0,
      replaced: 0,
      conflicts: 0,
      versions: 0,
      seen: 0,
      records: 0,
    },
    ...resumed?.totals,
  };
  const keys: number[] = [];
  let sorted = true;
  let pages = 0;

  const digestOf = ({ raw }: Interaction): string =>
    options.digest?.(raw) ?? digestOfText(JSON.stringify(raw));

  /** Tells unreadable records apart; '' where one cannot be told from others. */
  const refusedDigest = (record: ScannedRecord): string => {
    if (!record.ok) {
      const known = `${record.bytes} ${record.reason} ${record.head}`;
      return options.digest?.(known) ?? digestOfText(known);
    }
    const text = textOfJson(record.value);
    return text === undefined ? '' : (options.digest?.(record.value) ?? digestOfText(text));
  };

  const place = (batch: number, row: number, late: boolean): void => {
    const key = orderKey(batch, row, late);
    if (key < (keys.at(-1) ?? 0)) sorted = false;
    keys.push(key);
  };

  const tally = (batch: number): Tally => {
    let found = tallies.get(batch);
    if (found === undefined) {
      found = { readable: 0, rejected: 0, shared: 0, conflicts: 0, ...resumed?.batches[batch]?.tally };
      tallies.set(batch, found);
    }
    return found;
  };

  const moreOf = (before: Known): NonNullable<Known['more']> => {
    before.more ??= { digests: new Set([before.digest]), versions: [before.version] };
    return before.more;
  };

  const restore = ({ id, digest, batch, row, late, version }: SeenRecord): void => {
    if (id === null) {
      if (digest !== '') refused.add(digest);
      return;
    }
    const before = known.get(id);
    if (version === keys.length) place(batch, row, late === true);
    if (before === undefined) {
      if (version !== null) known.set(id, { version, digest, page: 0, batch, more: undefined });
      return;
    }
    before.batch = batch;
    if (digest === before.digest || before.more?.digests.has(digest) === true) return;
    const more = moreOf(before);
    more.digests.add(digest);
    if (version !== null && !more.versions.includes(version)) more.versions.push(version);
  };
  const inherited = totals.versions;

  const take = ({ batch, row: start, records, limit, late }: Block): Gathered => {
    const counts = tally(batch);
    const first = totals.versions;
    const interactions: Interaction[] = [];
    const replaced: Interaction[] = [];
    const replaces: number[] = [];
    const rejected: RejectedRecord[] = [];
    const seen: SeenRecord[] = [];
    let shifted = false;
    let undecided = false;

    const recalled = (version: number): Interaction | undefined => {
      if (version >= first) return interactions[version - first];
      const again = replaces.indexOf(version);
      return again >= 0 ? replaced[again] : recall(version);
    };

    const replace = (version: number, interaction: Interaction): void => {
      const again = replaces.indexOf(version);
      if (version >= first) interactions[version - first] = interaction;
      else if (again >= 0) replaced[again] = interaction;
      else {
        replaced.push(interaction);
        replaces.push(version);
      }
    };

    const add = (interaction: Interaction, row: number): number => {
      const version = totals.versions;
      totals.versions += 1;
      interactions.push(interaction);
      place(batch, row, late);
      return version;
    };

    /** Which interaction a record is that came before; null where it says nothing new. */
    const again = (before: Known, interaction: Interaction, digest: string, row: number): number | null => {
      const counted = before.batch === batch;
      if (counted) {
        if (before.page !== pages) shifted = true;
      } else {
        before.batch = batch;
        counts.readable += 1;
        counts.shared += 1;
      }
      if (digest === before.digest || before.more?.digests.has(digest) === true) {
        if (!late) totals.duplicates += 1;
        return null;
      }
      const more = moreOf(before);
      more.digests.add(digest);
      for (const version of more.versions.slice(0, MAX_COMPARED)) {
        const earlier = recalled(version);
        if (earlier === undefined && version < inherited) undecided = true;
        if (earlier === undefined) continue;
        const comparison = compareRecords(earlier, interaction);
        if (comparison === 'conflict') continue;
        if (!late) totals.duplicates += 1;
        if (comparison !== 'later') return null;
        totals.replaced += 1;
        replace(version, interaction);
        return version;
      }
      totals.conflicts += 1;
      if (counted) counts.conflicts += 1;
      const version = add(interaction, row);
      more.versions.push(version);
      return version;
    };

    const refuse = (index: number, reason: string, raw: JsonValue, digest: string): void => {
      if (digest !== '' && refused.has(digest)) {
        if (!late) totals.duplicates += 1;
        return;
      }
      refused.add(digest);
      rejected.push({ index, reason, raw });
      totals.rejected += 1;
      counts.rejected += 1;
    };

    let row = start;
    const see = (id: string | null, digest: string, version: number | null): void => {
      seen.push({ id, digest, batch, row, ...(late ? { late } : {}), version });
      totals.seen += 1;
      row += 1;
    };
    for (const record of records) {
      if (limit !== null && counts.readable >= limit) break;
      const index = totals.records;
      if (!late) totals.records += 1;
      const interaction = record.ok ? reader.read(record.value) : record.reason;
      if (typeof interaction === 'string') {
        const text = record.ok ? textOfJson(record.value) : record.head;
        const digest = refusedDigest(record);
        refuse(index, interaction, record.ok && text !== undefined ? record.value : (text ?? null), digest);
        see(null, digest, null);
        continue;
      }
      const { interactionId: id } = interaction;
      const digest = digestOf(interaction);
      const before = known.get(id);
      if (before !== undefined) {
        see(id, digest, again(before, interaction, digest, row));
        continue;
      }
      const version = add(interaction, row);
      known.set(id, { version, digest, page: pages, batch, more: undefined });
      counts.readable += 1;
      totals.readable += 1;
      see(id, digest, version);
    }
    return { interactions, first, replaced, replaces, rejected, seen, shifted, undecided };
  };

  return {
    totals,
    tally,
    take,
    restore,
    page() {
      pages += 1;
    },
    look(record, own) {
      const interaction = record.ok ? own.read(record.value) : undefined;
      return interaction === undefined || typeof interaction === 'string'
        ? { id: null, digest: refusedDigest(record) }
        : { id: interaction.interactionId, digest: digestOf(interaction) };
    },
    order() {
      if (sorted) return null;
      const key = (version: number): number => keys[version] ?? 0;
      return keys.map((_, version) => version).sort((a, b) => key(a) - key(b) || a - b);
    },
  };
}
