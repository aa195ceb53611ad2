import type { Panel, View } from '../view.ts';

export function createPaths(_root: HTMLElement, _panel: Panel): View {
  return { reset() {}, update() {}, shown() {}, hidden() {}, focus() {} };
}
