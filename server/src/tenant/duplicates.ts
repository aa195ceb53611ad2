/** What it means that an interaction has come twice. */
import { hash } from 'node:crypto';
import type { Interaction, Step } from '../protocol/history.ts';
import { sameJson } from './json.ts';

/** `later` or `earlier` is the fuller one of the two; else they contradict each other. */
export type Comparison = 'later' | 'earlier' | 'conflict';

/** Tells texts apart. */
export function digestOfText(text: string): string {
  // Fewer characters would take twice the time: they have to be cut out of it.
  return hash('sha256', text, 'base64url');
}

/** Compares two records of one id that are not the same, the one that came first with the one that came later. */
export function compareRecords(first: Interaction, later: Interaction): Comparison {
  if (continues(first, later)) return 'later';
  return continues(later, first) ? 'earlier' : 'conflict';
}

/** Whether `fuller` says all that `before` says, and gained steps or ended one that was open. */
function continues(before: Interaction, fuller: Interaction): boolean {
  if (fuller.steps.length < before.steps.length) return false;
  if (!agrees(before.workflowId, fuller.workflowId)) return false;
  const rest = [...fuller.steps];
  let gained = rest.length > before.steps.length;
  for (const step of before.steps) {
    const index = rest.findIndex((candidate) => grownFrom(step, candidate));
    const found = rest[index];
    if (found === undefined) return false;
    if (step.endTime === null && found.endTime !== null) gained = true;
    rest.splice(index, 1);
  }
  return gained;
}

/** The same visit; one that was open may have ended meanwhile, and said more. */
function grownFrom(step: Step, grown: Step): boolean {
  if (step.nodeId !== grown.nodeId || step.startTime !== grown.startTime) return false;
  if (!agrees(step.endTime, grown.endTime)) return false;
  const wasOpen = step.endTime === null;
  return (
    (agrees(step.errorState, grown.errorState) || wasOpen) &&
    agrees(step.outcome, grown.outcome) &&
    sameJson(step.variablesBefore, grown.variablesBefore) &&
    (wasOpen || sameJson(step.variablesAfter, grown.variablesAfter))
  );
}

function agrees<T>(before: T | null, after: T | null): boolean {
  return before === null || before === after;
}
