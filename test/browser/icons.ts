/** The pictures of the views, answered from here: the tests and the screenshots request nothing from outside. */
import type { BrowserContext } from 'playwright-core';
import { ICONS } from './views';

const SHAPES: Readonly<Record<string, readonly [colour: string, path: string]>> = {
  square: ['#2563eb', 'M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm1 6v9h12V9Z'],
  ring: ['#111827', 'M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20Zm0 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10Z'],
  triangle: ['#7c3aed', 'M12 2 22 20H2Z'],
  drop: ['#db2777', 'M12 2c5 6 7 9 7 13a7 7 0 0 1-14 0c0-4 2-7 7-13Z'],
  bars: ['#0d9488', 'M3 12h4v9H3Zm7-9h4v18h-4Zm7 5h4v13h-4Z'],
};

export async function answerIcons(context: BrowserContext): Promise<void> {
  await context.route(`${ICONS}/**`, async (route) => {
    const shape = SHAPES[/\/(\w+)\.svg$/.exec(route.request().url())?.[1] ?? ''];
    if (!shape) return route.fulfill({ status: 404 });
    const [colour, path] = shape;
    const body = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="${colour}" d="${path}"/></svg>`;
    return route.fulfill({ contentType: 'image/svg+xml', body });
  });
}
