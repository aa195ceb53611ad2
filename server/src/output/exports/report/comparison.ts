/** The two sets that a run compares. */

import type { ComparedSide, Comparison, TimeComparison } from '../../../protocol/comparison.ts';
import { counted, formatSeconds, percent } from '../../../protocol/figures.ts';
import { cutTable, type Inline, paragraph, type Section } from './blocks.ts';
import { probability } from './decisions.ts';
import { instantText } from './facts.ts';

const MOST_NODES = 10;
const SIGNIFICANT = 0.05;
const ENOUGH = 20;

function sideText({ label, interactions, window }: ComparedSide): string {
  return `${label}: ${counted(interactions, 'interaction')}, ${instantText(window.from)} to ${instantText(window.to)}`;
}

function medianText({ n, median }: TimeComparison['a']): Inline {
  const text = formatSeconds(median);
  return n < ENOUGH && median !== null
    ? { few: `${text} (n ${n})` }
    : `${text} (n ${n.toLocaleString('en-GB')})`;
}

/** `+3.8 s to +7.2 s`. */
function changeText({ low, high }: TimeComparison): string {
  const signed = (seconds: number): string => `${seconds < 0 ? '−' : '+'}${formatSeconds(Math.abs(seconds))}`;
  return low === null || high === null ? '–' : `${signed(low)} to ${signed(high)}`;
}

export function comparisonSection(comparison: Comparison): Section {
  const { a, b, verdict, nodes } = comparison;
  const changed = nodes.filter(
    ({ time, share, status }) =>
      status !== 'both' || (time.q ?? 1) < SIGNIFICANT || (share.q ?? 1) < SIGNIFICANT,
  );
  const table = cutTable(
    'Nodes that differ',
    [
      { name: 'Node' },
      { name: 'Median A', numeric: true },
      { name: 'Median B', numeric: true },
      { name: 'Change (95 % interval)', numeric: true },
      { name: 'q', numeric: true },
      { name: 'Visited in A', numeric: true },
      { name: 'Visited in B', numeric: true },
    ],
    changed,
    MOST_NODES,
    ({ nodeId, nodeName, status, time, share }) => [
      `${nodeName ?? nodeId}${status === 'both' ? '' : ` (${status})`}`,
      medianText(time.a),
      medianText(time.b),
      changeText(time),
      time.q === null ? '–' : probability(time.q),
      share.a.share === null ? '–' : percent(share.a.share),
      share.b.share === null ? '–' : percent(share.b.share),
    ],
    (count) => `${counted(count, 'node')} more.`,
  );
  return {
    id: 'comparison',
    title: 'Beside another set',
    blocks: [
      paragraph(`A is ${sideText(a)}. B is ${sideText(b)}.`),
      { kind: 'list', ordered: false, items: verdict },
      ...(changed.length === 0 ? [paragraph('No node differs by more than chance.')] : table),
    ],
  };
}
