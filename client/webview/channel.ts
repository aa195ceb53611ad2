/** Messages to and from the editor: numbered requests, every message checked against its schema both ways. */
import * as z from 'zod';
import {
  type FromWebview,
  fromWebviewSchema,
  type PanelRequest,
  type PanelResponse,
  type PanelState,
  panelStateSchema,
  toWebviewSchema,
} from '../../server/src/protocol/panel.ts';

/** What `acquireVsCodeApi()` gives. */
export interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): unknown;
}

type Answer<K extends PanelResponse['kind']> = Extract<PanelResponse, { kind: K }>;
type Ask<K extends PanelRequest['kind']> = Omit<Extract<PanelRequest, { kind: K }>, 'kind'>;

export type TimelineAsk = Ask<'timeline'>;
export type TableAsk = Ask<'table'>;
export type StepAnswer = Answer<'step'>;
export type Action = Extract<FromWebview, { type: 'action' }>['action'];

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
  act(action: Action): void;
  overview(): Promise<Answer<'overview'>>;
  timeline(ask: TimelineAsk): Promise<Answer<'timeline'>>;
  table(ask: TableAsk): Promise<Answer<'table'>>;
  step(ask: Ask<'step'>): Promise<StepAnswer>;
  /** What was kept over a reload, or undefined. */
  kept(): PanelState | undefined;
  keep(state: PanelState): void;
}

/** Listens on `window` for the life of the page; `show` is called each time the editor shows a run, `snapshot` as it goes on. */
export function openChannel(
  api: EditorApi,
  show: (state: PanelState) => void,
  snapshot: (overview: Answer<'overview'>) => void,
): Channel {
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
    if (message.type === 'show') show(message.state);
    else if (message.type === 'snapshot') snapshot(message.overview);
    else if (message.type === 'response') settle(message.id)?.resolve(message.body);
    else settle(message.id)?.reject(new RequestError(message.message));
  });

  const post = (message: FromWebview): void => {
    api.postMessage(fromWebviewSchema.parse(message));
  };

  const request = (body: PanelRequest): Promise<PanelResponse> => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => settle(id)?.reject(new RequestError(NO_ANSWER)), PATIENCE);
      waiting.set(id, { resolve, reject, timer });
      post({ type: 'request', id, body });
    });
  };

  return {
    ready: () => post({ type: 'ready' }),
    act: (action) => post({ type: 'action', action }),
    async overview() {
      const answer = await request({ kind: 'overview' });
      if (answer.kind !== 'overview') throw new RequestError(UNREADABLE);
      return answer;
    },
    async timeline(ask) {
      const answer = await request({ kind: 'timeline', ...ask });
      if (answer.kind !== 'timeline') throw new RequestError(UNREADABLE);
      return answer;
    },
    async table(ask) {
      const answer = await request({ kind: 'table', ...ask });
      if (answer.kind !== 'table') throw new RequestError(UNREADABLE);
      return answer;
    },
    async step(ask) {
      const answer = await request({ kind: 'step', ...ask });
      if (answer.kind !== 'step') throw new RequestError(UNREADABLE);
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
