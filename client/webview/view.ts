/** What the tabs share: the run that shows, the selection, and what they may do to the panel. */
import type { Overview, PanelState } from '../../server/src/protocol/panel.ts';
import type { Channel } from './channel.ts';

export type Tab = PanelState['tab'];
export type Selection = NonNullable<PanelState['selection']>;

export interface Panel {
  readonly channel: Channel;
  /** undefined until the host has answered. */
  readonly overview: Overview | undefined;
  readonly timeZone: string;
  readonly selection: Selection | null;
  /** How the views are set, kept over a reload. */
  readonly timeline: PanelState['timeline'];
  readonly table: PanelState['table'];
  keep(settings: Partial<Pick<PanelState, 'timeline' | 'table'>>): void;
  /** Selects a step; with a tab, also goes there and brings the step into view. */
  select(selection: Selection | null, tab?: Tab): void;
  /** Says a sentence to screen readers. */
  announce(sentence: string): void;
}

export interface View {
  /** Another run, or the same one again: forget all rows. */
  reset(): void;
  /** Draws again: the panel's state or the theme changed. */
  update(): void;
  /** The tab came to the front. */
  shown(): void;
  /** Brings a step into view, loading what is needed; with `focus`, puts the keyboard on it. */
  reveal(selection: Selection, focus: boolean): void;
  /** Puts the keyboard back where it was in the grid. */
  focus(): void;
}

export const ONLY = [
  { value: 'all', label: 'All' },
  { value: 'bottlenecks', label: 'Bottlenecks' },
  { value: 'errors', label: 'Errors' },
  { value: 'matching', label: 'Matching the query' },
] as const;
export type Only = (typeof ONLY)[number]['value'];

export function isOnly(value: string): value is Only {
  return ONLY.some((option) => option.value === value);
}
