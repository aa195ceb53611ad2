/** What the tabs share: the run that shows, what it is filtered by, the selection, and what they may do to the panel. */
import type { PanelAction } from '../../server/src/protocol/panel.ts';
import type { Condition, ConditionKind, Filter } from '../../server/src/protocol/panel-filter.ts';
import type { Overview } from '../../server/src/protocol/panel-overview.ts';
import type { PanelState, PanelTab } from '../../server/src/protocol/panel-state.ts';
import type { Channel } from './channel.ts';

export type Tab = PanelTab;
export type Selection = NonNullable<PanelState['selection']>;
/** How one view is set. */
export type Settings = Pick<
  PanelState,
  'overview' | 'timeline' | 'flow' | 'paths' | 'decisions' | 'variables' | 'table' | 'compare' | 'split'
>;

export interface Panel {
  readonly channel: Pick<Channel, 'ask'>;
  /** Of what the filter leaves; undefined until the host has answered. */
  readonly overview: Overview | undefined;
  /** The overview is still that of the filter before. */
  readonly isFiltering: boolean;
  readonly timeZone: string;
  /** Everything that is kept over a reload. */
  readonly state: PanelState;
  /** Keeps how a view is set; does not draw. */
  keep(settings: Partial<Settings>): void;
  /** Selects a step; with a tab, also goes there and brings the step into view. */
  select(selection: Selection | null, tab?: Tab): void;
  open(tab: Tab): void;
  /** Adds a condition, in the place of one of its kind; with a tab, also goes there. */
  narrow(condition: Condition, tab?: Tab): void;
  /** Takes a condition away. */
  widen(kind: ConditionKind): void;
  /** Replaces the whole filter. */
  filter(filter: Filter): void;
  /** Goes back to the filter before; nothing where there is none. */
  undo(): void;
  /** The condition of a kind that is in force. */
  condition<K extends ConditionKind>(kind: K): Extract<Condition, { kind: K }> | undefined;
  act(action: PanelAction): void;
  /** Says a sentence to screen readers. */
  announce(sentence: string): void;
}

/** What a tab holds. It draws into the element that it was made with. */
export interface View {
  /** Other data: another run, another filter, or more of a run that goes on (`more`): what is shown is asked for anew. */
  reset(more: boolean): void;
  /** Draws again: the panel's state or the theme changed. */
  update(): void;
  /** The tab came to the front. Nothing is asked for or drawn behind another one. */
  shown(): void;
  /** The tab went behind another one. */
  hidden(): void;
  /** Brings a step into view, loading what is needed; with `focus`, puts the keyboard on it. */
  reveal?(selection: Selection, focus: boolean): void;
  /** Puts the keyboard back where it was in the view. */
  focus(): void;
}

/** Makes a view in an element that is its own. */
export type CreateView = (root: HTMLElement, panel: Panel) => View;
