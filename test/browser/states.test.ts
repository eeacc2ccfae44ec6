import axe from 'axe-core';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { renderOutcome } from '../../src/http/page/outcome';
import { renderPage } from '../../src/http/page/render';
import type { RenderedPage } from '../../src/http/page/view';
import { launchChromium } from './chromium';
import { answerIcons } from './icons';
import { show } from './shown';
import { views } from './views';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const failure = renderOutcome(
  {
    kind: 'failed',
    connection: 'Calendar',
    detail: 'You did not allow access.',
    again: { action: '../calendar/connect', fields: { account: 'work' } },
    back: '/settings',
  },
  {},
);
const pages: readonly (readonly [name: string, page: RenderedPage])[] = [
  ...Object.entries(views).map(([name, view]) => [name, renderPage(view, { backTo: '/settings' })] as const),
  ['right to left', renderPage(views.usual, { lang: 'ar' })],
  ['failure', failure],
];

/** Shows a page, and gives it with what the browser complains of. */
async function shown(rendered: RenderedPage, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  await answerIcons(context);
  const complaints: string[] = [];
  context.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  context.on('weberror', (error) => void complaints.push(error.error().message));
  const page = await show(context, rendered);
  return { page, complaints };
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describe.each(pages)('the page in the state "%s"', (_name, rendered) => {
  it.each(['light', 'dark'] as const)('has no violation that axe-core finds, %s', async (colorScheme) => {
    const { page } = await shown(rendered, { colorScheme, reducedMotion: 'reduce' });
    for (const summary of await page
      .locator('summary')
      .all()
      .then((all) => all.slice(0, 5)))
      await summary.click();
    await page.evaluate(axe.source);
    const found = (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(tags)} })`)) as axe.AxeResults;
    const violations = found.violations.map(({ id, nodes }) => [
      id,
      nodes[0]?.html,
      nodes[0]?.failureSummary,
    ]);
    expect(violations).toEqual([]);
    expect(found.passes.length).toBeGreaterThan(10);
  });

  it.each([320, 768, 1920])('needs no scrolling sideways at %d pixels', async (width) => {
    const { page } = await shown(rendered, { viewport: { width, height: 800 } });
    for (const summary of await page
      .locator('summary')
      .all()
      .then((all) => all.slice(0, 5)))
      await summary.click();
    const overflow = await page.evaluate(`[...document.querySelectorAll('body *')]
      .filter((element) => !element.closest('svg') && getComputedStyle(element).visibility !== 'hidden')
      .filter((element) => { const { left, right } = element.getBoundingClientRect(); return left < 0 || right > ${width}; })
      .map((element) => element.outerHTML.slice(0, 80))`);
    expect(overflow).toEqual([]);
    await expect(page.evaluate('document.documentElement.scrollWidth')).resolves.toBe(width);
  });

  it('does nothing that its policy forbids', async () => {
    const { complaints } = await shown(rendered);
    expect(complaints.filter((text) => !text.includes('status of 404'))).toEqual([]);
  });
});

describe('the script of the page', () => {
  it('shows the letter where a picture cannot be loaded', async () => {
    const { page } = await shown(renderPage(views.usual, {}));
    const storage = page.getByRole('listitem').filter({ hasText: 'Storage' });
    await storage.scrollIntoViewIfNeeded();
    await storage.locator('img').waitFor({ state: 'detached' });
    await expect(storage.locator('.icon').innerText()).resolves.toBe('S');
  });

  it('says times in the zone and the manner of the browser', async () => {
    const { page } = await shown(renderPage(views.usual, {}), { locale: 'en-GB', timezoneId: 'Asia/Tokyo' });
    await page.getByText('Access ends 25 Dec 2026, 02:00').waitFor();
  });

  it('says times in the language of the page where the browser has another', async () => {
    const { page } = await shown(renderPage(views.usual, { lang: 'fr' }), {
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    await page.getByText('Access ends 24 déc. 2026, 17:00').waitFor();
  });

  it('loads the page once more when the browser has kept it for the back button', async () => {
    const { page } = await shown(renderPage(views.usual, {}));
    await page.evaluate('window.isKept = true');
    await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`);
    await page.waitForFunction('!window.isKept');
  });

  it('runs nothing that a name or a description has in it', async () => {
    const { page } = await shown(renderPage(views.hostile, {}));
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => void dialogs.push(dialog.message()));
    await page.reload({ waitUntil: 'networkidle' });
    expect(dialogs).toEqual([]);
    await expect(page.locator('script').count()).resolves.toBe(1);
  });
});

describe('the style of the host', () => {
  it('makes the page light for a user whose system is dark', async () => {
    const rendered = renderPage(views.usual, {
      style: { '--color-scheme': 'light', '--surface': 'rgb(1 2 3)' },
    });
    const { page } = await shown(rendered, { colorScheme: 'dark' });
    const colourOf = (selector: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
    await expect(colourOf('body')).resolves.toBe('rgb(245, 246, 248)');
    await expect(colourOf('.card')).resolves.toBe('rgb(1, 2, 3)');
  });
});
