/** The time that the interactions cover. */
import { formatInstant } from '../protocol/instant.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { Frame } from './frame.ts';

/** Earliest start and latest end; null where no step has a time. */
export function reportWindow(frame: Frame): AnalysisReport['window'] {
  const { columns, live } = frame;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const i of live) {
    const earliest = columns.earliest.values[i] ?? Number.NaN;
    const latest = columns.latest.values[i] ?? Number.NaN;
    if (earliest < from) from = earliest;
    if (latest > to) to = latest;
  }
  return to >= from ? { from: formatInstant(from), to: formatInstant(to) } : { from: null, to: null };
}
