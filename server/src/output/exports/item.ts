/** What an export writes. */
import type { Interaction, Step } from '../../protocol/history.ts';
import type { Micros } from '../../protocol/instant.ts';

/** A step in time order with what analysis derived from it. */
export interface ExportStep {
  readonly step: Step;
  /** 0 for the first step in time order. */
  readonly sequence: number;
  readonly dwell: Micros | null;
  readonly wait: Micros | null;
}

/** An interaction with its steps in time order; JSON and NDJSON write `interaction.raw` and need no steps. */
export interface ExportInteraction {
  readonly interaction: Interaction;
  readonly steps: readonly ExportStep[];
}
