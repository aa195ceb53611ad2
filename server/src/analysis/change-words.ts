/** In words since when a node takes longer or shorter. Plain text. */
import type { AnalysisReport, ChangePoint } from '../protocol/report.ts';
import { formatSeconds, percent } from './format.ts';

/** `Priority routing: it doubled since 2026-11-20 14:00 (median 4.1 s → 9.7 s), n 212/198.` */
export function changeSentence({ nodes }: Pick<AnalysisReport, 'nodes'>, change: ChangePoint): string {
  const { nodeId, before, after } = change;
  const name = nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? nodeId;
  return `${name}: ${changeWords(change)}, n ${before.n}/${after.n}.`;
}

/** `it doubled since 2026-11-20 14:00 (median 4.1 s → 9.7 s)`. */
export function changeWords({ label, before, after }: ChangePoint): string {
  const ratio = before.median > 0 ? after.median / before.median : Number.POSITIVE_INFINITY;
  const medians = `median ${formatSeconds(before.median)} → ${formatSeconds(after.median)}`;
  return `it ${ratioWord(ratio)} since ${label} (${medians})`;
}

function ratioWord(ratio: number): string {
  if (ratio >= 1.9 && ratio < 2.2) return 'doubled';
  if (ratio > 1) return Number.isFinite(ratio) ? `takes ${ratio.toFixed(1)} times as long` : 'takes longer';
  return ratio > 0.45 && ratio < 0.55 ? 'halved' : `takes ${percent(ratio)} as long`;
}
