/** `--over` and `--types`: the threshold rule of a command. */
import type { ThresholdOptions } from '../analysis/index.ts';
import { parseDuration } from '../language/index.ts';
import { CommandError, EXIT } from './io.ts';

export interface ThresholdFlags {
  readonly over: string;
  readonly types?: string;
}

export function thresholdOptions(flags: ThresholdFlags): ThresholdOptions {
  const over = parseDuration(flags.over);
  if (over === undefined) {
    throw new CommandError(EXIT.usage, `--over is a duration such as 10s or 1m30s; ${flags.over} is not.`);
  }
  const types = flags.types
    ?.split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
  if (types?.length === 0) throw new CommandError(EXIT.usage, '--types names one node type or more.');
  return { thresholdMicros: over, ...(types === undefined ? {} : { types }) };
}
