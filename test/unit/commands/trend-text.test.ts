import { describe, expect, it } from 'vitest';
import { groupsText, sparkline, trendText, withoutValues } from '../../../server/src/commands/trend-text.ts';
import type { AnalysisReport } from '../../../server/src/protocol/report.ts';
import { interaction, report, step } from '../analysis/support.ts';
import { plainIo as io } from './support.ts';

/** One visit of a second at each of these seconds. */
function visits(...seconds: readonly number[]): AnalysisReport {
  return report(seconds.map((at, i) => interaction(`i${i}`, step('a', at, at + 1))));
}

function trendOf(found: AnalysisReport): string {
  const [trend] = found.trends;
  return trend === undefined ? '' : trendText(io, found, trend);
}

describe('sparkline', () => {
  it('is as high as the share of the highest, with a dot for nothing', () => {
    expect(sparkline([0, 1, 4, 8, null])).toBe('·▂▅█·');
    expect(sparkline([])).toBe('');
  });

  it('is flat where all is nothing', () => {
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline([null, null])).toBe('··');
  });
});

describe('the trend as text', () => {
  it('puts several hours into one mark where the line would be too long', () => {
    const text = trendOf(visits(0, ...Array.from({ length: 80 }, (_, hour) => hour * 3600 + 60)));
    const [, , line = ''] = text.split('\n');
    expect(line).toMatch(/^ {2}steps {8}█[▁▂▃▄▅▆▇]{39} {2}up to 3 in 2 hours$/);
  });

  it('says nothing of a single hour, nor of no time at all', () => {
    expect(trendOf(visits(0, 60))).toBe('');
    expect(trendOf(report([interaction('x', step('a', null, null))]))).toBe('');
    expect(trendOf(report([]))).toBe('');
  });

  it('says that there are too many days', () => {
    const text = trendOf(visits(1, 100_000 * 86_400));
    expect(text).toBe('\nTrend by day\n  The days would be too many to count one by one.\n');
  });
});

describe('groups as text', () => {
  it('mark part buckets and tell of steps without a time', () => {
    const history = [
      interaction('i', step('a', 3600, 3601), step('a', 90_000, 90_002), step('a', null, null)),
    ];
    const found = report(history, { grouped: [{ analysis: 'TREND', by: 'DAY' }] });
    const text = found.trends.map((trend) => groupsText(io, found, trend)).join('');
    expect(text).toContain('By day (UTC)');
    expect(text).toMatch(/1970-01-01 \(part\) +1 +1 +1 s/);
    expect(text).toContain('1 step without a time: in none of them');
  });

  it('names what no step has a value of', () => {
    const by = (name: string): string[] =>
      withoutValues(
        report([interaction('i', step('a', 0, 1, { variablesBefore: { q: 1 } }))], {
          grouped: [{ analysis: 'TREND', by: name }],
        }).trends,
      );
    expect(by('queue')).toEqual(['queue']);
    expect(by('q')).toEqual([]);
    expect(by('HOUR')).toEqual([]);
  });
});
