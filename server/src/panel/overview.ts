/** What the panel says first of the interactions that a filter leaves: what was found, in words and numbers. */
import { analyseFrame, changeSentence, findingsOf, headline } from '../analysis/index.ts';
import type { PanelResponse } from '../protocol/panel.ts';
import type { Finding, PanelHeader } from '../protocol/panel-overview.ts';
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

/** What is said of a filter, but for the run's own facts. */
interface Said {
  readonly report: AnalysisReport;
  readonly findings: readonly Finding[];
}

const known = new WeakMap<Left, Said>();

export function overviewOf(data: PanelData, left: Left, facts: PanelFacts): Overview {
  const { whole, matchingSteps } = left;
  const { report, findings } = saidOf(data, left, left.filter.length === 0 ? facts.report : undefined);
  const all = { interactions: whole.frame.live.length, steps: whole.frame.steps };
  return { ...overviewOfReport(report, findings, facts), all, matchingSteps };
}

/** Of a whole run, of which a report is at hand. */
export function overviewOfReport(
  report: AnalysisReport,
  findings: readonly Finding[],
  facts: PanelFacts,
): Overview {
  const { manifest, progress, damage } = facts;
  const { result } = manifest;
  const { interactions, steps } = report;
  return {
    kind: 'overview',
    header: headerOf(facts),
    ...(progress === undefined ? {} : { progress }),
    all: { interactions, steps },
    headline: headline(report),
    ...{ interactions, steps, matchingSteps: steps },
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
    notes: [...(damage === undefined ? [] : [damage]), ...(result?.notes ?? [])],
    audit: result?.audit ?? null,
  };
}

function headerOf({ manifest, resumable }: PanelFacts): PanelHeader {
  const { runId, query, title, text, connection, tenant, timeZone } = manifest;
  const { startedAt, endedAt, outcome, window, filter, error } = manifest;
  return {
    ...{ runId, query, title, text, connection, tenant, timeZone },
    ...{ startedAt, endedAt, outcome, window, filter },
    ...(error === undefined ? {} : { error }),
    ...(resumable ? { resumable } : {}),
  };
}

/** Without what it does not tell: flow and decisions, which take long, have views of their own. */
function saidOf({ store, options }: PanelData, left: Left, made: AnalysisReport | undefined): Said {
  const held = known.get(left);
  if (held !== undefined && (made === undefined || held.report === made)) return held;
  const { frame, flagged, filter } = left;
  const rejected = filter.length === 0 ? store.rejected : [];
  const report =
    made ?? analyseFrame(frame, { ...options, drivers: false }, { rejected, flagged, brief: true });
  const said = { report, findings: findingsOf(frame, flagged, report.nodes) };
  known.set(left, said);
  return said;
}

/** Each node's change once, whatever several trends say of it. */
function changesOf(report: AnalysisReport): string[] {
  return [
    ...new Set(
      report.trends.flatMap(({ changePoints }) => changePoints.map((one) => changeSentence(report, one))),
    ),
  ];
}
