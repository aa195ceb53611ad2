/** What the results panel's page is made of. Addresses are as the webview host gives them. */
export interface PanelPage {
  /** Source expression of the host's own resources, for the content security policy. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
  /** Fresh for each page, base64. */
  readonly nonce: string;
}

/** The page's HTML. It holds no data: everything shown comes by message, as text. */
export function panelHtml({ cspSource, script, style, nonce }: PanelPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>CXQ Results</title>
</head>
<body>
<main id="panel"></main>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
