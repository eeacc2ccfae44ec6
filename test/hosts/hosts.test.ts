/** Every framework in every scenario, over HTTP. */
import { beforeAll, describe, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { frameworks } from './frameworks';
import { Running, scenarios } from './scenarios';
import { startProvider } from './service';

describe.each(frameworks.map((framework) => [framework.name, framework] as const))(
  '%s',
  (_name, framework) => {
    const atEnd = atEndOfTests();
    let running: Running;

    beforeAll(async () => {
      const { provider, settings } = await startProvider(atEnd, framework.prefix);
      running = new Running(framework, provider, await framework.start(settings, atEnd));
    }, 180_000);

    it.each(Object.entries(scenarios))('%s', async (_title, scenario) => {
      await scenario(running);
    });
  },
);
