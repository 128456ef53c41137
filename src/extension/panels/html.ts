/** What a page of ours is made of. */
export interface PageOptions {
  /** Which view the page is: `body[data-view]`. */
  view: 'dashboard' | 'capture-editor' | 'finding' | 'doctor' | 'what-if';
  title: string;
  scriptUri: string;
  styleUri: string;
  /** `webview.cspSource`. */
  cspSource: string;
  /** `vscode.env.language`, for numbers and times as well. */
  language: string;
  /** `vscode.l10n.bundle`: nothing for English. */
  translations: Readonly<Record<string, string>> | undefined;
  /** Fresh for each page. */
  nonce: string;
}

/** The page of a webview: no inline script or handler, nothing from the network; the script draws everything into `#app`. */
export function pageHtml(options: PageOptions): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${options.nonce}'`,
    `style-src ${options.cspSource} 'nonce-${options.nonce}'`,
    `img-src ${options.cspSource} data:`,
    `font-src ${options.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(options.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" nonce="${escapeHtml(options.nonce)}" href="${escapeHtml(options.styleUri)}">
<title>${escapeHtml(options.title)}</title>
</head>
<body data-view="${options.view}">
<main id="app"></main>
${translationData(options.translations)}<script nonce="${escapeHtml(options.nonce)}" src="${escapeHtml(options.scriptUri)}"></script>
</body>
</html>
`;
}

/** Not a script: data, which nothing runs. `<` could end it. */
function translationData(translations: PageOptions['translations']): string {
  if (translations === undefined) return '';
  const json = JSON.stringify(translations).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="translations">${json}</script>\n`;
}

/** Text as it may stand in HTML, also between double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
