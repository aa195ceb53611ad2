/** A step as tenants send it, and an interaction of some like it: what tests of single formats write. */
import type { Interaction, Step } from '../../../server/src/protocol/history.ts';

/** It takes 12.500001 s. */
export const STEP: Step = {
  nodeId: 'menu-1',
  nodeName: 'Main menu',
  nodeType: 'DECISION',
  startTime: 1_795_330_800_000_000,
  endTime: 1_795_330_812_500_001,
  errorState: false,
  outcome: 'billing',
  variablesBefore: { queue: 'none' },
  variablesAfter: { queue: 'billing', tries: 2 },
};

/** Of steps that differ from STEP only in what is given. */
export function interactionOf(
  interactionId: string,
  steps: readonly Partial<Step>[],
  workflowName: string | null = null,
): Interaction {
  const whole = steps.map((step) => ({ ...STEP, ...step }));
  return { interactionId, workflowId: 'wf-7', workflowName, steps: whole, raw: {} };
}
