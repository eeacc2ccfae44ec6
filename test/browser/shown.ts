/** Shows a rendered page in the browser under its policy, at an address where no server is. */
import type { BrowserContext, Page } from 'playwright-core';
import type { RenderedPage } from '../../src/http/page/view';

const ADDRESS = 'https://service.example.test/connections/ui';

export async function show(
  context: BrowserContext,
  { html, contentSecurityPolicy }: RenderedPage,
): Promise<Page> {
  const page = await context.newPage();
  await page.route(ADDRESS, (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': contentSecurityPolicy },
      body: html,
    }),
  );
  await page.goto(ADDRESS);
  return page;
}
