/** What is not as a run left it. */
import type { RunManifest } from '../protocol/run.ts';

/** What it means that so many records can be read of those that a run kept. */
export function damageOf({ kept, outcome }: RunManifest, read: number): string | undefined {
  if (kept === undefined || kept === read || outcome === 'running') return undefined;
  return read < kept
    ? `Only ${read} of the ${kept} records that the run kept can be read: its file of interactions was cut or damaged. Run the query again for all of them.`
    : `The file of interactions holds ${read} records, but the run kept ${kept}: it was changed since.`;
}
