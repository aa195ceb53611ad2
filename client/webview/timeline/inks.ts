/** The colours and type of the theme, for what is drawn on a canvas. Read from the page, never written down here. */

/** What each ink is, as CSS. */
const MIXES = {
  paper: 'var(--paper)',
  paperClear: 'rgb(from var(--paper) r g b / 0)',
  text: 'var(--vscode-foreground)',
  faint: 'var(--faint)',
  hair: 'var(--hair)',
  line: 'var(--line, var(--hair))',
  focus: 'var(--vscode-focusBorder)',
  step: 'color-mix(in srgb, var(--ink-step) 75%, var(--paper))',
  stepFill: 'color-mix(in srgb, var(--ink-step) 38%, var(--paper))',
  stepFillEven: 'color-mix(in srgb, var(--ink-step) 24%, var(--paper))',
  bottleneck: 'var(--ink-bottleneck)',
  bottleneckFill: 'color-mix(in srgb, var(--ink-bottleneck) 20%, var(--paper))',
  bottleneckHatch: 'color-mix(in srgb, var(--ink-bottleneck) 46%, var(--paper))',
  error: 'var(--ink-error)',
  errorFill: 'color-mix(in srgb, var(--ink-error) 26%, var(--paper))',
  matching: 'var(--ink-matching)',
  open: 'var(--ink-open)',
  openFill: 'color-mix(in srgb, var(--ink-open) 35%, var(--paper))',
} as const;

/** In high contrast shapes carry the meaning: tints go. */
const CONTRAST: Partial<Record<keyof typeof MIXES, string>> = {
  step: 'var(--vscode-foreground)',
  stepFill: 'var(--paper)',
  stepFillEven: 'var(--paper)',
  bottleneckFill: 'var(--paper)',
  errorFill: 'var(--paper)',
  openFill: 'var(--paper)',
  hair: 'color-mix(in srgb, var(--vscode-foreground) 30%, transparent)',
};

/** The colours that a person has set for all pages. */
const FORCED: Record<keyof typeof MIXES, string> = {
  paper: 'Canvas',
  paperClear: 'transparent',
  text: 'CanvasText',
  faint: 'CanvasText',
  hair: 'GrayText',
  line: 'CanvasText',
  focus: 'Highlight',
  step: 'CanvasText',
  stepFill: 'Canvas',
  stepFillEven: 'Canvas',
  bottleneck: 'CanvasText',
  bottleneckFill: 'Canvas',
  bottleneckHatch: 'CanvasText',
  error: 'CanvasText',
  errorFill: 'Canvas',
  matching: 'CanvasText',
  open: 'CanvasText',
  openFill: 'Canvas',
};

const ICONS = { bottleneck: 'flame', error: 'error', matching: 'filter-filled', open: 'watch' } as const;
type Ink = keyof typeof MIXES;
type IconName = keyof typeof ICONS;

export interface Inks extends Readonly<Record<Ink, string>> {
  readonly font: string;
  readonly boldFont: string;
  readonly iconFont: string;
  /** The character of each mark's icon. */
  readonly icons: Readonly<Record<IconName, string>>;
}

const keys = <T extends object>(of: T): (keyof T & string)[] =>
  Object.keys(of).filter((key): key is keyof T & string => key in of);

function read(): Inks {
  const probe = document.createElement('div');
  probe.className = 'sr-only';
  probe.setAttribute('aria-hidden', 'true');
  probe.style.setProperty('forced-color-adjust', 'none');
  const forced = matchMedia('(forced-colors: active)').matches;
  const { classList } = document.body;
  const contrast =
    classList.contains('vscode-high-contrast') || classList.contains('vscode-high-contrast-light');
  const colours = keys(MIXES).map((ink) => {
    const of = document.createElement('span');
    of.style.color = forced ? FORCED[ink] : ((contrast ? CONTRAST[ink] : undefined) ?? MIXES[ink]);
    probe.append(of);
    return [ink, of] as const;
  });
  const icons = keys(ICONS).map((name) => {
    const of = document.createElement('span');
    of.className = `codicon codicon-${ICONS[name]}`;
    probe.append(of);
    return [name, of] as const;
  });
  document.body.append(probe);
  const colour = new Map(colours.map(([ink, of]) => [ink, getComputedStyle(of).color]));
  const glyph = new Map(
    icons.map(([name, of]) => [name, getComputedStyle(of, '::before').content.replace(/^["']|["']$/g, '')]),
  );
  const family = getComputedStyle(document.body).fontFamily;
  probe.remove();
  const ink = (name: Ink): string => colour.get(name) ?? 'currentcolor';
  return {
    paper: ink('paper'),
    paperClear: ink('paperClear'),
    text: ink('text'),
    faint: ink('faint'),
    hair: ink('hair'),
    line: ink('line'),
    focus: ink('focus'),
    step: ink('step'),
    stepFill: ink('stepFill'),
    stepFillEven: ink('stepFillEven'),
    bottleneck: ink('bottleneck'),
    bottleneckFill: ink('bottleneckFill'),
    bottleneckHatch: ink('bottleneckHatch'),
    error: ink('error'),
    errorFill: ink('errorFill'),
    matching: ink('matching'),
    open: ink('open'),
    openFill: ink('openFill'),
    font: `11px ${family}`,
    boldFont: `600 11px ${family}`,
    iconFont: '12px codicon',
    icons: {
      bottleneck: glyph.get('bottleneck') ?? '',
      error: glyph.get('error') ?? '',
      matching: glyph.get('matching') ?? '',
      open: glyph.get('open') ?? '',
    },
  };
}

/** The theme's inks, read anew when it changes; `changed` is called then. Lives as long as the page. */
export function watchInks(changed: () => void): () => Inks {
  let inks: Inks | undefined;
  const again = (): void => {
    inks = undefined;
    changed();
  };
  const observer = new MutationObserver(again);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'style', 'data-vscode-theme-id'],
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'style'] });
  matchMedia('(forced-colors: active)').addEventListener('change', again);
  // A canvas does not wait for the icons' font, nor is it drawn again once it is there.
  document.fonts.load('12px codicon').then(again, () => undefined);
  return () => {
    inks ??= read();
    return inks;
  };
}
