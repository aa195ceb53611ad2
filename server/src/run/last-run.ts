/** The run that was made of a query: found by its text, so that a query that was changed has none. */
import { setImmediate } from 'node:timers/promises';
import { parse, type Query } from '../language/index.ts';
import type { RunManifest } from '../protocol/run.ts';
import { queryText } from './source-text.ts';
import { keptBytes, listRuns } from './store.ts';

/** A run that has something to show: a whole result, or what came of one that was broken off. */
async function hasResult(runsFolder: string, { runId, outcome }: RunManifest): Promise<boolean> {
  if (outcome === 'complete' || outcome === 'partial') return true;
  return outcome !== 'running' && (await keptBytes(runsFolder, runId)) > 0;
}

/**
 * The latest kept run of a query of a text that has ended with something to show, whoever ran it; undefined for none.
 * Layout and spelling do not count; parameters are those of the run.
 */
export async function lastRunOf(
  runsFolder: string,
  text: string,
  query: Query,
): Promise<RunManifest | undefined> {
  const { applied, format } = await import('../language/editing.ts');
  const canonical = (given: string): string =>
    applied(given, format(parse(given)))
      .replaceAll('\r\n', '\n')
      .trim();
  const name = query.name?.text ?? null;
  const wanted = canonical(queryText(text, query));
  // Most runs are of a few texts, again and again.
  const known = new Map<string, boolean>();
  for (const manifest of await listRuns(runsFolder)) {
    if (manifest.query !== name) continue;
    let isSame = known.get(manifest.text);
    if (isSame === undefined) {
      // However many runs there are, others get their answers meanwhile.
      await setImmediate();
      // Parameters stand before the query that ran.
      const ran = parse(manifest.text).queries.at(-1);
      isSame = ran !== undefined && canonical(queryText(manifest.text, ran)) === wanted;
      known.set(manifest.text, isSame);
    }
    if (isSame && (await hasResult(runsFolder, manifest))) return manifest;
  }
  return undefined;
}
