/** Writes the screenshots of the page into docs/images. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import UPNG from 'upng-js';
import { renderOutcome } from '../../src/http/page/outcome';
import { renderPage } from '../../src/http/page/render';
import type { RenderedPage } from '../../src/http/page/view';
import { launchChromium } from './chromium';
import { answerIcons } from './icons';
import { show } from './shown';
import { views } from './views';

const folder = resolve(import.meta.dirname, '../../docs/images');
const wide: BrowserContextOptions = { viewport: { width: 1000, height: 400 }, colorScheme: 'light' };
const narrow: BrowserContextOptions = { viewport: { width: 320, height: 400 }, colorScheme: 'light' };

/** What most systems have looks like Inter, on Debian the package fonts-inter. */
const style = { '--font': 'Inter, system-ui, sans-serif' } as const;
const usual = renderPage(views.usual, { backTo: '/settings', style });
const failure = renderOutcome(
  {
    kind: 'linkInvalid',
    connection: 'Issue Tracker',
    detail:
      'This sign-in has expired, was used before, or began in another browser. If Issue Tracker is not connected, try again.',
    again: { action: './connect', fields: {} },
    back: '/settings',
  },
  { style },
);

/** Each file with what it shows and how. */
const shots: readonly (readonly [name: string, page: RenderedPage, options: BrowserContextOptions])[] = [
  ['page-light', usual, wide],
  ['page-dark', usual, { ...wide, colorScheme: 'dark' }],
  ['page-narrow', usual, narrow],
  ['page-empty', renderPage(views.empty, { style }), wide],
  ['page-broken', renderPage(views.broken, { style }), wide],
  ['page-failure', failure, { ...wide, colorScheme: 'dark' }],
];

async function shoot(browser: Browser): Promise<void> {
  for (const [name, rendered, options] of shots) {
    const context = await browser.newContext({ ...options, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    await answerIcons(context);
    const page = await show(context, rendered);
    // Pictures outside the window are not loaded before.
    const { width } = options.viewport ?? { width: 1000 };
    const height = await page.evaluate('document.documentElement.scrollHeight');
    await page.setViewportSize({ width, height: Number(height) });
    await page.waitForLoadState('networkidle');
    const picture = small(await page.screenshot());
    writeFileSync(resolve(folder, `${name}.png`), picture);
    console.log(`${name}.png: ${Math.ceil(picture.length / 1024)} KiB`);
    await context.close();
  }
}

/** With a palette of 64 colours, which is enough for the page. */
function small(file: Buffer): Buffer {
  const bytes = new Uint8Array(file).buffer;
  const picture = UPNG.decode(bytes);
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(picture), picture.width, picture.height, 64));
}

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
try {
  await shoot(browser);
} finally {
  await browser.close();
}
