/** The analysis report: the contract of `cxq analyze --format json` and of `run.analysis`. */
import * as z from 'zod';

/** Seconds; every statistic is null where n is 0 (stdev also for n = 1). Quantiles are R type 7. */
export const summarySchema = z.object({
  n: z.number().int(),
  sum: z.number().nullable(),
  min: z.number().nullable(),
  q1: z.number().nullable(),
  median: z.number().nullable(),
  mean: z.number().nullable(),
  q3: z.number().nullable(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  max: z.number().nullable(),
  stdev: z.number().nullable(),
  mad: z.number().nullable(),
});
export type Summary = z.infer<typeof summarySchema>;

/**
 * Durations by length. A bin goes from its edge to below the next one: `counts` and `bottlenecks` have one element fewer
 * than `edges`. All three are empty where there is no duration.
 */
export const histogramSchema = z.object({
  /**
   * Seconds, ascending: of 0.001, 0.002, 0.005, 0.01 and so on those about the least and the greatest duration. Where some
   * are below a millisecond, 0 comes before, and its bin reaches to the next shortest ones.
   */
  edges: z.array(z.number()),
  /** Their sum is the number of durations. */
  counts: z.array(z.number().int()),
  /** Of `counts`, those that the threshold rule flags. */
  bottlenecks: z.array(z.number().int()),
});
export type Histogram = z.infer<typeof histogramSchema>;

export const bottleneckSchema = z.object({
  rule: z.literal('threshold'),
  interactionId: z.string(),
  /** 0 for the first step in time order. */
  sequence: z.number().int(),
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  dwell: z.number(),
  threshold: z.number(),
  startTime: z.string().nullable(),
});
export type Bottleneck = z.infer<typeof bottleneckSchema>;

export const nodeReportSchema = z.object({
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  visits: z.number().int(),
  interactions: z.number().int(),
  dwell: summarySchema,
  wait: summarySchema,
  /** Share of all dwell, 0 to 1; null where there is no dwell at all. */
  share: z.number().nullable(),
  /** Σ max(0, dwell − median), seconds: the time won were the outliers typical. */
  impact: z.number(),
  errors: z.number().int(),
  errorRate: z.number().nullable(),
  bottlenecks: z.number().int(),
  selfLoops: z.number().int(),
  repetitions: z.number().int(),
  outliers: z.object({
    logTukey: z.number().int(),
    logModifiedZ: z.number().int(),
    percentile: z.number().int(),
  }),
});
export type NodeReport = z.infer<typeof nodeReportSchema>;

export const pathReportSchema = z.object({
  rank: z.number().int(),
  nodes: z.array(z.string()),
  count: z.number().int(),
  share: z.number(),
  cumulativeShare: z.number(),
  duration: summarySchema,
  errors: z.number().int(),
});
export type PathReport = z.infer<typeof pathReportSchema>;

const nodeCountSchema = z.object({ nodeId: z.string(), count: z.number().int() });

export const flowReportSchema = z.object({
  edges: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      count: z.number().int(),
      interactions: z.number().int(),
      wait: summarySchema,
    }),
  ),
  starts: z.array(nodeCountSchema),
  ends: z.array(nodeCountSchema),
});
export type FlowReport = z.infer<typeof flowReportSchema>;

export const decisionReportSchema = z.object({
  nodeId: z.string(),
  visits: z.number().int(),
  /** H(Y) in bits. */
  entropy: z.number(),
  outcomes: z.array(
    z.object({
      outcome: z.string(),
      count: z.number().int(),
      share: z.number(),
      /** 95 % Wilson interval of the share. */
      low: z.number(),
      high: z.number(),
      errorRate: z.number().nullable(),
      dwell: summarySchema,
      /** From the end of the visit to the end of its interaction. */
      untilEnd: summarySchema,
    }),
  ),
  /** Variables that go with the outcome, those with at least the mean gain, by gain ratio. Gains in bits. */
  drivers: z.array(
    z.object({
      variable: z.string(),
      kind: z.enum(['categorical', 'numeric']),
      threshold: z.number().nullable(),
      gain: z.number(),
      gainRatio: z.number(),
      /** G-test of a category; for a number, permutations of the outcomes among interactions. */
      p: z.number(),
      /** Benjamini–Hochberg over the variables of the node. */
      q: z.number(),
      /** Visits that the permutations behind p looked at, a seeded sample where they are fewer than all; null for a G-test. */
      permutedVisits: z.number().int().nullable(),
      /** By outcome, the value with which it is commonest beside all others, where that is no chance. */
      contrasts: z.array(
        z.object({
          outcome: z.string(),
          /** As CXQ writes it: `before.priority = 'high'`, `before.waited > 60.5`. */
          condition: z.string(),
          /** Visits that satisfy it; share of those with the outcome, and of all others. */
          visits: z.number().int(),
          share: z.number(),
          otherwise: z.number(),
        }),
      ),
    }),
  ),
  /** Visits of which the drivers were worked out; null for all. */
  sampled: z.number().int().nullable(),
  rule: z
    .object({
      text: z.string(),
      /** Of five folds, none of which shares an interaction with another; 0 to 1. */
      accuracy: z.number(),
      /** Share of the commonest outcome. */
      baseline: z.number(),
      sampled: z.number().int().nullable(),
      /** Visits that do not go as the rule says, and the first ten of them. */
      exceptionCount: z.number().int(),
      exceptions: z.array(
        z.object({
          interactionId: z.string(),
          /** 0 for the first step in time order. */
          sequence: z.number().int(),
          expected: z.string(),
          actual: z.string(),
        }),
      ),
    })
    .nullable(),
});
export type DecisionReport = z.infer<typeof decisionReportSchema>;

export const variableReportSchema = z.object({
  /** JSON Pointer without its leading slash for a top-level variable, with slashes for nested ones. */
  name: z.string(),
  added: z.number().int(),
  removed: z.number().int(),
  changed: z.number().int(),
  typeChanged: z.number().int(),
  outsideStep: z.number().int(),
  transitions: z.array(z.object({ before: z.unknown(), after: z.unknown(), count: z.number().int() })),
  /** Where it changes most, by all kinds; what changed outside a step counts for the step before which it did. */
  nodes: z.array(z.object({ nodeId: z.string(), count: z.number().int() })),
});
export type VariableReport = z.infer<typeof variableReportSchema>;

export const changePointSchema = z.object({
  nodeId: z.string(),
  /** Start of the first bucket after the change, and as a person writes it. */
  since: z.string(),
  label: z.string(),
  /** Medians of dwell in seconds. */
  before: z.object({ n: z.number().int(), median: z.number() }),
  after: z.object({ n: z.number().int(), median: z.number() }),
  /** Of the rank-sum test, times the splits tried and the nodes. */
  p: z.number(),
});
export type ChangePoint = z.infer<typeof changePointSchema>;

export const trendReportSchema = z.object({
  /** TREND, NODES or BOTTLENECKS. */
  analysis: z.string(),
  /** HOUR, DAY, WEEKDAY, or a field or variable. */
  by: z.string(),
  timeZone: z.string().nullable(),
  /** The hours or days would be more than are counted apart: there are no groups. */
  tooMany: z.boolean(),
  /** Steps in no hour or day because they have no time. */
  untimed: z.number().int(),
  groups: z.array(
    z.object({
      label: z.string(),
      /** Of an hour or a day. */
      from: z.string().nullable(),
      to: z.string().nullable(),
      /** It reaches beyond the window. */
      partial: z.boolean(),
      /** Interactions with at least one step in it. */
      interactions: z.number().int(),
      steps: z.number().int(),
      errors: z.number().int(),
      bottlenecks: z.number().int(),
      dwell: summarySchema,
      /** By node id; not of TREND. */
      nodes: z
        .array(
          z.object({
            nodeId: z.string(),
            visits: z.number().int(),
            errors: z.number().int(),
            bottlenecks: z.number().int(),
            dwell: summarySchema,
          }),
        )
        .optional(),
    }),
  ),
  /** Nodes whose dwell changed, the latest change first. */
  changePoints: z.array(changePointSchema),
});
export type TrendReport = z.infer<typeof trendReportSchema>;

export const BOTTLENECK_RULES = [
  'threshold',
  'percentile',
  'logTukey',
  'logModifiedZ',
  'share',
  'sla',
] as const;

/** What one rule says of one node. */
export const ruleFindingSchema = z.object({
  rule: z.enum(BOTTLENECK_RULES),
  nodeId: z.string(),
  nodeName: z.string().nullable(),
  nodeType: z.string().nullable(),
  /** A sentence with the numbers. */
  text: z.string(),
  /** Seconds above which a dwell is flagged; null for the share rule, which flags nodes. */
  threshold: z.number().nullable(),
  /** Visits with a dwell. */
  n: z.number().int(),
  /** Too few of them to rely on the rule. */
  few: z.boolean(),
  /** Visits flagged (of the share rule: all), and the interactions that they are of. */
  count: z.number().int(),
  interactions: z.number().int(),
  /** Of the share rule: of all dwell. Of the sla rule: of the visits, with its 95 % Wilson interval. */
  share: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Of the share rule: seconds won were the visits above the median typical. */
  impact: z.number().nullable(),
  /** The longest of those flagged. Seconds. */
  evidence: z.array(z.object({ interactionId: z.string(), sequence: z.number().int(), dwell: z.number() })),
});
export type RuleFinding = z.infer<typeof ruleFindingSchema>;

/** What matters, in words, by a documented rule (docs/analysis.md), with the numbers that the words are made of. */
export const insightSchema = z.object({
  rule: z.enum(['bottleneck', 'change', 'errors', 'rework', 'wait', 'share', 'outsideStep', 'open', 'data']),
  text: z.string(),
  /** Seconds that it is about in all, by which insights are ranked; null where no time tells. */
  stake: z.number().nullable(),
  nodeId: z.string().nullable(),
  numbers: z.record(z.string(), z.number()),
  evidence: z.array(z.object({ interactionId: z.string(), sequence: z.number().int() })),
});
export type Insight = z.infer<typeof insightSchema>;

export const analysisReportSchema = z.object({
  schemaVersion: z.literal(1),
  interactions: z.number().int(),
  steps: z.number().int(),
  openSteps: z.number().int(),
  untimedInteractions: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), reason: z.string() })),
  /** Steps whose errorState is true. */
  errors: z.number().int(),
  window: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  duration: summarySchema,
  /** Of all steps. */
  dwell: summarySchema,
  /** Of all steps. */
  dwellHistogram: histogramSchema,
  wait: summarySchema,
  bottleneckCount: z.number().int(),
  bottlenecks: z.array(bottleneckSchema),
  nodes: z.array(nodeReportSchema),
  paths: z.array(pathReportSchema),
  pathCount: z.number().int(),
  flow: flowReportSchema,
  decisions: z.array(decisionReportSchema),
  variables: z.array(variableReportSchema),
  rework: z.object({ total: z.number().int(), interactions: z.number().int() }),
  /** Steps that begin before the latest end of those before them in their interaction. */
  overlaps: z.number().int(),
  /** Steps whose dwell is not known: an end before the start, or no start. */
  unknownDwells: z.number().int(),
  /** What each bottleneck rule says, by rule; the gravest node first. */
  ruleFindings: z.array(ruleFindingSchema),
  trends: z.array(trendReportSchema),
  /** What matters most first. */
  insights: z.array(insightSchema),
});
export type AnalysisReport = z.infer<typeof analysisReportSchema>;
