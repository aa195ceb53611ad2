/** Two sets of interactions beside each other: the contract of `cxq compare --format json` and of `run.comparison`. */
import * as z from 'zod';

const sideSchema = z.object({
  /** What a person knows it by: a run, a file, a window. */
  label: z.string(),
  interactions: z.number().int(),
  steps: z.number().int(),
  window: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
});
export type ComparedSide = z.infer<typeof sideSchema>;

/** Of `n`, `count` have it. */
const partSchema = z.object({ count: z.number().int(), n: z.number().int(), share: z.number().nullable() });

/** What tells two figures apart, a and b. */
const difference = {
  /** b − a. */
  difference: z.number().nullable(),
  /** b/a. */
  ratio: z.number().nullable(),
  /** 95 % interval of the difference. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  p: z.number().nullable(),
  /** Benjamini–Hochberg over what is compared beside it. */
  q: z.number().nullable(),
};

/** Two shares: their difference b − a with its 95 % interval (Newcombe), ratio b/a, p of the two-proportion test. */
export const shareComparisonSchema = z.object({ a: partSchema, b: partSchema, ...difference });
export type ShareComparison = z.infer<typeof shareComparisonSchema>;

const timesSchema = z.object({ n: z.number().int(), median: z.number().nullable() });

/** Two medians in seconds: b − a with its 95 % bootstrap interval, ratio b/a, p of the rank-sum test. */
export const timeComparisonSchema = z.object({ a: timesSchema, b: timesSchema, ...difference });
export type TimeComparison = z.infer<typeof timeComparisonSchema>;

const row = {
  status: z.enum(['both', 'appeared', 'vanished']),
  share: shareComparisonSchema,
  time: timeComparisonSchema,
};

export const comparisonSchema = z.object({
  schemaVersion: z.literal(1),
  a: sideSchema,
  b: sideSchema,
  /** In words, what matters most first. */
  verdict: z.array(z.string()),
  /** Of whole interactions. */
  duration: timeComparisonSchema,
  /** Interactions with a step in error, and with a bottleneck. */
  errors: shareComparisonSchema,
  bottlenecks: shareComparisonSchema,
  /** Share of the interactions that visit it; dwell. */
  nodes: z.array(z.object({ nodeId: z.string(), nodeName: z.string().nullable(), ...row })),
  /** Share of the interactions with it; time on the edge. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), ...row })),
  /** Share of the interactions; duration. */
  paths: z.array(z.object({ nodes: z.array(z.string()), ...row })),
  /** Share of the visits of the decision point; dwell there. */
  outcomes: z.array(z.object({ nodeId: z.string(), outcome: z.string(), ...row })),
  /** How many there are of each, where the lists are cut. */
  counts: z.object({
    nodes: z.number().int(),
    edges: z.number().int(),
    paths: z.number().int(),
    outcomes: z.number().int(),
  }),
});
export type Comparison = z.infer<typeof comparisonSchema>;
