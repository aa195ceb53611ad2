/** The keyboard map in a dialog: modal, so the keyboard stays in it, and goes back to where it was. */
import { html, render, type TemplateResult } from 'lit';
import type { PanelTab } from '../../../server/src/protocol/panel-state.ts';
import { KEYS, type KeyGroup, keyCaps } from '../keys.ts';
import { icon } from '../parts.ts';

/** @param tab the one in front, whose keys come first */
export function openHelp(tab: PanelTab): void {
  if (document.querySelector('dialog.keys') !== null) return;
  const before = document.activeElement;
  const mac = /Mac/.test(navigator.userAgent);
  const dialog = document.createElement('dialog');
  dialog.className = 'keys';
  dialog.setAttribute('aria-labelledby', 'keys-title');
  const here = KEYS.filter((group) => group.tab === tab);
  const everywhere = KEYS.filter((group) => group.tab === undefined);
  const others = KEYS.filter((group) => group.tab !== undefined && group.tab !== tab);
  const close = (): void => dialog.close();
  render(
    html`<header>
        <h2 id="keys-title">Keyboard</h2>
        <button type="button" class="tool" aria-label="Close" title="Close ( Esc )" @click=${close}>
          ${icon('close')}
        </button>
      </header>
      <div class="keys-body" tabindex="0" role="group" aria-label="Keys by part of the panel">
        ${[...here, ...everywhere, ...others].map((group) => section(group, group.tab === tab, mac))}
      </div>`,
    dialog,
  );
  dialog.addEventListener('keydown', (event) => {
    // Nothing behind the dialog takes its keys.
    event.stopPropagation();
    if (event.key !== '?') return;
    event.preventDefault();
    close();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function section({ title, rows }: KeyGroup, here: boolean, mac: boolean): TemplateResult {
  return html`<section class=${here ? 'here' : ''}>
    <h3>${title}${here ? html` <span class="faint">this tab</span>` : ''}</h3>
    <dl>
      ${rows.map(
        ({ keys, does }) =>
          html`<div>
            <dt>${keys.map((chord, at) => html`${at === 0 ? '' : html`<span class="or"> or </span>`}${caps(chord, mac)}`)}</dt>
            <dd>${does}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function caps(chord: string, mac: boolean): TemplateResult {
  return html`<span class="chord"
    >${keyCaps(chord, mac).map((cap, at) => html`${at === 0 ? '' : '+'}<kbd>${cap}</kbd>`)}</span
  >`;
}
