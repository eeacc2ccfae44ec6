/** The Chromium of the machine, without a window. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export async function launchChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    throw new Error(
      `There is no Chromium at ${PROGRAM}. Install it, on Debian with \`apt-get install -y chromium\`, or say in the variable CHROMIUM where it is.`,
    );
  }
  return chromium.launch({
    executablePath: PROGRAM,
    // A user's browser keeps pages that are left, for its back button.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
