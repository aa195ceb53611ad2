/** The colours that a workbench hands to a webview, as far as the panel and its controls use them. */

export const THEMES = ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const;
export type Theme = (typeof THEMES)[number];

const FONTS = {
  'font-family': 'system-ui, "DejaVu Sans", sans-serif',
  'font-size': '13px',
  'editor-font-family': '"DejaVu Sans Mono", monospace',
  'editor-font-size': '13px',
};

const COLOURS: Record<Theme, Record<string, string>> = {
  light: {
    foreground: '#3b3b3b',
    descriptionForeground: '#555555',
    'editor-background': '#ffffff',
    'editor-foreground': '#3b3b3b',
    'panel-border': '#d0d0d0',
    focusBorder: '#005fb8',
    'button-background': '#005fb8',
    'button-foreground': '#ffffff',
    'input-background': '#ffffff',
    'input-foreground': '#3b3b3b',
    'list-hoverBackground': '#f2f2f2',
    'list-activeSelectionBackground': '#e8e8e8',
    'list-activeSelectionForeground': '#000000',
    'charts-red': '#b5200d',
    'charts-orange': '#a35200',
    'charts-blue': '#0063d3',
    'charts-green': '#2d6b35',
    'charts-yellow': '#7a6100',
    'charts-purple': '#652d90',
    errorForeground: '#b5200d',
  },
  dark: {
    foreground: '#cccccc',
    descriptionForeground: '#a8a8a8',
    'editor-background': '#1f1f1f',
    'editor-foreground': '#cccccc',
    'panel-border': '#3c3c3c',
    focusBorder: '#3794ff',
    'button-background': '#0067c0',
    'button-foreground': '#ffffff',
    'input-background': '#313131',
    'input-foreground': '#cccccc',
    'list-hoverBackground': '#2a2d2e',
    'list-activeSelectionBackground': '#04395e',
    'list-activeSelectionForeground': '#ffffff',
    'charts-red': '#f88070',
    'charts-orange': '#e2a35c',
    'charts-blue': '#6cb6ff',
    'charts-green': '#89d185',
    'charts-yellow': '#cca700',
    'charts-purple': '#c9a0f0',
    errorForeground: '#f88070',
  },
  'high-contrast': {
    foreground: '#ffffff',
    descriptionForeground: '#ffffff',
    'editor-background': '#000000',
    'editor-foreground': '#ffffff',
    'panel-border': '#6fc3df',
    contrastBorder: '#6fc3df',
    contrastActiveBorder: '#f38518',
    focusBorder: '#f38518',
    'button-background': '#000000',
    'button-foreground': '#ffffff',
    'input-background': '#000000',
    'input-foreground': '#ffffff',
    'charts-red': '#f48771',
    'charts-orange': '#e2a35c',
    'charts-blue': '#6cb6ff',
    'charts-green': '#89d185',
    'charts-yellow': '#ffd700',
    'charts-purple': '#c9a0f0',
    errorForeground: '#f48771',
  },
  'high-contrast-light': {
    foreground: '#292929',
    descriptionForeground: '#292929',
    'editor-background': '#ffffff',
    'editor-foreground': '#292929',
    'panel-border': '#0f4a85',
    contrastBorder: '#0f4a85',
    contrastActiveBorder: '#006bbd',
    focusBorder: '#006bbd',
    'button-background': '#0f4a85',
    'button-foreground': '#ffffff',
    'input-background': '#ffffff',
    'input-foreground': '#292929',
    'charts-red': '#b5200d',
    'charts-orange': '#8a4500',
    'charts-blue': '#0f4a85',
    'charts-green': '#1f5b27',
    'charts-yellow': '#655000',
    'charts-purple': '#652d90',
    errorForeground: '#b5200d',
  },
};

const KINDS: Record<Theme, string> = {
  light: 'vscode-light',
  dark: 'vscode-dark',
  'high-contrast': 'vscode-high-contrast',
  'high-contrast-light': 'vscode-high-contrast-light',
};

/** What the workbench sets on the page: a class for the body and custom properties for the root. */
export function themeOf(theme: Theme): { bodyClass: string; properties: [string, string][] } {
  const all = { ...FONTS, ...COLOURS[theme] };
  return {
    bodyClass: KINDS[theme],
    properties: Object.entries(all).map(([name, value]) => [`--vscode-${name}`, value]),
  };
}
