/** What a history file has in it: the values that completion offers while the file is open. */
import type { KnownValues } from '../language/index.ts';
import { createMask, type Mask } from '../output/index.ts';
import type { Interaction, JsonObject } from '../protocol/history.ts';
import { type Profile, profileSchema } from '../protocol/profile.ts';
import { createReader, historyRecords, type Reader } from '../tenant/index.ts';
import { type CollectedLimits, Collector, KNOWN_LIMITS } from './known-values.ts';

/** How much of a file is looked at. */
interface FileLimits extends CollectedLimits {
  /** Bytes, after unpacking. */
  readonly bytes: number;
  /** A file without a record in so many bytes is none of history. */
  readonly bytesWithoutRecord: number;
}

export const FILE_LIMITS: FileLimits = {
  ...KNOWN_LIMITS,
  bytes: 8 * 1024 * 1024,
  bytesWithoutRecord: 2 * 1024 * 1024,
};

interface KnownHistoryOptions {
  /** What values are called to be from. */
  readonly origin: string;
  /** Where records may have their fields, the likeliest first; the default profile's are tried after them. */
  readonly layouts: readonly Profile['response'][];
  /** Patterns of variables whose values must not be offered. */
  readonly redaction: readonly string[];
  readonly signal: AbortSignal;
  /** Awaited between stretches of some milliseconds' work. */
  readonly giveWay: () => Promise<void>;
  readonly limits?: FileLimits;
}

/** A way to read a record, and to mask what was read so. */
interface Layout {
  readonly reader: Reader;
  readonly mask: Mask;
}

/** Reads the beginning of a history file. What is no history, and a file that cannot be read, has no values. */
export async function readKnownHistory(path: string, options: KnownHistoryOptions): Promise<KnownValues> {
  const { origin, redaction, giveWay, limits = FILE_LIMITS } = options;
  const responses = [...options.layouts, profileSchema.parse({}).response];
  const layouts = responses.map((response): Layout => {
    const mask = createMask(redaction, { steps: response.steps, fields: response.map });
    return { reader: createReader(response), mask };
  });
  const collector = new Collector(limits);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(limits.milliseconds)]);
  const lists = responses.map(({ interactions }) => interactions);
  try {
    let isHistory = false;
    for await (const { records, bytes } of historyRecords(path, { lists, maxBytes: limits.bytes, signal })) {
      for (const record of records) {
        const interaction = masked(record, layouts);
        if (interaction === undefined) continue;
        isHistory = true;
        collector.interaction(interaction);
      }
      if (signal.aborted || collector.steps >= limits.steps) break;
      if (!isHistory && bytes >= limits.bytesWithoutRecord) break;
      await giveWay();
    }
  } catch {
    // Gone, not ours to read, or a gzip file that is cut: what came until then is good.
  }
  return collector.result(origin);
}

function masked(record: JsonObject, layouts: readonly Layout[]): Interaction | undefined {
  for (const { reader, mask } of layouts) {
    const interaction = reader.read(record);
    if (typeof interaction === 'string') continue;
    if (!mask.active) return interaction;
    const hidden = reader.read(mask.record(record));
    return typeof hidden === 'string' ? undefined : hidden;
  }
  return undefined;
}
