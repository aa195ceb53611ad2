/** Reads logs of other tools for tests. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Interaction, RejectedRecord } from '../../../server/src/protocol/history.ts';
import { profileSchema } from '../../../server/src/protocol/profile.ts';
import type { CreateParser } from '../../../server/src/tenant/history-parser.ts';
import { dataFolder } from '../analysis/support.ts';

export interface ReadLog {
  readonly interactions: readonly Interaction[];
  readonly rejected: readonly RejectedRecord[];
  readonly notes: readonly string[];
}

/** Reads a file in pieces of so many bytes. */
export async function readWith(
  create: CreateParser,
  file: string | Uint8Array,
  piece = 4096,
): Promise<ReadLog> {
  const bytes = Buffer.from(file);
  const parser = create({ response: profileSchema.parse({}).response });
  const interactions: Interaction[] = [];
  const rejected: RejectedRecord[] = [];
  const add = (stretch: Omit<ReadLog, 'notes'>): void => {
    interactions.push(...stretch.interactions);
    rejected.push(...stretch.rejected);
  };
  for (let at = 0; at < bytes.length; at += piece) add(parser.push(bytes.subarray(at, at + piece)));
  for await (const stretch of parser.end()) add(stretch);
  return { interactions, rejected, notes: parser.notes() };
}

/** A public log as it was published. */
export function publishedLog(name: string): Buffer {
  return gunzipSync(readFileSync(resolve(dataFolder, 'logs', name)));
}
