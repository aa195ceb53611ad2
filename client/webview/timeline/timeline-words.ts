/** What the timeline draws, in words: for screen readers and tooltips. */
import type { TimelineRow } from '../../../server/src/protocol/panel-views.ts';
import { brief, count, duration, instant, nodeLabel, plural, visible } from '../format.ts';
import { MARKS, spoken } from '../parts.ts';
import type { TimelineStep } from './bars.ts';
import type { Bins } from './minimap.ts';

export function lasting(row: TimelineRow): string {
  return row.duration === null ? 'no times' : duration(row.duration);
}

/** The whole interaction in words; its id stands in two parts, which would be read as two. */
export function nameOf(row: TimelineRow): string {
  return [
    visible(row.interactionId),
    lasting(row),
    plural(row.stepCount, 'step'),
    ...(row.bottlenecks > 0 ? [plural(row.bottlenecks, 'bottleneck')] : []),
    ...(row.errors > 0 ? [plural(row.errors, 'error')] : []),
  ].join(', ');
}

/** The step, or the crowd that it comes in, in words. */
export function describe(step: TimelineStep, sequence: number): string {
  if ((step.steps ?? 1) > 1) {
    return `Step ${count(sequence + 1)}, one of ${count(step.steps ?? 1)} short steps from step ${count(step.sequence + 1)} on; zoom in to tell them apart`;
  }
  const dwell = step.dwell === null ? 'dwell unknown' : duration(step.dwell);
  const from = step.start === null ? 'no time' : `at +${duration(step.start)}`;
  const wait = step.wait !== null && step.wait > 0 ? `, after a wait of ${duration(step.wait)}` : '';
  const found = step.found === true ? ', found by the filter' : '';
  return `${brief(nodeLabel(step), 80)}, step ${count(step.sequence + 1)}, ${dwell}, ${from}${wait}${spoken(step)}${found}`;
}

export interface Tip {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly marks: readonly (typeof MARKS)[number][];
}

/** @param steps that the bar under the pointer stands for */
export function tipOf(row: TimelineRow, step: TimelineStep, steps: number, zone: string): Tip {
  const start =
    row.startTime === null || step.start === null ? null : Date.parse(row.startTime) + step.start * 1000;
  const at = (millis: number | null): string =>
    millis === null || Number.isNaN(millis) ? '—' : instant(new Date(millis).toISOString(), zone, 'millis');
  if (steps > 1) {
    return {
      title: `${count(steps)} short steps`,
      facts: [
        ['From step', count(step.sequence + 1)],
        ['Start', at(start)],
        ['', 'Zoom in to tell them apart'],
      ],
      marks: [],
    };
  }
  const end = start === null || step.dwell === null ? null : start + step.dwell * 1000;
  return {
    title: brief(nodeLabel(step), 120),
    facts: [
      [
        'Step',
        `${count(step.sequence + 1)} of ${count(row.stepCount)}${step.nodeType === null ? '' : ` · ${brief(step.nodeType, 40)}`}`,
      ],
      ['Dwell', step.open ? 'still open' : step.dwell === null ? 'unknown' : duration(step.dwell)],
      ['Wait before', duration(step.wait)],
      ['Start', step.start === null ? 'no time' : `${at(start)} (+${duration(step.start)})`],
      ['End', step.open ? 'still open' : at(end)],
      ...(step.found === true ? [['', 'Found by the filter'] as const] : []),
    ],
    marks: MARKS.filter((mark) => step[mark.flag]),
  };
}

/** What the map above the axis shows, for those who do not see it. */
export function mapInWords(density: Bins & { readonly length: number }, say: (at: number) => string): string {
  const sum = (of: readonly number[]): number => of.reduce((all, one) => all + one, 0);
  const all = sum(density.steps);
  if (all === 0) return 'Map of the axis: no step has a time';
  const bin = density.length / density.steps.length;
  const most = density.steps.indexOf(Math.max(...density.steps));
  const held = density.bottlenecks.indexOf(Math.max(...density.bottlenecks));
  const bottlenecks = sum(density.bottlenecks);
  const errors = sum(density.errors);
  return [
    `Map of the axis: ${plural(all, 'step')} from ${say(0)} to ${say(density.length)}, most of them about ${say(most * bin)}`,
    ...(bottlenecks > 0 ? [`${plural(bottlenecks, 'bottleneck')}, most about ${say(held * bin)}`] : []),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
  ].join('; ');
}
