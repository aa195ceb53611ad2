/** A query of what the panel's filter leaves of a run. */

import { type AnalyseOptions, DECISION_TYPES } from '../analysis/index.ts';
import type { Narrowed } from '../language/editing.ts';
import type { Narrowing } from '../panel/index.ts';
import { MICROS_PER_SECOND } from '../protocol/instant.ts';
import type { Filter } from '../protocol/panel-filter.ts';
import type { RunManifest } from '../protocol/run.ts';

export interface NarrowRequest {
  readonly kind: 'narrow';
  readonly filter: Filter;
}

export interface NarrowedQuery extends Narrowed {
  readonly kind: 'narrow';
}

/** The text that the run ran with, narrowed. Read later: the formatter is not needed before. */
export async function narrowedQuery(
  manifest: RunManifest,
  options: AnalyseOptions,
  filter: Filter,
  narrowing: Narrowing,
): Promise<NarrowedQuery> {
  const { narrowed } = await import('../language/editing.ts');
  const { window } = manifest;
  const thresholds = {
    general: options.thresholdMicros ?? manifest.threshold.over * MICROS_PER_SECOND,
    types: options.types ?? DECISION_TYPES,
    byType: options.typeThresholds ?? new Map(),
    byNode: options.nodeThresholds ?? new Map(),
  };
  return { kind: 'narrow', ...narrowed(manifest.text, filter, { ...narrowing, thresholds, window }) };
}
