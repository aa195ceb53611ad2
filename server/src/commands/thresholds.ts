/** `--over` and `--types`: the threshold rule of a command. */
import type { ThresholdOptions } from '../analysis/index.ts';
import { parseDuration } from '../language/index.ts';
import { CommandError, EXIT } from './io.ts';

export interface ThresholdFlags {
  readonly over: string;
  readonly types?: string;
  /** `TYPE=20s` and `ID=30s`. */
  readonly overType?: readonly string[];
  readonly overNode?: readonly string[];
}

function thresholdsBy(option: string, given: readonly string[] = []): ReadonlyMap<string, number> {
  return new Map(
    given.map((text) => {
      // An id may hold the sign: the duration is behind the last one.
      const at = text.lastIndexOf('=');
      const over = parseDuration(text.slice(at + 1));
      if (at < 1 || over === undefined) {
        throw new CommandError(
          EXIT.usage,
          `${option} is a name and a duration, such as ROUTING=20s; ${text} is not.`,
        );
      }
      return [text.slice(0, at), over];
    }),
  );
}

/** `--over-type` and `--over-node`, in µs: the most specific threshold wins. */
export function specificThresholds({
  overType,
  overNode,
}: Pick<ThresholdFlags, 'overType' | 'overNode'>): Pick<
  ThresholdOptions,
  'typeThresholds' | 'nodeThresholds'
> {
  return {
    ...(overType === undefined ? {} : { typeThresholds: thresholdsBy('--over-type', overType) }),
    ...(overNode === undefined ? {} : { nodeThresholds: thresholdsBy('--over-node', overNode) }),
  };
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
  return {
    thresholdMicros: over,
    ...(types === undefined ? {} : { types }),
    ...specificThresholds(flags),
  };
}
