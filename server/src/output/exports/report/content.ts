/** What a report says, in the order in which it is read: first what matters, behind it what it rests on. */
import { counted, formatSeconds } from '../../../protocol/figures.ts';
import type { AnalysisReport, TrendReport } from '../../../protocol/report.ts';
import { appendix } from './appendix.ts';
import { type Block, paragraph, type Section } from './blocks.ts';
import { comparisonSection } from './comparison.ts';
import { decisionsSection } from './decisions.ts';
import type { ReportDocument } from './document.ts';
import { factsOf } from './facts.ts';
import { flowPicture } from './flow.ts';
import { type Names, namesOf } from './names.ts';
import { histogramPicture, sharePicture, trendPicture } from './pictures.ts';
import { bottlenecksTable, nodesTable, pathsTable } from './tables.ts';

export interface Content {
  readonly title: string;
  readonly headline: string;
  /** What a hurried reader reads; behind it what it rests on. */
  readonly sections: readonly Section[];
}

function insightsSection({ report, notes }: ReportDocument): Section {
  const items = report.insights.map(({ text }) => text);
  const blocks: Block[] = [
    items.length === 0 ? paragraph('Nothing stands out.') : { kind: 'list', ordered: true, items },
  ];
  if (notes.length > 0) {
    blocks.push({ kind: 'heading', text: 'To keep in mind' }, { kind: 'list', ordered: false, items: notes });
  }
  return { id: 'matters', title: 'What matters', blocks };
}

function expectationsBlocks({ expectations }: ReportDocument): Block[] {
  if (expectations.length === 0) return [];
  return [
    {
      kind: 'table',
      caption: 'What was expected (EXPECT)',
      columns: [{ name: 'Expectation' }, { name: 'Is', numeric: true }, { name: 'Held' }],
      rows: expectations.map(({ text, actual, ok }) => [
        { code: text },
        actual === null ? 'unknown' : String(actual),
        ok ? { state: 'good', text: 'Held' } : { state: 'bad', text: 'Not held' },
      ]),
    },
  ];
}

function trendBlocks(trend: TrendReport, names: Names): Block[] {
  if (trend.tooMany) {
    return [paragraph(`The window has more ${trend.by.toLowerCase()}s than are counted apart.`)];
  }
  const picture = trendPicture(trend, names);
  const changes = trend.changePoints.map(
    ({ nodeId, label, before, after, p }) =>
      `${names.of(nodeId)}: since ${label} median ${formatSeconds(before.median)} → ${formatSeconds(after.median)} (n ${before.n.toLocaleString('en-GB')}/${after.n.toLocaleString('en-GB')}, p ${p < 0.001 ? '< 0.001' : p.toFixed(3)})`,
  );
  const told: Block =
    changes.length === 0
      ? paragraph('No node’s time changed by more than chance.')
      : { kind: 'list', ordered: true, items: changes };
  return picture === undefined ? [told] : [{ kind: 'trend', picture }, told];
}

function flowBlocks(report: AnalysisReport, names: Names): Block[] {
  const picture = flowPicture(report, names);
  return picture === undefined ? [] : [{ kind: 'flow', picture }];
}

export function contentOf(document: ReportDocument): Content {
  const { report, comparison, title, headline } = document;
  const names = namesOf(report);
  const shares = sharePicture(report, names);
  const lengths = histogramPicture(report);
  const decisions = decisionsSection(report, names);
  const trends = report.trends.flatMap((trend) => trendBlocks(trend, names));
  const flow = flowBlocks(report, names);
  const sections: (Section | undefined)[] = [
    insightsSection(document),
    {
      id: 'facts',
      title: 'What this is of',
      blocks: [{ kind: 'facts', facts: factsOf(document) }, ...expectationsBlocks(document)],
    },
    report.steps === 0
      ? undefined
      : { id: 'bottlenecks', title: 'Bottlenecks', blocks: bottlenecksTable(report, names) },
    flow.length === 0 ? undefined : { id: 'flow', title: 'The flow', blocks: flow },
    report.nodes.length === 0
      ? undefined
      : {
          id: 'nodes',
          title: 'Where the time goes',
          blocks: [
            ...(shares === undefined ? [] : [{ kind: 'shares', picture: shares } satisfies Block]),
            ...nodesTable(report, names),
            ...(lengths === undefined ? [] : [{ kind: 'histogram', picture: lengths } satisfies Block]),
          ],
        },
    report.pathCount === 0
      ? undefined
      : {
          id: 'paths',
          title: `Paths: ${counted(report.pathCount, 'way')} through`,
          blocks: pathsTable(report, names),
        },
    trends.length === 0 ? undefined : { id: 'trend', title: 'Over time', blocks: trends },
    decisions,
    comparison === null ? undefined : comparisonSection(comparison),
    ...appendix(document, names),
  ];
  return { title, headline, sections: sections.filter((section) => section !== undefined) };
}
