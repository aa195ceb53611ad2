import type { Panel, View } from '../view.ts';

export function createFlow(_root: HTMLElement, _panel: Panel): View {
  return { reset() {}, update() {}, shown() {}, hidden() {}, focus() {} };
}
