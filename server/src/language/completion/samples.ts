/** Values that people use, by what they are for; within the profile's bounds. */
import type { ProfileFacts } from '../context.ts';
import { formatDuration, parseDuration } from '../literals.ts';
import { metricNamed } from '../metrics.ts';
import { type OptionSpec, optionNamed } from '../options.ts';

/** Durations of windows. */
export const WINDOWS = ['24h', '1h', '2h', '15m', '7d', '30d'] as const;
/** Durations of steps. */
export const DWELLS = ['10s', '1s', '5s', '30s', '1m', '5m', '1h'] as const;
/** Thresholds of OVER. */
export const THRESHOLDS = ['15s', '5s', '10s', '30s', '1m', '5m'] as const;
/** How far back. */
export const DISTANCES = ['2h', '15m', '1h', '24h', '7d'] as const;
/** How many steps, or errors. */
export const NUMBERS = ['1', '3', '10'] as const;
export const COUNTS = {
  limit: ['500', '100', '1000'],
  offset: ['500', '1000'],
  top: ['10', '5', '20'],
} as const;

const OPTION_SAMPLES: Readonly<Record<OptionSpec['name'], readonly string[]>> = {
  pageSize: ['200', '100', '500', '1000'],
  concurrency: ['4', '1', '2'],
  retries: ['5', '0', '3', '10'],
  timeout: ['30s', '10s', '1m', '5m'],
  mode: [],
};

/** Values of an option of WITH, as they are written, the likeliest first. */
export function optionSamples(name: string, profile: ProfileFacts | undefined): readonly string[] {
  const spec = optionNamed(name);
  if (spec === undefined) return [];
  if (spec.values !== undefined) {
    const values = profile?.canStream === false ? spec.values.filter((one) => one !== 'stream') : spec.values;
    return values.map((one) => `'${one}'`);
  }
  const highest =
    spec.name === 'pageSize'
      ? profile?.maxPageSize
      : spec.name === 'concurrency'
        ? profile?.maxConcurrentRequests
        : spec.max;
  const bound = highest ?? Number.POSITIVE_INFINITY;
  const within = OPTION_SAMPLES[spec.name].filter((one) => (parseDuration(one) ?? Number(one)) <= bound);
  // The bound itself is what is wanted for speed.
  const most = highest === undefined || spec.type === 'DURATION' ? [] : [String(highest)];
  return [...new Set([...within, ...most])];
}

/** Windows that the profile's tenant still has. */
export function windowSamples(profile: ProfileFacts | undefined): readonly string[] {
  const retention = profile?.retention ?? Number.POSITIVE_INFINITY;
  const within = WINDOWS.filter((one) => (parseDuration(one) ?? 0) <= retention);
  return Number.isFinite(retention) ? [...new Set([...within, formatDuration(retention)])] : within;
}

/** What a metric is compared with. */
export function metricSamples(metric: string): readonly string[] {
  const spec = metricNamed(metric);
  if (spec?.ofField === true) return DWELLS;
  if (spec?.name === 'ACCURACY') return ['0.95', '0.99', '1'];
  return spec?.name === 'RECORDS' || spec?.name === 'STEPS' ? ['1', '100', '1000'] : ['5', '0', '10'];
}
