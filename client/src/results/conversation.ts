/** What a results panel and the editor say to each other. No editor in here: tested alone. */
import {
  type FromWebview,
  fromWebviewSchema,
  type PanelAction,
  type PanelResponse,
  type Place,
  type ToWebview,
  toWebviewSchema,
} from '../../../server/src/protocol/panel.ts';
import type { Overview } from '../../../server/src/protocol/panel-overview.ts';
import type { PanelRequest } from '../../../server/src/protocol/panel-requests.ts';
import { panelStateSchema } from '../../../server/src/protocol/panel-state.ts';
import { sentence, visible } from '../text.ts';

export interface Party {
  /** Hands a message, checked already, to the view. */
  readonly post: (message: ToWebview) => void;
  /** Asks the server about the run; rejects with a sentence. */
  readonly ask: (request: PanelRequest, signal: AbortSignal) => Promise<PanelResponse>;
  readonly act: (action: PanelAction) => Promise<void>;
  /** What was told last of a run that goes on and that this window follows. */
  readonly live: () => Overview | undefined;
  /** For the log. */
  readonly warn: (line: string) => void;
  /** For the person. */
  readonly fail: (message: string) => void;
}

/** How often a run that goes on elsewhere is looked at. */
const LOOK_MS = 2_000;

const UNREADABLE =
  'The language server’s answer could not be read: the extension was updated, or is damaged. Reload the window.';

/** Of one panel. The view is there from its `ready` on, until it is hidden: its page is then thrown away. */
export class Conversation {
  readonly #runId: string;
  readonly #party: Party;
  /** Requests that the view waits for. */
  readonly #asked = new Map<number, AbortController>();
  #isReady = false;
  /** Where to go once the view is ready. */
  #place: Place | undefined;
  /** The next look at a run that goes on elsewhere. */
  #look: AbortController | undefined;

  constructor(runId: string, party: Party) {
    this.#runId = runId;
    this.#party = party;
  }

  /** Shows the run, anew where more has come of it; with a place, goes there, once the view is ready. */
  show(place?: Place): void {
    this.#stopLooking();
    if (place !== undefined) this.#place = place;
    if (!this.#isReady) return;
    const { tab, filter, selection, with: other } = this.#place ?? {};
    // A view that has kept how it was set goes by that, and by the place that it is told next.
    const state = panelStateSchema.parse({
      ...{ runId: this.#runId, tab, filter, selection },
      ...(other === undefined ? {} : { compare: { with: other } }),
    });
    this.#post({ type: 'show', state });
    this.#goThere();
  }

  /** Goes to a place of the run that is shown. */
  reveal(place: Place): void {
    this.#place = place;
    if (this.#isReady) this.#goThere();
  }

  snapshot(overview: Overview): void {
    this.#stopLooking();
    if (this.#isReady) this.#post({ type: 'snapshot', overview });
  }

  /** The page is gone: nobody waits any more, and what is sent would be lost. */
  hidden(): void {
    this.#isReady = false;
    this.#stopLooking();
    for (const controller of this.#asked.values()) controller.abort();
    this.#asked.clear();
  }

  /** Takes a message of the view. Never rejects, whatever it is. */
  async received(received: unknown): Promise<void> {
    const parsed = fromWebviewSchema.safeParse(received);
    if (!parsed.success) {
      this.#party.warn('The results panel sent a message that is none; it was ignored.');
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        // A page that was loaded anew has forgotten what the one before had asked.
        this.hidden();
        this.#isReady = true;
        this.show();
        return;
      case 'cancel':
        this.#asked.get(message.id)?.abort();
        this.#asked.delete(message.id);
        return;
      case 'request':
        await this.#answer(message);
        return;
      case 'action':
        try {
          await this.#party.act(message.action);
        } catch (reason) {
          this.#party.warn(
            `The results panel asked for ${message.action.kind}: ${visible(sentence(reason))}`,
          );
          this.#party.fail(visible(sentence(reason)));
        }
    }
  }

  async #answer({ id, body }: Extract<FromWebview, { type: 'request' }>): Promise<void> {
    const controller = new AbortController();
    this.#asked.get(id)?.abort();
    this.#asked.set(id, controller);
    const answer = await this.#answerTo(id, body, controller.signal);
    // Nobody waits for it any more, or for another one under this number.
    if (this.#asked.get(id) !== controller) return;
    this.#asked.delete(id);
    const posted = this.#post(answer);
    if (posted?.type === 'response' && posted.body.kind === 'overview') this.#lookLater(posted.body);
  }

  async #answerTo(id: number, body: PanelRequest, signal: AbortSignal): Promise<ToWebview> {
    // What was told is of all that came; a filter is for the server.
    const live = body.kind === 'overview' && body.filter.length === 0 ? this.#party.live() : undefined;
    if (live !== undefined) return { type: 'response', id, body: live };
    try {
      return { type: 'response', id, body: await this.#party.ask(body, signal) };
    } catch (reason) {
      if (!signal.aborted) {
        this.#party.warn(`The results panel asked for ${body.kind}: ${visible(sentence(reason))}`);
      }
      return { type: 'failed', id, message: sentence(reason) };
    }
  }

  /** A run that goes on in another window tells this one nothing by itself. */
  #lookLater({ header }: Overview): void {
    this.#stopLooking();
    if (header.outcome !== 'running' || this.#party.live() !== undefined) return;
    const look = new AbortController();
    this.#look = look;
    const timer = setTimeout(() => void this.#lookNow(look.signal), LOOK_MS);
    look.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  async #lookNow(signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#party.ask({ kind: 'overview', filter: [] }, signal);
      if (signal.aborted || !this.#isReady || answer.kind !== 'overview') return;
      if (answer.header.outcome !== 'running') {
        this.show();
        return;
      }
      this.#post({ type: 'snapshot', overview: answer });
      this.#lookLater(answer);
    } catch (reason) {
      if (!signal.aborted) this.#party.warn(`The run could not be looked at: ${visible(sentence(reason))}`);
    }
  }

  #stopLooking(): void {
    this.#look?.abort();
    this.#look = undefined;
  }

  #goThere(): void {
    const place = this.#place;
    this.#place = undefined;
    if (place !== undefined) this.#post({ type: 'reveal', ...place });
  }

  /** Gives what was posted, where it is a message. */
  #post(message: ToWebview): ToWebview | undefined {
    const checked = toWebviewSchema.safeParse(message);
    if (checked.success) {
      this.#party.post(checked.data);
      return checked.data;
    }
    this.#party.warn(`A message to the results panel is none: ${checked.error.message}`);
    if (message.type === 'response') {
      this.#party.post({ type: 'failed', id: message.id, message: UNREADABLE });
    }
    return undefined;
  }
}
