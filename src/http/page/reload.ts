/** A page that asks for itself once more. */
import { html } from './html';
import type { RenderedPage } from './view';

/**
 * After another site has led here, a browser leaves out cookies that are `SameSite=Strict`, the host's session perhaps among them. It
 * sends them once this page leads on.
 * @param address of the page, relative to itself
 */
export function renderReload(address: string): RenderedPage {
  const page = html`<!doctype html><meta charset="utf-8" /><meta
      http-equiv="refresh"
      content="0;url=${address}"
    /><title>…</title><a href="${address}">…</a>`;
  return { html: page.text, contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'" };
}
