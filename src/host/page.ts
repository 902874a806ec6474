import { randomBytes } from 'node:crypto';

/** Addresses as the panel's webview serves them. */
export interface PageAddresses {
  /** What the content security policy calls the webview's own origin. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
}

/**
 * The page before its script runs. It holds no data: names and numbers arrive as messages, and never in HTML. The policy
 * allows this one script, and styles, fonts and pictures of the extension; nothing inline, nothing from the net.
 */
export function pageHtml({ cspSource, script, style }: PageAddresses): string {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gradient Covariance</title>
    <link rel="stylesheet" href="${style}">
  </head>
  <body>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>
`;
}
