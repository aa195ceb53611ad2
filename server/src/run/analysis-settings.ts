/** What a run's analysis is asked: kept with the run, so that it can be made again as it was. */
import type { AnalyseOptions, ThresholdOptions } from '../analysis/index.ts';
import type { Plan } from '../language/index.ts';
import { MICROS_PER_SECOND, type Micros, toSeconds } from '../protocol/instant.ts';
import { type AnalysisSettings, analysisSettingsSchema, type RunManifest } from '../protocol/run.ts';
import type { RunHost } from './host.ts';

type Thresholds = Pick<RunHost, 'thresholdMicros' | 'typeThresholds' | 'nodeThresholds'>;

/** The threshold rule that a query asks for, else that of the settings. */
export function thresholdsOf(plan: Plan, host: Thresholds): ThresholdOptions & { thresholdMicros: Micros } {
  const asked = plan.analyses.find((one) => one.name === 'BOTTLENECKS');
  const { typeThresholds, nodeThresholds } = host;
  return {
    thresholdMicros: asked?.over ?? host.thresholdMicros,
    ...(asked === undefined || asked.on.length === 0 ? {} : { types: asked.on }),
    ...(typeThresholds === undefined ? {} : { typeThresholds }),
    ...(nodeThresholds === undefined ? {} : { nodeThresholds }),
  };
}

function secondsOf(thresholds: ReadonlyMap<string, Micros> = new Map()): Record<string, number> {
  return Object.fromEntries([...thresholds].map(([name, micros]) => [name, toSeconds(micros)]));
}

/** Thresholds in µs by what they are of, as settings and arguments give them in seconds. */
export function microsOf(seconds: Readonly<Record<string, number>> = {}): ReadonlyMap<string, Micros> {
  return new Map(Object.entries(seconds).map(([name, one]) => [name, Math.round(one * MICROS_PER_SECOND)]));
}

/** What a manifest says of a run's analysis. */
export function settingsOf(plan: Plan, host: Thresholds): Pick<RunManifest, 'threshold' | 'analysis'> {
  const { thresholdMicros, types, typeThresholds, nodeThresholds } = thresholdsOf(plan, host);
  const of = (name: string) => plan.analyses.find((one) => one.name === name);
  return {
    threshold: { over: toSeconds(thresholdMicros), types: types === undefined ? null : [...types] },
    analysis: {
      typeThresholds: secondsOf(typeThresholds),
      nodeThresholds: secondsOf(nodeThresholds),
      pathsTop: of('PATHS')?.top ?? null,
      variables: [...(of('VARIABLES')?.patterns ?? [])],
      driversOn: [...(of('DECISIONS')?.on ?? [])],
      grouped: plan.analyses.flatMap(({ name, by }) => (by === null ? [] : { analysis: name, by })),
      timeZone: plan.environment.timeZone,
      window: { ...plan.window },
    },
  };
}

/** The options of the analysis that a manifest speaks of. */
export function optionsOf({
  threshold,
  analysis,
}: Pick<RunManifest, 'threshold' | 'analysis'>): AnalyseOptions {
  const settings: AnalysisSettings = analysis ?? analysisSettingsSchema.parse({});
  const { pathsTop, variables, driversOn, grouped, timeZone, window } = settings;
  return {
    thresholdMicros: Math.round(threshold.over * MICROS_PER_SECOND),
    ...(threshold.types === null ? {} : { types: threshold.types }),
    typeThresholds: microsOf(settings.typeThresholds),
    nodeThresholds: microsOf(settings.nodeThresholds),
    ...{ grouped, timeZone, window },
    ...(pathsTop === null ? {} : { pathsTop }),
    ...(variables.length === 0 ? {} : { variables }),
    ...(driversOn.length === 0 ? {} : { driversOn }),
  };
}
