/** Values of variables: JSON text made visible, cut where it is long, whole on demand. */
import { html, nothing, type TemplateResult } from 'lit';
import { brief, visible } from '../format.ts';
import { text } from '../parts.ts';

/** Characters of a value that show at first. */
const SHORT = 80;

/** JSON text of a value of a report; a value that JSON has no text for is null. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** @param whole all of a long value shows */
export function valueText(json: string, whole: boolean): TemplateResult {
  return whole || json.length <= SHORT
    ? html`<bdi class="value mono">${visible(json)}</bdi>`
    : html`<bdi class="value mono" title=${brief(json, 600)}>${brief(json, SHORT)}</bdi>`;
}

export function isLong(json: string): boolean {
  return json.length > SHORT;
}

/** A JSON Pointer's parts as a path with faint slashes. */
export function variableName(name: string): TemplateResult {
  const parts = name.split('/');
  return html`<span class="variable mono" title=${brief(name)}
    >${parts.map((part, at) => html`${at === 0 ? nothing : html`<span class="faint">/</span>`}${text(part.replaceAll('~1', '/').replaceAll('~0', '~'))}`)}</span
  >`;
}
