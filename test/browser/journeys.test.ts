import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium } from './chromium';
import type { ServiceWishes } from './service';
import { Service } from './service';
import { Visit } from './visit';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

async function visitOf(wishes: ServiceWishes = {}, options = {}) {
  const service = await Service.start(wishes);
  onTestFinished(() => service.stop());
  const visit = await Visit.begin(browser, service, onTestFinished, options);
  return { service, visit };
}

describe('a user in a browser', () => {
  it('connects, and comes back to the page, which says so and whose address does not', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    await visit.connect(page);
    await expect(page.getByRole('status').innerText()).resolves.toBe('Calendar is connected.');
    await page.waitForURL(service.page);
    await expect(visit.card(page, 'Calendar').innerText()).resolves.toContain('Connected');
    await expect(service.statusOf('calendar')).resolves.toBe('connected');
    expect(visit.complaints).toEqual([]);
  });

  it('connects through nothing but redirects, which the policy for forms lets pass', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    await page.getByRole('button', { name: 'Connect Tracker', exact: true }).click();
    await page.getByRole('status').waitFor();
    await expect(service.statusOf('tracker')).resolves.toBe('connected');
    expect(visit.complaints).toEqual([]);
  });

  it('has a cookie of the service that scripts cannot read, also on http://localhost', async () => {
    const { visit } = await visitOf();
    await visit.open();
    const cookies = await visit.context.cookies();
    expect(cookies.find(({ name }) => name.startsWith('__Host-'))).toMatchObject({
      secure: true,
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
    });
  });

  it('refuses at the provider, and is told so on the page', async () => {
    const { service, visit } = await visitOf();
    service.provider.decision = 'deny';
    const page = await visit.open();
    await visit.connect(page);
    await expect(page.getByRole('alert').innerText()).resolves.toContain('did not allow access to Calendar');
    await page.waitForURL(service.page);
    await expect(service.statusOf('calendar')).resolves.toBe('not_connected');
    expect(visit.complaints).toEqual([]);
  });

  it('opens the address of a callback once more, is told what happened, and begins again', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    let callback = '';
    visit.context.on('request', (request) => {
      if (request.url().includes('/callback?')) callback = request.url();
    });
    await visit.connect(page);
    await page.goto(callback);
    await expect(page.getByRole('main').innerText()).resolves.toMatch(/no longer valid[^]*Calendar/);
    await expect(service.statusOf('calendar')).resolves.toBe('connected');
    await visit.begin(page, 'Try again');
    await visit.goOn(page);
    await page.getByRole('status').waitFor();
    expect(visit.complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
  });

  it('connects again after the provider has ended the grant', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    await visit.connect(page);
    await service.endGrant('calendar');
    await page.goto(service.page);
    await page
      .getByRole('region', { name: 'Needs your attention' })
      .getByRole('link', { name: 'Calendar' })
      .click();
    await expect(visit.card(page, 'Calendar').innerText()).resolves.toContain('Access has ended');
    await visit.begin(page, 'Reconnect Calendar');
    await visit.goOn(page);
    await page.getByRole('status').waitFor();
    await expect(service.statusOf('calendar')).resolves.toBe('connected');
    expect(visit.complaints).toEqual([]);
  });

  it('is asked before an account is disconnected, and can keep it', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    await visit.connect(page);
    const disconnect = page.getByRole('button', { name: 'Disconnect Calendar' });
    await disconnect.click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect Calendar?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect(service.statusOf('calendar')).resolves.toBe('connected');

    await disconnect.click();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Connect Calendar', exact: true }).waitFor();
    await expect(service.statusOf('calendar')).resolves.toBe('not_connected');
    expect(visit.complaints).toEqual([]);
  });

  it('begins a flow in each of two tabs that were opened before there was a cookie, and completes both', async () => {
    const { service, visit } = await visitOf();
    await visit.context.addCookies([{ name: 'session', value: 'ada', url: service.origin }]);
    const [first, second] = [await visit.context.newPage(), await visit.context.newPage()];
    await Promise.all([first.goto(service.page), second.goto(service.page)]);
    await visit.begin(first);
    await visit.begin(second);
    await visit.goOn(first);
    await visit.goOn(second);
    await expect(first.getByRole('status').innerText()).resolves.toContain('is connected');
    await expect(second.getByRole('status').innerText()).resolves.toContain('is connected');
    expect(visit.complaints).toEqual([]);
  });

  it('goes back after connecting, and sees the page as it is now, with buttons that work', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    await visit.connect(page);
    await page.getByRole('status').waitFor();
    await page.goBack({ waitUntil: 'commit' });
    await page.goBack({ waitUntil: 'commit' });
    expect(page.url()).toBe(service.page);
    await page.getByRole('button', { name: 'Disconnect Calendar' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Connect Calendar', exact: true }).waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('goes back from the provider, and can begin again', async () => {
    const { visit } = await visitOf();
    const page = await visit.open();
    await visit.begin(page);
    await page.goBack({ waitUntil: 'commit' });
    await visit.connect(page);
    await page.getByRole('status').waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('sends a form once, however often its button is pressed', async () => {
    const { visit } = await visitOf();
    const page = await visit.open();
    const isPrevented = await page.evaluate(`(() => {
      const isPrevented = [];
      addEventListener('submit', (event) => isPrevented.push(event.defaultPrevented));
      const button = document.querySelector('[action="./calendar/connect"] button');
      for (let times = 0; times < 3; times += 1) button.click();
      return [...isPrevented, button.ariaDisabled];
    })()`);
    expect(isPrevented).toEqual([false, true, true, 'true']);
    await page.getByRole('link', { name: 'Continue' }).waitFor();
  });

  it('needs no script', async () => {
    const { service, visit } = await visitOf({}, { javaScriptEnabled: false });
    const page = await visit.open();
    await visit.connect(page);
    await expect(page.getByRole('status').innerText()).resolves.toContain('Calendar is connected.');
    await page.getByRole('button', { name: 'Disconnect Calendar' }).click();
    await page.getByRole('button', { name: 'Connect Calendar', exact: true }).waitFor();
    await expect(service.statusOf('calendar')).resolves.toBe('not_connected');
  });

  it('needs no mouse', async () => {
    const { service, visit } = await visitOf();
    const page = await visit.open();
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab');
        const focused = page.locator(':focus');
        if ((await focused.count()) > 0 && (await focused.ariaSnapshot()).includes(`"${name}"`)) return;
      }
      throw new Error(`no way to ${name} by the Tab key`);
    };
    await tabTo('Connect Calendar');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Continue' }).waitFor();
    await tabTo('Continue');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();

    await tabTo('Disconnect Calendar');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await expect(page.locator(':focus').ariaSnapshot()).resolves.toContain('"Disconnect Calendar"');
    await page.keyboard.press('Space');
    await tabTo('Disconnect');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Connect Calendar', exact: true }).waitFor();
    await expect(service.statusOf('calendar')).resolves.toBe('not_connected');
  });

  it('connects where the cookie of the session is SameSite=Strict, and so comes with the callback only once the service has led there', async () => {
    const { service, visit } = await visitOf({ sameSite: 'Strict' });
    const page = await visit.open();
    const cookies: (string | undefined)[] = [];
    visit.context.on('response', (response) => {
      if (!response.url().includes('/callback?')) return;
      void response
        .request()
        .headerValue('cookie')
        .then((value) => cookies.push(value ?? ''));
    });
    await visit.connect(page);
    await expect(page.getByRole('status').innerText()).resolves.toBe('Calendar is connected.');
    await expect(service.statusOf('calendar')).resolves.toBe('connected');
    expect(cookies.map((sent) => sent?.includes('session='))).toEqual([false, true]);
    expect(visit.complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
  });
});
