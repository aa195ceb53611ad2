/** The timeline's own tooltip: after a moment, beside what it is about, never past the window's edges. */
import { html, render } from 'lit';
import { icon } from '../parts.ts';
import type { Tip } from './timeline-words.ts';

const DELAY = 300;
const EDGE = 6;

export interface Tooltip {
  readonly shown: boolean;
  /** Shows it beside a place in the window, as that is then; about the same `key` it stays as it is. */
  about(key: string, tip: () => Tip, beside: () => Pick<DOMRect, 'left' | 'top' | 'bottom'>): void;
  /** With a beginning of keys, only if it is about one of those. */
  hide(keys?: string): void;
}

export function createTooltip(root: HTMLElement): Tooltip {
  const element = document.createElement('div');
  element.className = 'tip';
  element.setAttribute('role', 'tooltip');
  element.hidden = true;
  root.append(element);
  let timer = 0;
  let current: string | undefined;

  const place = ({ left: x, top, bottom }: Pick<DOMRect, 'left' | 'top' | 'bottom'>): void => {
    const { offsetWidth: wide, offsetHeight: tall } = element;
    const left = Math.max(EDGE, Math.min(window.innerWidth - wide - EDGE, x));
    const below = bottom + EDGE;
    const fits = below + tall + EDGE <= window.innerHeight;
    element.style.left = `${left}px`;
    element.style.top = `${fits ? below : Math.max(EDGE, top - tall - EDGE)}px`;
  };

  return {
    get shown() {
      return !element.hidden;
    },
    about(key, tip, beside) {
      if (key === current) return;
      window.clearTimeout(timer);
      current = key;
      element.hidden = true;
      timer = window.setTimeout(() => {
        const { title, facts, marks } = tip();
        render(
          html`<p class="tip-title"><bdi>${title}</bdi></p>
            ${
              marks.length > 0
                ? html`<p class="chips">
                  ${marks.map((mark) => html`<span class="pill ${mark.flag}">${icon(mark.icon)}${mark.label}</span>`)}
                </p>`
                : ''
            }
            <dl>
              ${facts.map(([name, value]) => html`<dt>${name}</dt><dd><bdi>${value}</bdi></dd>`)}
            </dl>`,
          element,
        );
        element.hidden = false;
        place(beside());
      }, DELAY);
    },
    hide(keys = '') {
      if (current?.startsWith(keys) === false) return;
      window.clearTimeout(timer);
      current = undefined;
      element.hidden = true;
    },
  };
}
