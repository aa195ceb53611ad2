/** Sentences that several commands show. No editor in here: the functions are tested alone. */
import type { RunProgress } from '../../server/src/protocol/lsp.ts';

/** A sentence out of anything that was thrown. */
export function sentence(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Controls but tab, what reverses or hides text (bidi marks, zero widths, tags), line and paragraph separators. */
const HIDDEN = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line with every invisible or direction-changing character spelled out, so that it cannot forge another. */
export function visible(line: string): string {
  return line.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

const PHASES = {
  connecting: 'signing in',
  retrieving: 'retrieving',
  analysing: 'analysing',
  recording: 'writing the audit record',
  exporting: 'exporting',
} as const satisfies Record<RunProgress['phase'], string>;

/** `1,204 interactions`, `1 interaction`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a run is doing, with counts: `retrieving 400 of 1,204 interactions · 5 requests · 1 retry`. */
export function progressText(progress: RunProgress): string {
  const parts: string[] = [];
  if (progress.phase === 'retrieving') {
    const of = progress.expected === null ? '' : ` of ${progress.expected.toLocaleString('en-GB')}`;
    parts.push(`retrieving ${progress.records.toLocaleString('en-GB')}${of} interactions`);
  } else {
    parts.push(PHASES[progress.phase]);
    if (progress.records > 0) parts.push(counted(progress.records, 'interaction'));
  }
  if (progress.requests > 0) parts.push(counted(progress.requests, 'request'));
  if (progress.retries > 0) parts.push(`${progress.retries} ${progress.retries === 1 ? 'retry' : 'retries'}`);
  if (progress.pausedUntil !== null)
    parts.push(`the tenant asked to wait until ${clock(progress.pausedUntil)}`);
  return parts.join(' · ');
}

/** The time of day in UTC of an RFC 3339 instant; what is not one stays as it is. */
function clock(instant: string): string {
  const time = /T(\d\d:\d\d:\d\d)/.exec(instant)?.[1];
  return time === undefined ? instant : `${time} UTC`;
}

/** Percentage points since the last report, for a progress bar; undefined where the end is not known. */
export function progressIncrement(before: RunProgress | undefined, now: RunProgress): number | undefined {
  if (now.expected === null || now.expected <= 0) return undefined;
  const share = Math.min(1, now.records / now.expected);
  const sameRun = before !== undefined && before.runId === now.runId && before.expected !== null;
  const earlier = sameRun ? Math.min(1, before.records / (before.expected || 1)) : 0;
  return Math.max(0, (share - earlier) * 100);
}
