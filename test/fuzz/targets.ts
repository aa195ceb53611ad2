/** Everything that is fuzzed. */
import { inputAt, type Job, type Outcome, tryAgain, tryInputs } from './engine.ts';
import type { Target } from './target.ts';
import { audit } from './targets/audit.ts';
import { checker } from './targets/checker.ts';
import { completion } from './targets/completion.ts';
import { features } from './targets/features.ts';
import { formatter } from './targets/formatter.ts';
import { lexer } from './targets/lexer.ts';
import { messages } from './targets/messages.ts';
import { parser } from './targets/parser.ts';
import { ranges } from './targets/ranges.ts';
import { records } from './targets/records.ts';
import { stdio } from './targets/stdio.ts';

export interface Runner {
  readonly name: string;
  readonly slowness: number;
  readonly hasLarge: boolean;
  readonly run: (job: Job, started: () => void) => Promise<Outcome>;
  readonly inputAt: (job: Job, index: number) => string;
  /** Why a saved input fails, undefined where it does not. */
  readonly again: (input: string) => Promise<string | undefined>;
}

function runner<C>(target: Target<C>): Runner {
  const { name, slowness } = target;
  return {
    name,
    slowness,
    hasLarge: target.large !== undefined,
    run: (job, started) => tryInputs(target, job, started),
    inputAt: (job, index) => inputAt(target, job, index),
    // An input is saved by ourselves, for this very target.
    again: (input) => tryAgain<C>(target, JSON.parse(input)),
  };
}

const RUNNERS: readonly Runner[] = [
  runner(lexer),
  runner(parser),
  runner(checker),
  runner(completion),
  runner(features),
  runner(formatter),
  runner(records),
  runner(ranges),
  runner(audit),
  runner(messages),
  runner(stdio),
];

export const TARGETS: readonly string[] = RUNNERS.map(({ name }) => name);

export function runnerOf(name: string): Runner {
  const found = RUNNERS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no target ${name}. Targets: ${TARGETS.join(', ')}`);
  return found;
}
