/** What stands in the place of the rows, and what the axis is called. */
import { html, nothing, type TemplateResult } from 'lit';
import { empty, failed, loading } from '../parts.ts';
import type { Panel } from '../view.ts';
import type { Scene } from './scene.ts';
import type { TimelineSource } from './source.ts';
import { clockTicks, offsetOf, offsetTicks, shareTicks, type Tick } from './ticks.ts';

export function stateOf(
  source: TimelineSource,
  panel: Panel,
  again: () => void,
): TemplateResult | typeof nothing {
  if (source.error !== undefined) return failed(source.error, again);
  if (source.total === undefined) return loading('Reading the interactions…');
  if (source.total > 0) return nothing;
  if (panel.state.filter.length === 0) {
    return empty(
      'No interactions',
      'The query returned nothing in its window. Widen the window or loosen WHERE, then run it again.',
    );
  }
  return empty(
    'Nothing left by this filter',
    'No interaction of this run satisfies all of its conditions.',
    html`<vscode-button secondary @click=${() => panel.filter([])}>Show all</vscode-button>`,
  );
}

export function axisName({ layout }: Scene, timeZone: string): string {
  if (layout.axis === 'own') return layout.compressed ? 'Share of own busy time' : 'Share of own duration';
  if (layout.axis === 'clock') return `Clock, ${timeZone}`;
  return layout.compressed ? 'Busy time from start' : 'Time from start';
}

export function ticksOf(scene: Scene, timeZone: string): readonly Tick[] {
  const { scale, layout, width, extent } = scene;
  if (!(scale > 0) || width <= 0) return [];
  const [from, to] = [Math.max(0, scene.at(0)), scene.at(width)];
  if (layout.axis === 'own') return shareTicks(scale, from, to);
  if (layout.axis === 'aligned') return offsetTicks(scale, from, to);
  return clockTicks(layout.clock, layout.from, scale, from, Math.min(to, extent.longest), offsetOf(timeZone));
}
