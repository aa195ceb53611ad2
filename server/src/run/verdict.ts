/** What becomes of a run: its outcome, why it ended early, and what a person should know. */
import type { Outcome, RunError } from '../protocol/run.ts';
import type { RetrievalResult } from '../tenant/index.ts';
import { RunTooLarge } from './writer.ts';

export interface Verdict {
  readonly outcome: Outcome;
  readonly error: RunError | undefined;
  readonly notes: readonly string[];
  /** Notes a sentence. */
  note(...sentences: readonly string[]): void;
  /** Something of what was asked for is missing, and, where given, why: the first reason stands. */
  partial(error?: RunError): void;
  cancelled(error: RunError): void;
}

export function createVerdict(outcome: Outcome, error: RunError | undefined): Verdict {
  const state = { outcome, error };
  const notes = new Set<string>();
  return {
    get outcome() {
      return state.outcome;
    },
    get error() {
      return state.error;
    },
    get notes() {
      return [...notes];
    },
    note(...sentences) {
      for (const sentence of sentences) notes.add(sentence);
    },
    partial(why) {
      if (state.outcome === 'complete') state.outcome = 'partial';
      state.error ??= why;
    },
    cancelled(why) {
      if (state.outcome !== 'failed') state.outcome = 'cancelled';
      state.error ??= why;
    },
  };
}

export const CANCELLED: RunError = {
  code: 'cancelled',
  message: 'The run was cancelled. What was retrieved until then is kept.',
};

export function diskProblem(error: Error): RunError {
  if (error instanceof RunTooLarge) {
    return {
      code: 'too-large',
      message: `The run has grown to the ${Math.floor(error.maxBytes / 1_000_000)} MB that may be kept of runs, so it was stopped there. Ask for less (a shorter window, LIMIT), or raise the limit (CXQ_KEEP_MB on the command line) and resume it; what was retrieved until then was analysed.`,
    };
  }
  return {
    code: 'disk',
    message: `The run's folder could not be written: ${error.message}. Free space, or choose another folder; what was retrieved until then was analysed.`,
  };
}

/** Why a retrieval ended early; the tenant's own words stand in it once. */
export function retrievalError({ error }: RetrievalResult): RunError | undefined {
  if (error === undefined) return undefined;
  const { code, message, tenantMessage } = error;
  const said =
    tenantMessage === undefined || message.includes(tenantMessage)
      ? ''
      : ` The tenant said: ${tenantMessage}`;
  return { code, message: `${message}${said}` };
}
