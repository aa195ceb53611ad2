/** Buttons and keys that zoom a picture: in, out, to all of it, and back to how it is at first. */
import { html, type TemplateResult } from 'lit';
import { icon } from './parts.ts';

export type ZoomStep = 'in' | 'out' | 'all' | 'first';

const ZOOM_STEPS: Readonly<
  Record<ZoomStep, { readonly icon: string; readonly label: string; readonly keys: readonly string[] }>
> = {
  out: { icon: 'zoom-out', label: 'Zoom out', keys: ['-', '−', '_'] },
  in: { icon: 'zoom-in', label: 'Zoom in', keys: ['+', '='] },
  all: { icon: 'screen-full', label: 'Fit all', keys: ['0'] },
  first: { icon: 'discard', label: 'Reset zoom', keys: ['1'] },
};

/** What a key does to the zoom. */
export function zoomKey({ ctrlKey, metaKey, altKey, key }: KeyboardEvent): ZoomStep | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  return (['out', 'in', 'all', 'first'] as const).find((step) => ZOOM_STEPS[step].keys.includes(key));
}

interface Zooming {
  /** Between the buttons that zoom out and in. */
  readonly shown: TemplateResult;
  can(step: ZoomStep): boolean;
  set(step: ZoomStep): void;
  /** What the first zoom is called here. */
  readonly first?: { readonly icon: string; readonly label: string };
}

export function zoomButtons({ shown, can, set, first }: Zooming): TemplateResult {
  const button = (step: ZoomStep): TemplateResult => {
    const { icon: name, label } = step === 'first' && first !== undefined ? first : ZOOM_STEPS[step];
    return html`<button
      type="button"
      class="tool"
      title=${`${label} (${ZOOM_STEPS[step].keys[0]})`}
      aria-label=${label}
      ?disabled=${!can(step)}
      @click=${() => set(step)}
    >${icon(name)}</button>`;
  };
  return html`${button('out')}${shown}${button('in')}${button('all')}${button('first')}`;
}
