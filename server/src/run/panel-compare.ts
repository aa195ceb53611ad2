/** A run beside others, for the panel: which there are, what they are called, and what its query compared it with. */
import type { PanelResponse } from '../protocol/panel.ts';
import type { RunManifest } from '../protocol/run.ts';
import { listRuns } from './store.ts';

type Answer<K extends PanelResponse['kind']> = Extract<PanelResponse, { kind: K }>;

/** What the query of a run compared it with. */
export function comparisonOf({ result }: RunManifest): Answer<'compare'> {
  const comparison = result?.comparison ?? null;
  const nodes = comparison?.nodes ?? [];
  return {
    kind: 'compare',
    comparison,
    names: nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
    notes: [],
  };
}

/** A query by its name, in one file or in the very same text. */
function isSameQuery(a: RunManifest, b: RunManifest): boolean {
  if (a.text === b.text) return true;
  return a.query !== null && a.query === b.query && a.source !== null && a.source === b.source;
}

function titleOf({ title, query, text }: RunManifest): string {
  return title ?? query ?? text.replace(/\s+/gu, ' ').trim().slice(0, 80);
}

/** Other kept runs that have ended. */
export async function runsBeside(runsFolder: string, shown: RunManifest): Promise<Answer<'runs'>['runs']> {
  const all = await listRuns(runsFolder);
  return all.flatMap((manifest) => {
    const { runId, connection, startedAt, outcome } = manifest;
    if (runId === shown.runId || outcome === 'running') return [];
    const sameQuery = isSameQuery(manifest, shown);
    return [{ runId, title: titleOf(manifest), connection, startedAt, outcome, sameQuery }];
  });
}

/** What two runs are called beside each other: by their query and when they ran, as the clock was for the one shown. */
export function sideLabels(
  other: RunManifest,
  own: RunManifest,
): { readonly other: string; readonly own: string } {
  const labelOf = (manifest: RunManifest): string =>
    `${titleOf(manifest)} of ${minuteOf(manifest.startedAt, own.timeZone)}`;
  const labels = { other: labelOf(other), own: labelOf(own) };
  if (labels.other !== labels.own) return labels;
  return { other: `${labels.other} (${other.runId})`, own: `${labels.own} (${own.runId})` };
}

/** `2026-11-22 08:00`. */
function minuteOf(instant: string, timeZone: string): string {
  const format = (zone: string): string =>
    new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone: zone }).format(
      new Date(instant),
    );
  try {
    return format(timeZone);
  } catch {
    return format('UTC');
  }
}
