/** Tabs that do not fit beside each other scroll, so that the panel itself never does. */

const STYLES = `
  .header { overflow-x: auto; overflow-y: hidden; scrollbar-width: none; }
  .tablist { flex: none; margin-bottom: 0; }
`;

/** @param tabs draws its strip in its own shadow, which styles of the page do not reach */
export async function scrollTabs(
  tabs: HTMLElement & { readonly updateComplete: Promise<boolean> },
): Promise<void> {
  await tabs.updateComplete;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLES);
  const { shadowRoot } = tabs;
  if (shadowRoot !== null) shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
}
