/** What the panel says first of the interactions that a filter leaves: what was found, in words and numbers. */
import { analyseFrame, changeSentence, findingsOf, headline } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { AnalysisReport } from '../protocol/report.ts';
import type { RunManifest } from '../protocol/run.ts';
import type { PanelData } from './data.ts';
import type { Left } from './left.ts';

type Overview = Extract<PanelResponse, { kind: 'overview' }>;

const TOP_SLOWEST = 20;

/** What the columns do not tell of a run. */
export interface PanelFacts {
  readonly manifest: RunManifest;
  /** It ended early and can be taken up from where it had come to. */
  readonly resumable: boolean;
  /** A sentence on what is missing of what was kept. */
  readonly damage?: string | undefined;
  /** While it goes on. */
  readonly progress?: Overview['progress'];
  /** Of all interactions, where it was made already: it is not made again. */
  readonly report?: AnalysisReport | undefined;
}

const known = new WeakMap<Left, AnalysisReport>();

export function overviewOf(data: PanelData, left: Left, facts: PanelFacts): Overview {
  const { manifest, progress, damage } = facts;
  const { result } = manifest;
  const { frame, flagged, whole, matchingSteps } = left;
  const report = (left.filter.length === 0 ? facts.report : undefined) ?? reportOf(data, left);
  return {
    kind: 'overview',
    header: headerOf(facts),
    ...(progress === undefined ? {} : { progress }),
    all: { interactions: whole.frame.live.length, steps: whole.frame.steps },
    headline: headline(report),
    interactions: report.interactions,
    steps: report.steps,
    matchingSteps,
    openSteps: report.openSteps,
    errors: report.errors,
    pathCount: report.pathCount,
    bottleneckCount: report.bottleneckCount,
    duration: report.duration,
    dwell: report.dwell,
    histogram: report.dwellHistogram,
    trends: report.trends,
    insights: report.insights,
    changes: changesOf(report),
    findings: findingsOf(frame, flagged, report.nodes),
    slowest: report.bottlenecks.slice(0, TOP_SLOWEST),
    errorsByNode: report.nodes
      .filter((node) => node.errors > 0)
      .map(({ nodeId, nodeName, errors, errorRate }) => ({ nodeId, nodeName, errors, errorRate }))
      .sort((a, b) => b.errors - a.errors),
    nodes: report.nodes,
    retrieval: result?.retrieval ?? null,
    compliance: result?.compliance ?? 'REVIEW_REQUIRED',
    expectations: result?.expectations ?? [],
    notes: [...(damage === undefined ? [] : [damage]), ...(result?.notes ?? [])],
    audit: result?.audit ?? null,
  };
}

function headerOf({ manifest, resumable }: PanelFacts): Overview['header'] {
  const { runId, query, title, text, connection, tenant, timeZone } = manifest;
  const { startedAt, endedAt, outcome, window, filter, error } = manifest;
  return {
    ...{ runId, query, title, text, connection, tenant, timeZone },
    ...{ startedAt, endedAt, outcome, window, filter },
    ...(error === undefined ? {} : { error }),
    ...(resumable ? { resumable } : {}),
  };
}

/** What drives decisions takes longer than all the rest: of an excerpt it is worked out only where it is asked for. */
function reportOf({ store, options }: PanelData, left: Left): AnalysisReport {
  const isAll = left.filter.length === 0;
  const report =
    known.get(left) ??
    analyseFrame(left.frame, isAll ? options : { ...options, drivers: false }, isAll ? store.rejected : []);
  known.set(left, report);
  return report;
}

/** Each node's change once, whatever several trends say of it. */
function changesOf(report: AnalysisReport): string[] {
  return [
    ...new Set(
      report.trends.flatMap(({ changePoints }) => changePoints.map((one) => changeSentence(report, one))),
    ),
  ];
}
