import { describe, expect, it } from 'vitest';
import { runSteps, type StepResult } from '../../../.ci/lib/steps.mjs';

async function summary(...results: (StepResult | Error)[]): Promise<{ code: number; lines: string[] }> {
  let text = '';
  const steps = results.map((result, index) => ({
    name: `step${index}`,
    run: () => (result instanceof Error ? Promise.reject(result) : Promise.resolve(result)),
  }));
  const code = await runSteps(steps, (part) => {
    text += part;
  });
  return { code, lines: text.trimEnd().split('\n') };
}

describe('the steps of npm test', () => {
  it('end with one line that sums up every check and every test', async () => {
    const { code, lines } = await summary({ passed: 1, failed: 0 }, { passed: 40, failed: 0 });
    expect(lines.at(-1)).toBe('41 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('go on after a failure, whose output they show, and fail as a whole', async () => {
    const { code, lines } = await summary(
      { passed: 0, failed: 1, output: 'what went wrong' },
      new Error('thrown'),
      { passed: 2, failed: 0, output: 'quiet' },
    );
    expect(lines.at(-1)).toBe('2 passed, 2 failed');
    expect(code).toBe(1);
    expect(lines).toContain('what went wrong');
    expect(lines.join('\n')).toContain('thrown');
    expect(lines.join('\n')).not.toContain('quiet');
    expect(lines).toContain('Failed: step0, step1');
  });
});
