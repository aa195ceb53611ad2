/** The panel's page: nothing but the shell, so that no data ever passes through markup. */

/** What the page is made of. Addresses are those of the webview (`asWebviewUri`), `cspSource` its own. */
export interface PanelPage {
  /** New for every page, at least 128 random bits: base64 or hex. */
  readonly nonce: string;
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Only where the icons' style sheet is a file of its own; else `styleUri` has them. */
  readonly codiconUri?: string;
  /** BCP 47, as `vscode.env.language`. */
  readonly lang: string;
}

/**
 * The page with its policy: nothing is loaded but the panel's own script (by nonce), style sheets and icon font.
 * Throws a RangeError for a nonce or a source that could widen the policy.
 */
export function panelHtml(page: PanelPage): string {
  if (!/^[A-Za-z0-9+/_=-]{16,}$/.test(page.nonce)) throw new RangeError('The nonce is not one.');
  if (/[;,"'<>]|unsafe/.test(page.cspSource.replaceAll("'self'", ''))) {
    throw new RangeError('The source of the panel’s files is not one.');
  }
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.cspSource}`,
    `font-src ${page.cspSource}`,
    "img-src 'none'",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const icons = page.codiconUri ?? page.styleUri;
  return `<!DOCTYPE html>
<html lang="${attribute(page.lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CXQ results</title>
<link rel="stylesheet" id="vscode-codicon-stylesheet" href="${attribute(icons)}">
${icons === page.styleUri ? '' : `<link rel="stylesheet" href="${attribute(page.styleUri)}">\n`}</head>
<body>
<div id="app"></div>
<script nonce="${attribute(page.nonce)}" src="${attribute(page.scriptUri)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
