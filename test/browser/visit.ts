/** A browser of one user at the service, and every complaint of the browser about the pages. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Service } from './service';

export class Visit {
  /** Violations of the policy, errors of scripts, and requests that could not be sent. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly service: Service,
    readonly context: BrowserContext,
  ) {
    context.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    context.on('weberror', (error) => this.complaints.push(error.error().message));
  }

  /** @param atEnd registers the clean-up */
  static async begin(
    browser: Browser,
    service: Service,
    atEnd: (cleanUp: () => Promise<void>) => void,
    options: BrowserContextOptions = {},
  ): Promise<Visit> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    atEnd(() => context.close());
    return new Visit(service, context);
  }

  /** A tab in which the user has logged in and sees the page. */
  async open(): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.service.login);
    return page;
  }

  /** What the user sees of one connection. */
  card(page: Page, name: string) {
    return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, level: 3 }) });
  }

  /** From the button on the page to the page of the provider. */
  async begin(page: Page, label = 'Connect Calendar'): Promise<void> {
    await page.getByRole('button', { name: label, exact: true }).click();
    await page.getByRole('link', { name: 'Continue' }).waitFor();
  }

  /** The user goes on at the provider, and comes back to the page. */
  async goOn(page: Page): Promise<void> {
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(`${this.service.page}**`);
  }

  async connect(page: Page): Promise<void> {
    await this.begin(page);
    await this.goOn(page);
  }
}
