/** What both pages have around their content: the head, the style, the script, and the policy under which they run. */
import { createHash } from 'node:crypto';
import type { Html, HtmlPart } from './html';
import { html, trustedHtml } from './html';
import type { PageOptions } from './options';
import { pageScript } from './script';
import { styleSheet } from './style/sheet';
import type { PageTexts } from './texts';
import type { RenderedPage } from './view';

export interface Frame {
  readonly title: HtmlPart;
  readonly body: Html;
  readonly overHttp: boolean;
}

export function renderFrame({ title, body, overHttp }: Frame, options: PageOptions): RenderedPage {
  const lang = options.lang ?? 'en';
  const style = styleSheet(options.style ?? {});
  const page = html`<!doctype html>
    <html lang="${lang}" dir="${directionOf(lang)}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${trustedHtml(`<style>${style}</style><script>${pageScript}</script>`)}
      </head>
      <body>
        ${body}
      </body>
    </html>`;
  return { html: page.text, contentSecurityPolicy: policyOf(style, overHttp) };
}

export function backLink(to: string | null, texts: PageTexts): Html | null {
  return to === null ? null : html`<a class="back" href="${to}">${texts.back}</a>`;
}

/** A form that begins a flow is redirected to the provider, which Chromium takes for another target of the form. */
function policyOf(style: string, overHttp: boolean): string {
  const http = overHttp ? ' http:' : '';
  return [
    `default-src 'none'`,
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(pageScript)}`,
    `img-src https: data:${http}`,
    `form-action 'self' https:${http}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Of the scripts that are written from right to left. */
function directionOf(lang: string): 'ltr' | 'rtl' {
  return /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b|-(arab|hebr)\b/i.test(lang) ? 'rtl' : 'ltr';
}
