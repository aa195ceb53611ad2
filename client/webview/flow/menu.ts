/** What can be done with a box: a small menu at it. */
import { html, render } from 'lit';
import { icon } from '../parts.ts';
import type { Point } from './geometry.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon: string;
  readonly run: () => void;
}

export interface Menu {
  /** @param closed puts the keyboard back, where the menu was left by a key */
  open(label: string, items: readonly MenuItem[], at: Point, closed: () => void): void;
  close(): void;
}

/** @param scroller moves what the menu is at: the menu goes once that is scrolled */
export function createMenu(map: HTMLElement, scroller?: HTMLElement): Menu {
  const element = document.createElement('div');
  element.className = 'flow-menu';
  element.hidden = true;
  map.append(element);
  let back: () => void = () => {};
  let place = '';

  const items = (): HTMLElement[] => [...element.querySelectorAll<HTMLElement>('[role=menuitem]')];
  const close = (): void => {
    element.hidden = true;
  };
  const placeNow = (): string => `${scroller?.scrollLeft} ${scroller?.scrollTop}`;
  // What was scrolled just before the menu opened is told of when it is open already.
  scroller?.addEventListener('scroll', () => placeNow() !== place && close(), { passive: true });

  element.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const all = items();
    const at = all.findIndex((item) => item.matches(':focus'));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      close();
      back();
    }
  });
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && element.contains(relatedTarget))) close();
  });
  element.addEventListener('contextmenu', (event) => event.preventDefault());

  return {
    open(label, entries, at, closed) {
      back = closed;
      const choose = (entry: MenuItem) => (event: Event) => {
        event.stopPropagation();
        close();
        back();
        entry.run();
      };
      render(
        html`<div role="menu" aria-label=${label}>
          ${entries.map(
            (entry) => html`<button type="button" role="menuitem" tabindex="-1" @click=${choose(entry)}>
              ${icon(entry.icon)}<span>${entry.label}</span>
            </button>`,
          )}
        </div>`,
        element,
      );
      element.hidden = false;
      place = placeNow();
      const left = Math.min(at.x, map.clientWidth - element.offsetWidth - 4);
      const top = Math.min(at.y, map.clientHeight - element.offsetHeight - 4);
      element.style.left = `${Math.max(4, left)}px`;
      element.style.top = `${Math.max(4, top)}px`;
      items()[0]?.focus({ preventScroll: true });
    },
    close,
  };
}
