import type { Panel } from '../view.ts';

export interface FilterBar {
  update(): void;
}

export function createFilterBar(_root: HTMLElement, _panel: Panel): FilterBar {
  return { update() {} };
}
