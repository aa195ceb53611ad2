/** All measures of a box or a line, beside it. Those who hear them have them in its description. */
import { html, render } from 'lit';
import { text } from '../parts.ts';
import type { Point } from './geometry.ts';
import type { Facts } from './measures.ts';

export interface Tip {
  /** Beside a point of the map, after a moment. */
  show(name: string, about: string, facts: Facts, at: () => Point): void;
  hide(): void;
  readonly shown: boolean;
}

const PATIENCE = 350;
const APART = 14;

export function createTip(map: HTMLElement): Tip {
  const element = document.createElement('div');
  element.className = 'flow-tip';
  element.setAttribute('aria-hidden', 'true');
  element.hidden = true;
  map.append(element);
  let timer = 0;

  const hide = (): void => {
    window.clearTimeout(timer);
    element.hidden = true;
  };
  return {
    show(name, about, facts, at) {
      hide();
      timer = window.setTimeout(() => {
        render(
          html`<p class="strong">${text(name)}</p>
            ${about === '' ? '' : html`<p class="faint">${text(about)}</p>`}
            <dl class="facts">
              ${facts.map(([fact, value]) => html`<dt>${fact}</dt><dd>${value}</dd>`)}
            </dl>`,
          element,
        );
        element.hidden = false;
        const { x, y } = at();
        const left =
          x + APART + element.offsetWidth > map.clientWidth ? x - APART - element.offsetWidth : x + APART;
        const top = Math.min(y + APART, map.clientHeight - element.offsetHeight - 4);
        element.style.left = `${Math.max(4, left)}px`;
        element.style.top = `${Math.max(4, top)}px`;
      }, PATIENCE);
    },
    hide,
    get shown() {
      return !element.hidden;
    },
  };
}
