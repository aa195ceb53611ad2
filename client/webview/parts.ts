/** Small pieces of markup that every view uses. All data enters as text bindings. */
import { html, nothing, type TemplateResult } from 'lit';
import { brief, halves, visible } from './format.ts';

/** The marks of a step: told apart by shape (icon, pattern) as well as colour. */
export const MARKS = [
  { flag: 'bottleneck', icon: 'flame', label: 'bottleneck' },
  { flag: 'error', icon: 'error', label: 'error' },
  { flag: 'matching', icon: 'filter-filled', label: 'matches the query' },
  { flag: 'open', icon: 'watch', label: 'still open' },
] as const;

export interface Flags {
  readonly bottleneck: boolean;
  readonly error: boolean;
  readonly matching: boolean;
  readonly open: boolean;
}

export function icon(name: string, extra = ''): TemplateResult {
  return html`<span class="codicon codicon-${name} ${extra}" aria-hidden="true"></span>`;
}

/** Flags in words, for screen readers: ", bottleneck, error". */
export function spoken(flags: Flags): string {
  return MARKS.filter((mark) => flags[mark.flag])
    .map((mark) => `, ${mark.label}`)
    .join('');
}

export function chips(flags: Flags): TemplateResult {
  return html`${MARKS.filter((mark) => flags[mark.flag]).map(
    (mark) => html`<span class="pill ${mark.flag}">${icon(mark.icon)}${mark.label}</span>`,
  )}`;
}

/** Text from data, kept apart from the direction of its surroundings. */
export function text(value: string, extra = ''): TemplateResult {
  return html`<bdi class=${extra}>${visible(value)}</bdi>`;
}

/** An id that gives way in its middle: ids of one run begin alike, and their ends tell them apart. */
export function idText(id: string): TemplateResult {
  const [head, tail] = halves(visible(id));
  return html`<bdi class="id" title=${brief(id)}><span class="head-part">${head}</span><span class="tail-part">${tail}</span></bdi>`;
}

export function loading(what: string): TemplateResult {
  return html`<div class="state" role="status">
    ${icon('loading', 'codicon-modifier-spin large')}
    <p>${what}</p>
  </div>`;
}

export function empty(
  title: string,
  hint: string,
  action: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="state">
    ${icon('search', 'large')}
    <p class="title">${title}</p>
    <p class="hint">${hint}</p>
    ${action}
  </div>`;
}

export function failed(message: string, again: () => void): TemplateResult {
  return html`<div class="state failed" role="alert">
    ${icon('error', 'large')}
    <p class="title">This could not be shown</p>
    <p class="hint">${visible(message)}</p>
    <vscode-button @click=${again}>Try again</vscode-button>
  </div>`;
}

/** Runs `work` once in the next frame, however often it is asked for before. */
export function oncePerFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
