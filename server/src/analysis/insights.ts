/**
 * What matters, in words: made by rules that docs/analysis.md states, from numbers that stand in the report. Ranked by the
 * seconds that each is about; those about no time come behind.
 */
import type { Finding } from '../protocol/panel-overview.ts';
import type { AnalysisReport, ChangePoint, Insight, NodeReport } from '../protocol/report.ts';
import { changeSentence, changeWords } from './change-words.ts';
import { counted, formatSeconds, percent } from './format.ts';

/** Bottlenecks, changes and waits, of each so many. */
const MAX_OF_A_RULE = 3;
const MAX_INSIGHTS = 12;
/** A node has an error insight if its share of all errors is so many times its share of all visits. */
const ERROR_LIFT = 1.5;
const MIN_ERRORS = 5;
/** Rework below this share of all steps is nothing to tell. */
const MIN_REWORK = 0.05;
/** Waits below this share of all durations, likewise. */
const MIN_WAIT = 0.1;
/** A condition is told where the outcome is so many times as common with it. */
const MIN_LIFT = 1.5;

type Draft = Omit<AnalysisReport, 'insights'>;

/** `points` are since when nodes take longer or shorter. */
export function findInsights(
  report: Draft,
  findings: readonly Finding[],
  points: readonly ChangePoint[],
): Insight[] {
  const found = [
    ...bottlenecks(report, findings, points),
    ...changes(report, findings, points),
    ...shares(report, findings),
    ...waits(report),
    ...rework(report),
    ...errors(report),
    ...outsideSteps(report),
    ...open(report),
    ...data(report),
  ];
  // A stable sort: among those without a stake the order of the rules stays.
  return found.sort((a, b) => (b.stake ?? -1) - (a.stake ?? -1)).slice(0, MAX_INSIGHTS);
}

function nameOf(report: Draft, nodeId: string): string {
  return report.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? nodeId;
}

/** Where time above the threshold goes; with the change of the node and the condition that leads there, if any. */
function bottlenecks(report: Draft, findings: readonly Finding[], points: readonly ChangePoint[]): Insight[] {
  return findings.slice(0, MAX_OF_A_RULE).map((finding): Insight => {
    const { nodeId, count, interactions, threshold, excessShare, excess } = finding;
    const name = finding.nodeName ?? nodeId;
    const parts = [
      `${percent(excessShare)} of the time above threshold is spent in ${name}, which held ${counted(interactions, 'interaction')} for longer than ${formatSeconds(threshold)}`,
    ];
    const change = points.find((one) => one.nodeId === nodeId);
    if (change !== undefined) parts.push(changeWords(change));
    const way = conditionTo(report, nodeId);
    if (way !== undefined) parts.push(way.text);
    return {
      rule: 'bottleneck',
      text: `${parts.join('; ')}.`,
      stake: excess,
      nodeId,
      numbers: { count, interactions, threshold, excessShare, excess, ...way?.numbers },
      evidence: finding.examples.map(({ interactionId, sequence }) => ({ interactionId, sequence })),
    };
  });
}

/** The condition with which interactions go to a node most, beside all others. */
function conditionTo(
  report: Draft,
  nodeId: string,
): { text: string; numbers: Record<string, number> } | undefined {
  const name = nameOf(report, nodeId);
  const contrasts = report.decisions.flatMap(({ drivers }) =>
    drivers
      .filter(({ q }) => q < 0.05)
      .flatMap((driver) => driver.contrasts.filter(({ outcome }) => outcome === nodeId || outcome === name)),
  );
  const [best] = contrasts
    .filter(({ share, otherwise }) => share >= MIN_LIFT * otherwise)
    .sort((a, b) => b.share - b.otherwise - (a.share - a.otherwise));
  if (best === undefined) return undefined;
  const { condition, share, otherwise } = best;
  const lift = share / otherwise;
  const often = otherwise === 0 ? 'go there and no others do' : `go there ${lift.toFixed(1)} times as often`;
  return {
    text: `interactions with ${condition} ${often} (${percent(share)} beside ${percent(otherwise)})`,
    numbers: { share, otherwise },
  };
}

/** Nodes that take longer or shorter since some hour, but for those told of as bottlenecks. */
function changes(report: Draft, findings: readonly Finding[], points: readonly ChangePoint[]): Insight[] {
  const told = new Set(findings.slice(0, MAX_OF_A_RULE).map(({ nodeId }) => nodeId));
  return unique(points, ({ nodeId }) => nodeId)
    .filter(({ nodeId }) => !told.has(nodeId))
    .map((change): Insight => {
      const { nodeId, before, after, p } = change;
      return {
        rule: 'change',
        text: changeSentence(report, change),
        stake: Math.abs(after.median - before.median) * after.n,
        nodeId,
        numbers: { before: before.median, after: after.median, visits: after.n, p },
        evidence: [],
      };
    })
    .sort((a, b) => (b.stake ?? 0) - (a.stake ?? 0))
    .slice(0, MAX_OF_A_RULE);
}

/** Nodes that hold a tenth of all dwell and more, and what would be won; but for those told of as bottlenecks. */
function shares(report: Draft, findings: readonly Finding[]): Insight[] {
  const told = new Set(findings.slice(0, MAX_OF_A_RULE).map(({ nodeId }) => nodeId));
  return report.ruleFindings
    .filter(
      ({ rule, nodeId, few, impact }) => rule === 'share' && !told.has(nodeId) && !few && (impact ?? 0) > 0,
    )
    .slice(0, MAX_OF_A_RULE)
    .map(
      ({ text, nodeId, impact, share, n, evidence }): Insight => ({
        rule: 'share',
        text,
        stake: impact,
        nodeId,
        numbers: { share: share ?? 0, impact: impact ?? 0, visits: n },
        evidence: evidence.map(({ interactionId, sequence }) => ({ interactionId, sequence })),
      }),
    );
}

/** Where interactions wait before a step begins. */
function waits(report: Draft): Insight[] {
  const all = report.duration.sum ?? 0;
  const waited = (node: NodeReport): number => node.wait.sum ?? 0;
  return [...report.nodes]
    .filter((node) => all > 0 && waited(node) > 0 && waited(node) >= MIN_WAIT * all)
    .sort((a, b) => waited(b) - waited(a))
    .slice(0, MAX_OF_A_RULE)
    .map((node): Insight => {
      const [sum, median] = [waited(node), node.wait.median ?? 0];
      const name = node.nodeName ?? node.nodeId;
      return {
        rule: 'wait',
        text: `Interactions wait ${formatSeconds(sum)} in all before ${name} begins, ${percent(sum / all)} of their duration; median ${formatSeconds(median)}.`,
        stake: sum,
        nodeId: node.nodeId,
        numbers: { sum, median, share: sum / all },
        evidence: [],
      };
    });
}

function rework(report: Draft): Insight[] {
  const { total, interactions } = report.rework;
  if (report.steps === 0 || total / report.steps < MIN_REWORK) return [];
  const again = (node: NodeReport): number => node.selfLoops + node.repetitions;
  const [most] = [...report.nodes].sort((a, b) => again(b) - again(a));
  const dwell = report.nodes.reduce((sum, node) => sum + again(node) * (node.dwell.median ?? 0), 0);
  const where =
    most === undefined ? '' : `, most at ${most.nodeName ?? most.nodeId} (${counted(again(most), 'time')})`;
  return [
    {
      rule: 'rework',
      text: `${counted(total, 'step')} of ${report.steps.toLocaleString('en-GB')} (${percent(total / report.steps)}) are visits of a node again, in ${counted(interactions, 'interaction')}${where}.`,
      stake: dwell,
      nodeId: most?.nodeId ?? null,
      numbers: { total, interactions, share: total / report.steps },
      evidence: [],
    },
  ];
}

/** Nodes with more than their share of the errors. */
function errors(report: Draft): Insight[] {
  return report.nodes
    .filter(
      (node) =>
        node.errors >= MIN_ERRORS && node.errors / report.errors >= ERROR_LIFT * (node.visits / report.steps),
    )
    .sort((a, b) => b.errors - a.errors)
    .slice(0, MAX_OF_A_RULE)
    .map(
      (node): Insight => ({
        rule: 'errors',
        text: `${node.errors.toLocaleString('en-GB')} of ${counted(report.errors, 'error')} (${percent(node.errors / report.errors)}) happen at ${node.nodeName ?? node.nodeId}, where ${percent(node.errors / node.visits)} of the visits fail.`,
        stake: null,
        nodeId: node.nodeId,
        numbers: { errors: node.errors, share: node.errors / report.errors, rate: node.errors / node.visits },
        evidence: [],
      }),
    );
}

/** Variables that change while no step runs: a race, or a script that nobody sees. */
function outsideSteps(report: Draft): Insight[] {
  const changed = report.variables.filter(({ outsideStep }) => outsideStep > 0);
  const [first] = [...changed].sort((a, b) => b.outsideStep - a.outsideStep);
  if (first === undefined) return [];
  const total = changed.reduce((sum, { outsideStep }) => sum + outsideStep, 0);
  return [
    {
      rule: 'outsideStep',
      text: `${counted(changed.length, 'variable')} changed outside any step, ${counted(total, 'time')} in all, most of them ${first.name} (${first.outsideStep.toLocaleString('en-GB')}): something else than the workflow writes it, or two steps do at once.`,
      stake: null,
      nodeId: null,
      numbers: { variables: changed.length, changes: total },
      evidence: [],
    },
  ];
}

function open(report: Draft): Insight[] {
  if (report.openSteps === 0) return [];
  return [
    {
      rule: 'open',
      text: `${counted(report.openSteps, 'interaction')} of ${report.interactions.toLocaleString('en-GB')} had not ended: their last steps are in no statistics.`,
      stake: null,
      nodeId: null,
      numbers: { open: report.openSteps },
      evidence: [],
    },
  ];
}

/** What the data itself leaves in doubt. */
function data(report: Draft): Insight[] {
  const doubts = [
    report.untimedInteractions > 0
      ? `${counted(report.untimedInteractions, 'interaction')} with a step without a time`
      : '',
    report.unknownDwells > 0
      ? `${counted(report.unknownDwells, 'step')} without a dwell (an end before the start, or no start)`
      : '',
    report.overlaps > 0 ? `${counted(report.overlaps, 'step')} begun while another ran` : '',
    report.rejected.length > 0 ? `${counted(report.rejected.length, 'record')} that could not be read` : '',
  ].filter((doubt) => doubt !== '');
  if (doubts.length === 0) return [];
  return [
    {
      rule: 'data',
      text: `Of the data: ${doubts.join('; ')}.`,
      stake: null,
      nodeId: null,
      numbers: {
        untimed: report.untimedInteractions,
        unknownDwells: report.unknownDwells,
        overlaps: report.overlaps,
        rejected: report.rejected.length,
      },
      evidence: [],
    },
  ];
}

function unique<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  return [...new Map([...rows].reverse().map((row) => [keyOf(row), row])).values()].reverse();
}
