/** What both pages have around their content: the head, the style, the script, and the policy under which they run. */
import { createHash } from 'node:crypto';
import type { PageOptions } from './options';
import type { Html } from './html';
import { html, trusted } from './html';
import type { RenderedPage } from './view';

const SCRIPT = '';
const STYLE = '';

export interface Frame {
  readonly title: string;
  readonly body: Html;
  readonly overHttp: boolean;
}

export function framed({ title, body, overHttp }: Frame, options: PageOptions): RenderedPage {
  const page = html`<!doctype html>
<html lang="${options.lang ?? 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${body}
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
  return { html: page.text, contentSecurityPolicy: policyOf(STYLE, overHttp) };
}

/** A form that begins a flow is redirected to the provider, which a browser takes for a target of the form. */
function policyOf(style: string, overHttp: boolean): string {
  const http = overHttp ? ' http:' : '';
  return [
    `default-src 'none'`,
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    `img-src https: data:${http}`,
    `form-action 'self' https:${http}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
