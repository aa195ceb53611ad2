/** How a run ended, in one sentence with fitting buttons. No editor in here: tested alone. */
import type { RunResult } from '../../../server/src/protocol/lsp.ts';
import { visible } from '../text.ts';

export type Button =
  | 'Resume'
  | 'Show Results'
  | 'Show Log'
  | 'Show Problems'
  | 'Switch Connection'
  | 'Enter Credentials Again';

export interface Outcome {
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
  readonly buttons: readonly Button[];
  /** Whether there is something to open in the results panel. */
  readonly hasResults: boolean;
}

const BY_CODE: Readonly<Record<string, readonly Button[]>> = {
  diagnostics: ['Show Problems'],
  auth: ['Enter Credentials Again', 'Show Log'],
  credentials: ['Enter Credentials Again', 'Switch Connection'],
  forbidden: ['Switch Connection', 'Show Log'],
  unreachable: ['Switch Connection', 'Show Log'],
};

function refused(error: NonNullable<RunResult['error']>): Outcome {
  return {
    severity: error.code === 'diagnostics' ? 'warning' : 'error',
    message: visible(error.message),
    buttons: BY_CODE[error.code] ?? ['Show Log'],
    hasResults: false,
  };
}

/** What to tell at the end. `name` is what the person ran; the last run is the one that is shown. */
export function endMessage(name: string, result: RunResult): Outcome {
  const end = ended(name, result);
  return result.runs.at(-1)?.resumable === true ? { ...end, buttons: ['Resume', ...end.buttons] } : end;
}

function ended(name: string, { runs, error }: RunResult): Outcome {
  const last = runs.at(-1);
  if (last === undefined) {
    return refused(error ?? { code: 'nothing', message: `${name} ran nothing: the server named no reason.` });
  }
  const subject = last.query ?? name;
  const why = last.error;
  const kept = last.retrieval.records;
  if (last.outcome === 'failed') {
    const failed = refused(why ?? { code: 'failed', message: 'the log says more' });
    const stays = kept > 0 ? ` The ${kept} interactions that came are kept.` : '';
    return {
      ...failed,
      severity: 'error',
      message: `${subject} failed: ${failed.message}${stays}`,
      buttons: kept > 0 ? ['Show Results', ...failed.buttons] : failed.buttons,
      hasResults: kept > 0,
    };
  }
  if (last.outcome === 'cancelled') {
    return {
      severity: 'information',
      message:
        kept > 0
          ? `${subject} was cancelled. The ${kept} interactions that came until then are kept.`
          : `${subject} was cancelled before anything was retrieved.`,
      buttons: kept > 0 ? ['Show Results', 'Show Log'] : ['Show Log'],
      hasResults: kept > 0,
    };
  }
  // Of several queries a later one did not begin; what ran before it stands.
  const stopped = error === undefined ? '' : ` The queries after it did not run: ${visible(error.message)}`;
  const broken = last.expectations.filter((expectation) => !expectation.ok);
  const before = runs.length > 1 ? `${runs.length} queries ran. ` : '';
  const partial =
    last.outcome === 'partial' ? ` Partial: ${visible(why?.message ?? last.notes[0] ?? '')}` : '';
  const expected = broken.length > 0 ? ` Not as expected: ${broken.map(({ text }) => text).join(', ')}.` : '';
  const audited = last.audit === null ? ' Not audited: the record could not be written.' : '';
  return {
    severity:
      stopped !== ''
        ? 'error'
        : last.outcome === 'partial' || broken.length > 0 || audited !== ''
          ? 'warning'
          : 'information',
    message: `${before}${subject}: ${visible(last.headline)}${partial}${expected}${audited}${stopped}`.trim(),
    buttons: ['Show Results', 'Show Log'],
    hasResults: true,
  };
}
