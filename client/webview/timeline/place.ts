/** How the timeline is set and where it is: changed at every frame of a movement, kept once that rests. */
import type { PanelState } from '../../../server/src/protocol/panel-state.ts';
import type { Panel } from '../view.ts';

type Settings = PanelState['timeline'];
type Moved = Pick<Settings, 'zoom' | 'left' | 'top'>;

const REST = 120;

export interface Place {
  readonly settings: Settings;
  move(to: Partial<Moved>): void;
  /** Changes what the person has chosen, and keeps it at once. */
  set(settings: Partial<Settings>): void;
  /** Takes what the panel has: another run, a reload. */
  restore(): void;
  /** Keeps now what would be kept in a moment. */
  flush(): void;
}

export function createPlace(panel: Panel): Place {
  let moved: Partial<Moved> = {};
  let timer = 0;
  const flush = (): void => {
    window.clearTimeout(timer);
    timer = 0;
    if (Object.keys(moved).length === 0) return;
    const settings = { ...panel.state.timeline, ...moved };
    moved = {};
    panel.keep({ timeline: settings });
  };
  return {
    get settings() {
      return { ...panel.state.timeline, ...moved };
    },
    move(to) {
      moved = { ...moved, ...to };
      window.clearTimeout(timer);
      timer = window.setTimeout(flush, REST);
    },
    set(settings) {
      flush();
      panel.keep({ timeline: { ...panel.state.timeline, ...settings } });
    },
    restore() {
      window.clearTimeout(timer);
      timer = 0;
      moved = {};
    },
    flush,
  };
}
