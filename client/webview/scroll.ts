/** Keeps how far a view was scrolled, and goes there again once there is something to scroll. */

export interface Scrolled {
  /** Goes where it was left, once: after a reload, another run, or the tab's return. */
  restore(): void;
  /** Other data: nothing is restored before it is drawn. */
  forget(): void;
}

const PAUSE = 200;

/** @param kept pixels from the top; `keep` is called when scrolling pauses */
export function keepScroll(scroller: HTMLElement, kept: () => number, keep: (top: number) => void): Scrolled {
  let timer: number | undefined;
  let isRestored = false;
  scroller.addEventListener(
    'scroll',
    () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (isRestored && scroller.checkVisibility()) keep(Math.round(scroller.scrollTop));
      }, PAUSE);
    },
    { passive: true },
  );
  return {
    restore() {
      if (isRestored) return;
      isRestored = true;
      if (kept() > 0) scroller.scrollTop = kept();
    },
    forget() {
      isRestored = false;
    },
  };
}
