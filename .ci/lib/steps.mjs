/** Steps of `npm test`: each runs whatever the others did, says one line when it passes and everything when not. */
import { performance } from 'node:perf_hooks';

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/**
 * @typedef {{ passed: number, failed: number, output?: string, note?: string }} Result
 * @typedef {{ name: string, run: () => Promise<Result> }} Step
 */

/** A check is one thing that passes or fails. */
export function check({ code, output }, note) {
  return code === 0 ? { passed: 1, failed: 0, note } : { passed: 0, failed: 1, output };
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** @param {Step} step */
async function runStep({ name, run }, write) {
  const begin = performance.now();
  /** @type {Result} */
  let result;
  try {
    result = await run();
  } catch (error) {
    result = {
      passed: 0,
      failed: 1,
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  const took = seconds(performance.now() - begin);
  const { passed, failed, note } = result;
  const counts = passed + failed === 1 ? '' : `, ${passed} passed${failed > 0 ? `, ${failed} failed` : ''}`;
  const line = `${name.padEnd(22)} ${took}${counts}${note ? `, ${note}` : ''}`;
  if (failed === 0) write(`${paint(32, '✓')} ${line}\n`);
  else write(`${result.output ?? ''}\n${paint(31, '✗')} ${line}\n\n`);
  return result;
}

/** Runs all, ends with the one line that sums up, and gives the exit code. */
export async function runSteps(steps, write = (text) => process.stdout.write(text)) {
  const total = { passed: 0, failed: 0 };
  const failing = [];
  for (const step of steps) {
    const { passed, failed } = await runStep(step, write);
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) failing.push(step.name);
  }
  if (failing.length > 0) write(`\nFailed: ${failing.join(', ')}\n`);
  write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}
