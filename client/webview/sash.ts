/** The edge of the step's pane: dragged, or moved by arrow keys as in the ARIA window splitter pattern. */
import type { PanelState } from '../../server/src/protocol/panel-state.ts';

type Split = PanelState['split'];

const SMALLEST = 0.15;
const LARGEST = 0.8;
const KEY_STEP = 0.04;
/** As in detail.css: narrower panels have the pane below the rows. */
const NARROW = '(max-width: 900px)';

export interface Sash {
  readonly element: HTMLElement;
  /** Sizes the pane as the panel's state says, and shows the sash where the pane shows. */
  update(): void;
}

/**
 * @param pane its share of the view comes as the CSS variable `--share`
 * @param initial the shares that a double click goes back to
 */
export function createSash(
  pane: HTMLElement,
  initial: Split,
  split: () => Split,
  keep: (split: Split) => void,
): Sash {
  const narrow = window.matchMedia(NARROW);
  const element = document.createElement('div');
  element.className = 'sash';
  element.tabIndex = 0;
  element.role = 'separator';
  element.ariaLabel = 'Size of the step’s pane';
  element.ariaValueMin = String(SMALLEST * 100);
  element.ariaValueMax = String(LARGEST * 100);
  pane.id = 'step';
  element.setAttribute('aria-controls', pane.id);

  const side = (): keyof Split => (narrow.matches ? 'below' : 'beside');

  function update(): void {
    const share = split()[side()];
    element.hidden = pane.hidden;
    element.ariaOrientation = narrow.matches ? 'horizontal' : 'vertical';
    element.ariaValueNow = String(Math.round(share * 100));
    element.ariaValueText = `${Math.round(share * 100)} % for the step`;
    pane.style.setProperty('--share', `${share * 100}%`);
  }

  function set(share: number): void {
    keep({ ...split(), [side()]: Math.min(LARGEST, Math.max(SMALLEST, share)) });
    update();
  }

  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const share = split()[side()];
    const [more, less] = narrow.matches ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    if (event.key === more) set(share + KEY_STEP);
    else if (event.key === less) set(share - KEY_STEP);
    else if (event.key === 'Home') set(SMALLEST);
    else if (event.key === 'End') set(LARGEST);
    else if (event.key === 'Enter') set(initial[side()]);
    else return;
    event.preventDefault();
  });
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointermove', (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const box = element.parentElement?.getBoundingClientRect();
    if (box === undefined) return;
    set(narrow.matches ? (box.bottom - event.clientY) / box.height : (box.right - event.clientX) / box.width);
  });
  element.addEventListener('dblclick', () => set(initial[side()]));
  narrow.addEventListener('change', update);
  update();
  return { element, update };
}
