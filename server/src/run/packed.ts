/** Records that came and are not kept as they came, packed: only what contradicts one of them asks for it again. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Interaction, JsonObject } from '../protocol/history.ts';
import type { Reader } from '../tenant/index.ts';

/** Records of one page. They take about a tenth of the memory of their text. */
export class PackedRecords {
  readonly #bytes: Buffer;

  constructor(records: readonly JsonObject[]) {
    this.#bytes = deflateRawSync(JSON.stringify(records), { level: 1 });
  }

  /** One of them as it came; undefined where it cannot be read. */
  read(index: number, reader: Reader): Interaction | undefined {
    const records: readonly JsonObject[] = JSON.parse(inflateRawSync(this.#bytes).toString());
    const record = records[index];
    const read = record === undefined ? undefined : reader.read(record);
    return typeof read === 'string' ? undefined : read;
  }
}
