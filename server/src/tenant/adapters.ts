/** Tenants without pages: one answer an interaction, or a history file on disk. */
import type { JsonValue } from '../protocol/history.ts';
import type { Profile } from '../protocol/profile.ts';
import { type Result, success, type TenantError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { readHistoryFile } from './history-file.ts';
import { getter, isObject } from './json.ts';
import type { Lanes } from './lanes.ts';
import type { Meter } from './meter.ts';
import { type PageRecords, pageOf } from './page-records.ts';
import type { BatchReader, BatchState, Segment } from './paging.ts';

function initialState(): BatchState {
  return { total: null, ended: false, tokens: false, repeatedToken: false, endless: false };
}

/** A reader over a generator of segments, with its own way to stop. */
function readerOf(
  state: BatchState,
  signal: AbortSignal,
  segments: (signal: AbortSignal) => AsyncGenerator<Segment, undefined>,
): BatchReader {
  const controller = new AbortController();
  const generator = segments(AbortSignal.any([signal, controller.signal]));
  return {
    state,
    async next() {
      const result = await generator.next();
      return result.done === true ? null : result.value;
    },
    stop: () => controller.abort(),
  };
}

export type FetchInteraction = (id: string, signal: AbortSignal) => Promise<Result<PageRecords>>;

/** Asks for one interaction by its id; an interaction that is not there (404) is no record. */
export function createInteractionFetcher(
  profile: Profile,
  exchange: Exchange,
  meter: Meter,
): FetchInteraction {
  const records = getter(profile.response.interactions);
  const page = async (values: readonly JsonValue[]) => success(await pageOf(values, profile.response));
  return async (id, signal) => {
    const path = profile.query.path.replaceAll('{interactionId}', encodeURIComponent(id));
    const answer = await exchange({ method: 'GET', url: profile.baseUrl + path, signal, purpose: 'history' });
    if (!answer.ok) return answer.error.status === 404 ? page([]) : answer;
    meter.counts.pages += 1;
    const { value } = answer;
    if (value === undefined || value === null) return page([]);
    if (Array.isArray(value)) return page(value);
    const list = isObject(value) ? records(value) : undefined;
    return page(Array.isArray(list) ? list : [value]);
  };
}

/** One request an id, side by side, given in the order of the ids. */
export function readInteractions(
  ids: readonly string[],
  fetch: FetchInteraction,
  lanes: Lanes,
  concurrency: number,
  signal: AbortSignal,
): BatchReader {
  const state = initialState();
  return readerOf(state, signal, async function* (ownSignal): AsyncGenerator<Segment, undefined> {
    const ahead = new Map<number, Promise<Result<PageRecords>>>();
    for (const [row, id] of ids.entries()) {
      for (const [near, nearId] of ids.slice(row, row + 2 * concurrency).entries()) {
        if (!ahead.has(row + near))
          ahead.set(
            row + near,
            lanes.run(() => fetch(nearId, ownSignal)),
          );
      }
      const answer = await (ahead.get(row) ?? fetch(id, ownSignal));
      ahead.delete(row);
      const base = { offset: row, asked: 1, suspect: false };
      if (!answer.ok) {
        yield { ...base, pages: [], error: answer.error };
        return;
      }
      yield { ...base, pages: [answer.value] };
    }
    state.ended = true;
  });
}

/** A history file: every record of it, whatever the filter says, which is asked of each record later. */
export function readFileBatch(profile: Profile, offset: number, signal: AbortSignal): BatchReader {
  const state = initialState();
  return readerOf(state, signal, async function* (): AsyncGenerator<Segment, undefined> {
    const base = { offset, asked: 0, suspect: false };
    const result = await readHistoryFile(profile.query.path, { response: profile.response });
    if (!result.ok) {
      const error: TenantError = { code: 'file', message: result.error.message, retriable: false };
      yield { ...base, pages: [], error };
      return;
    }
    const { interactions, rejected } = result.history;
    const records = [...interactions.map(({ raw }) => raw), ...rejected.map(({ raw }) => raw)].slice(offset);
    yield { ...base, asked: records.length, pages: [await pageOf(records, profile.response)] };
    state.ended = true;
  });
}
