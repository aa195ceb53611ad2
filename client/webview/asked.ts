/** One answer that a view shows: asked for while the view is in front, anew after a reset. */
import type { PanelRequest, RequestOf } from '../../server/src/protocol/panel-requests.ts';
import type { AnswerTo } from './channel.ts';
import type { Panel } from './view.ts';

export interface Asked<T> {
  /** The last answer; undefined until the first one after a reset that forgets. */
  readonly value: T | undefined;
  /** What the last failed answer said; cleared by `reset`. */
  readonly error: string | undefined;
  /** False while `value` is of before a reset. */
  readonly settled: boolean;
  /** Asks, unless it has been. */
  want(): void;
  /** An answer on its way is not waited for; with `keep`, the old one stays until the new one comes. */
  reset(keep: boolean): void;
}

/** @param changed is called after every answer */
export function createAsked<K extends PanelRequest['kind']>(
  panel: Panel,
  request: () => RequestOf<K>,
  changed: (answer: AnswerTo<K> | undefined) => void,
): Asked<AnswerTo<K>> {
  let value: AnswerTo<K> | undefined;
  let error: string | undefined;
  let settled = false;
  let flying: AbortController | undefined;

  return {
    get value() {
      return value;
    },
    get error() {
      return error;
    },
    get settled() {
      return settled;
    },
    want() {
      if (settled || flying !== undefined || error !== undefined) return;
      const mine = new AbortController();
      flying = mine;
      panel.channel.ask<K>(request(), mine.signal).then(
        (answer) => {
          if (mine !== flying) return;
          flying = undefined;
          value = answer;
          settled = true;
          changed(answer);
        },
        (reason: unknown) => {
          if (mine !== flying) return;
          flying = undefined;
          value = undefined;
          error = reason instanceof Error ? reason.message : 'The answer could not be read.';
          changed(undefined);
        },
      );
    },
    reset(keep) {
      const old = flying;
      flying = undefined;
      old?.abort();
      error = undefined;
      settled = false;
      if (!keep) value = undefined;
    },
  };
}
