/** What the timeline draws, in words: for screen readers and tooltips. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import type { Bar } from './bars.ts';
import { brief, duration, nodeLabel, plural, visible } from '../format.ts';
import { spoken } from '../parts.ts';

export function lasting(row: TimelineRow): string {
  return row.duration === null ? 'no times' : duration(row.duration);
}

/** The whole interaction in words; its id stands in two parts, which would be read as two. */
export function nameOf(row: TimelineRow): string {
  return [
    visible(row.interactionId),
    lasting(row),
    ...(row.bottlenecks > 0 ? [plural(row.bottlenecks, 'bottleneck')] : []),
    ...(row.errors > 0 ? [plural(row.errors, 'error')] : []),
  ].join(', ');
}

export function describe(bar: Bar): string {
  const { step } = bar;
  if (bar.steps > 1)
    return `${bar.steps} short steps from step ${step.sequence + 1} on; zoom in to tell them apart`;
  const dwell = step.dwell === null ? 'dwell unknown' : duration(step.dwell);
  const from = step.start === null ? 'no time' : `at +${duration(step.start)}`;
  return `${brief(nodeLabel(step), 80)}, step ${step.sequence + 1}, ${dwell}, ${from}${spoken(step)}`;
}
