/** A comparison in words: what a person reads first. Plain text; only what is no chance is said to differ. */
import type { Comparison, ShareComparison, TimeComparison } from '../protocol/comparison.ts';
import { counted, formatSeconds, percent } from './format.ts';

const MAX_SENTENCES = 12;
/** Of rows that came or went, so few are named. */
const MAX_NAMED = 3;

/** One sentence for the whole, then the rows that differ with a q below `most`, in their order. */
export function verdict(found: Comparison, most: number): string[] {
  const sure = ({ q }: { readonly q: number | null }): boolean => (q ?? 1) < most;
  const nameOf = new Map(found.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName ?? nodeId]));
  const name = (id: string): string => nameOf.get(id) ?? id;
  const way = (nodes: readonly string[]): string =>
    nodes.length === 0 ? '(no steps)' : nodes.map(name).join(' → ');
  const sentences: string[] = [whole(found, most)];
  const say = (subject: string, what: string): void => {
    sentences.push(`${subject}: ${what}.`);
  };
  if (sure(found.errors)) say('Interactions with an error', shareText(found.errors));
  if (sure(found.bottlenecks)) say('Interactions with a bottleneck', shareText(found.bottlenecks));
  for (const { nodeId, time, share, status } of found.nodes) {
    if (sure(time)) say(name(nodeId), timeText(time));
    else if (status === 'both' && sure(share))
      say(`Interactions that visit ${name(nodeId)}`, shareText(share));
  }
  for (const { nodeId, outcome, share } of found.outcomes) {
    if (sure(share)) say(`At ${name(nodeId)}, ${name(outcome)}`, shareText(share));
  }
  for (const { from, to, time } of found.edges) {
    if (sure(time)) say(`From ${name(from)} to ${name(to)}`, timeText(time));
  }
  for (const { nodes, share, status } of found.paths) {
    if (status === 'both' && sure(share)) say(`Path ${way(nodes)}`, shareText(share));
  }
  const cut = sentences.slice(0, MAX_SENTENCES);
  if (sentences.length > cut.length) {
    cut.push(`${counted(sentences.length - cut.length, 'further difference')} in the tables.`);
  }
  return [...cut, ...cameAndWent(found, name, way)];
}

function whole({ a, b, duration }: Comparison, most: number): string {
  const sets = `${counted(a.interactions, 'interaction')} of ${a.label} beside ${b.interactions.toLocaleString('en-GB')} of ${b.label}`;
  if (duration.difference === null) return `${sets}: there is nothing to compare on one side.`;
  const { difference } = duration;
  if ((duration.q ?? 1) >= most || difference === 0) return `${sets}: they take about as long as before.`;
  return `${sets}: they take ${difference > 0 ? 'longer' : 'less time'}, ${timeText(duration)}.`;
}

/** `median 4.1 s → 9.7 s (95 % interval +3.8 s to +7.2 s), n 212/198, q < 0.001`. */
function timeText({ a, b, low, high, q }: TimeComparison): string {
  const interval = `95 % interval ${signed(low, formatSeconds)} to ${signed(high, formatSeconds)}`;
  return `median ${formatSeconds(a.median)} → ${formatSeconds(b.median)} (${interval}), n ${a.n}/${b.n}, ${chance(q)}`;
}

/** `12 % → 31 % (95 % interval +12 to +26 points), n 212/198, q = 0.003`. */
function shareText({ a, b, low, high, q }: ShareComparison): string {
  const points = (share: number): string => String(Math.round(share * 100));
  const interval = `95 % interval ${signed(low, points)} to ${signed(high, points)} points`;
  return `${percent(a.share ?? 0)} → ${percent(b.share ?? 0)} (${interval}), n ${a.n}/${b.n}, ${chance(q)}`;
}

function signed(value: number | null, text: (absolute: number) => string): string {
  if (value === null) return '–';
  return `${value < 0 ? '−' : '+'}${text(Math.abs(value))}`;
}

function chance(q: number | null): string {
  if (q === null) return 'not tested';
  if (q < 0.001) return 'q < 0.001';
  return `q = ${q.toFixed(3)}`;
}

function cameAndWent(
  { nodes, paths }: Comparison,
  name: (id: string) => string,
  way: (nodes: readonly string[]) => string,
): string[] {
  const found: string[] = [];
  for (const status of ['appeared', 'vanished'] as const) {
    const side = status === 'appeared' ? 'b' : 'a';
    const ofNodes = nodes.filter((node) => node.status === status);
    const ofPaths = paths
      .filter((path) => path.status === status)
      .sort((one, other) => other.share[side].count - one.share[side].count);
    if (ofNodes.length > 0) {
      const names = ofNodes.slice(0, MAX_NAMED).map(({ nodeId }) => name(nodeId));
      found.push(`${counted(ofNodes.length, 'node')} ${status}: ${listed(names, ofNodes.length)}.`);
    }
    const [first] = ofPaths;
    if (first !== undefined) {
      const times = counted(first.share[side].count, 'interaction');
      found.push(
        `${counted(ofPaths.length, 'path')} ${status}, the commonest with ${times}: ${way(first.nodes)}.`,
      );
    }
  }
  return found;
}

function listed(names: readonly string[], count: number): string {
  const rest = count - names.length;
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
}
