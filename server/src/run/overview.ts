/** What the panel shows of a run first: what was found, in words and numbers. */
import { changeSentence } from '../analysis/index.ts';
import type { Overview, PanelHeader } from '../protocol/panel-overview.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import type { Analysed } from './analyser.ts';

const TOP_SLOWEST = 20;

function headerOf(manifest: RunManifest): PanelHeader {
  const {
    runId,
    query,
    title,
    text,
    connection,
    tenant,
    timeZone,
    startedAt,
    endedAt,
    outcome,
    window,
    filter,
  } = manifest;
  return {
    ...{
      runId,
      query,
      title,
      text,
      connection,
      tenant,
      timeZone,
      startedAt,
      endedAt,
      outcome,
      window,
      filter,
    },
    ...(manifest.error === undefined ? {} : { error: manifest.error }),
  };
}

/** Each node's change once, whatever several trends say of it. */
function changesOf(report: AnalysisReport): string[] {
  return [
    ...new Set(
      report.trends.flatMap(({ changePoints }) => changePoints.map((one) => changeSentence(report, one))),
    ),
  ];
}

/** Of what is there of a run; what only its end tells is as it is then. */
export function overviewOf(manifest: RunManifest, { report, findings, headline }: Analysed): Overview {
  const { result } = manifest;
  return {
    kind: 'overview',
    header: headerOf(manifest),
    headline,
    interactions: report.interactions,
    steps: report.steps,
    openSteps: report.openSteps,
    errors: report.errors,
    pathCount: report.pathCount,
    bottleneckCount: report.bottleneckCount,
    insights: report.insights,
    changes: changesOf(report),
    findings: [...findings],
    slowest: report.bottlenecks.slice(0, TOP_SLOWEST),
    errorsByNode: report.nodes
      .filter((node) => node.errors > 0)
      .map(({ nodeId, nodeName, errors, errorRate }) => ({ nodeId, nodeName, errors, errorRate }))
      .sort((a, b) => b.errors - a.errors),
    nodes: report.nodes,
    retrieval: result?.retrieval ?? null,
    compliance: result?.compliance ?? 'REVIEW_REQUIRED',
    expectations: result?.expectations ?? [],
    notes: result?.notes ?? [],
    audit: result?.audit ?? null,
  };
}
