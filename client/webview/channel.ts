/** Messages to and from the editor: numbered requests, every message checked against its schema both ways. */
import * as z from 'zod';
import {
  type FromWebview,
  fromWebviewSchema,
  type PanelAction,
  type PanelResponse,
  type ToWebview,
  toWebviewSchema,
} from '../../server/src/protocol/panel.ts';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { PanelRequest, RequestOf } from '../../server/src/protocol/panel-requests.ts';
import { type PanelState, panelStateSchema } from '../../server/src/protocol/panel-state.ts';

/** What `acquireVsCodeApi()` gives. */
export interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): unknown;
}

/** What a request is answered with. */
export type AnswerTo<K extends PanelRequest['kind']> = Extract<PanelResponse, { kind: K }>;

/** A request that the editor did not answer well; `message` is for people. */
export class RequestError extends Error {}

/** Milliseconds that the editor has for an answer. */
const PATIENCE = 30_000;
const NO_ANSWER =
  'The editor did not answer. Its language server may be busy or stopped: try again, or look into the CXQ output channel.';
const UNREADABLE =
  'The editor’s answer could not be read. The extension may have been updated: close and reopen the results.';

interface Waiting {
  readonly resolve: (response: PanelResponse) => void;
  readonly reject: (error: RequestError) => void;
  readonly timer: number;
}

export interface Channel {
  ready(): void;
  act(action: PanelAction): void;
  /** Rejects with a RequestError; once `signal` is aborted, with its reason, and the editor need not answer. */
  ask<K extends PanelRequest['kind']>(request: RequestOf<K>, signal?: AbortSignal): Promise<AnswerTo<K>>;
  /** What was kept over a reload, or undefined. */
  kept(): PanelState | undefined;
  keep(state: PanelState): void;
}

/** What the editor says by itself. */
export interface Told {
  /** A run is shown: at start, after a reload, or anew once a running one has more. */
  show(state: PanelState): void;
  reveal(place: Extract<ToWebview, { type: 'reveal' }>): void;
  /** More has come of a run that goes on. */
  snapshot(overview: Overview): void;
}

/** Listens on `window` for the life of the page. */
export function openChannel(api: EditorApi, told: Told): Channel {
  const waiting = new Map<number, Waiting>();
  let last = 0;

  const settle = (id: number): Waiting | undefined => {
    const found = waiting.get(id);
    if (found !== undefined) {
      waiting.delete(id);
      window.clearTimeout(found.timer);
    }
    return found;
  };

  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = toWebviewSchema.safeParse(event.data);
    if (!parsed.success) {
      // An answer that cannot be read still ends the wait of the one who asked.
      const id = z.object({ id: z.number() }).safeParse(event.data);
      if (id.success) settle(id.data.id)?.reject(new RequestError(UNREADABLE));
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'show':
        return told.show(message.state);
      case 'reveal':
        return told.reveal(message);
      case 'snapshot':
        return told.snapshot(message.overview);
      case 'response':
        return settle(message.id)?.resolve(message.body);
      case 'failed':
        return settle(message.id)?.reject(new RequestError(message.message));
    }
  });

  const post = (message: FromWebview): void => {
    api.postMessage(fromWebviewSchema.parse(message));
  };

  const request = (body: PanelRequest, signal?: AbortSignal): Promise<PanelResponse> => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const timer = window.setTimeout(() => settle(id)?.reject(new RequestError(NO_ANSWER)), PATIENCE);
      waiting.set(id, { resolve, reject, timer });
      signal?.addEventListener(
        'abort',
        () => {
          if (settle(id) === undefined) return;
          post({ type: 'cancel', id });
          reject(signal.reason);
        },
        { once: true },
      );
      post({ type: 'request', id, body });
    });
  };
  const isAnswer = <K extends PanelRequest['kind']>(kind: K, answer: PanelResponse): answer is AnswerTo<K> =>
    answer.kind === kind;

  return {
    ready: () => post({ type: 'ready' }),
    act: (action) => post({ type: 'action', action }),
    async ask<K extends PanelRequest['kind']>(asked: RequestOf<K>, signal?: AbortSignal) {
      const answer = await request(asked, signal);
      if (!isAnswer<K>(asked.kind, answer)) throw new RequestError(UNREADABLE);
      return answer;
    },
    kept() {
      const parsed = panelStateSchema.safeParse(api.getState());
      return parsed.success ? parsed.data : undefined;
    },
    keep: (state) => {
      api.setState(state);
    },
  };
}
